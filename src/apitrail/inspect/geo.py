"""Where an address is and whose it is, offline: country, provider, and what kind of provider.

The packed tables of `data/` (docs/geo-data.md names origin, licence and date) answer by default; a user's own MaxMind
or IPinfo file takes their place for what it knows.
"""

from __future__ import annotations

import json
import lzma
import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, Any

import msgspec

from apitrail.errors import UnreadableSource

if TYPE_CHECKING:
    import maxminddb

CACHED_PLACES = 32_768
MAX_ADDRESS = 64
"""No written address is longer; a longer text is not looked at."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Country (two letters), provider and its kind: cloud, hosting, cdn, vpn, tor, crawler; empty is not known."""

    country: str = ""
    provider: str = ""
    kind: str = ""


NOWHERE = Place()


def locate(ip: str) -> Place:
    """The place of an address by the packed tables; what is not an address is nowhere."""
    return _packed_locator().locate(ip)


class Locator:
    """Looks addresses up; with `path`, first in the user's own .mmdb file (country, city, ASN or combined)."""

    def __init__(self, path: str | Path | None = None) -> None:
        self._own = _open(path) if path else None
        self._tables = _packed_tables()
        self._cached = lru_cache(maxsize=CACHED_PLACES)(self._find)

    def locate(self, ip: str) -> Place:
        """The place of an address; what is not an address is nowhere."""
        return self._cached(ip) if len(ip) <= MAX_ADDRESS else NOWHERE

    def _find(self, ip: str) -> Place:
        address = _parse(ip)
        if address is None:
            return NOWHERE
        packed = self._tables.find(address)
        return packed if self._own is None else _merge(_own_place(self._own, address), packed)


@lru_cache(maxsize=1)
def _packed_locator() -> Locator:
    return Locator()


# --- the written address -----------------------------------------------------------------------------------------

_MAPPED = bytes(10) + b"\xff\xff"
_TRANSLATED = bytes.fromhex("0064ff9b") + bytes(8)
_WITH_PORT = re.compile(r"\[([0-9a-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+", re.IGNORECASE)


def _parse(ip: str) -> bytes | None:
    """4 or 16 bytes; an IPv4 address inside an IPv6 one is taken out; a port, brackets and a zone are dropped."""
    try:
        if ":" not in ip:
            return inet_pton(AF_INET, ip)
        return _without_mapping(inet_pton(AF_INET6, ip))
    except (OSError, ValueError):
        bare = _bare(ip)
        return _parse(bare) if bare != ip else None


def _bare(ip: str) -> str:
    text = ip.strip().partition("%")[0]
    ported = _WITH_PORT.fullmatch(text)
    return (ported[1] or ported[2]) if ported else text


def _without_mapping(address: bytes) -> bytes:
    return address[12:] if address[:12] in (_MAPPED, _TRANSLATED) else address


# --- the packed tables -------------------------------------------------------------------------------------------


class Ranges:
    """Ranges that cover all addresses: where each starts, and the label it has."""

    def __init__(self, starts: array[int], numbers: array[int], labels: list[str]) -> None:
        self._starts = starts
        self._numbers = numbers
        self._labels = labels

    def find(self, address: int) -> str:
        """The label of the range that holds the address; empty in a gap."""
        return self._labels[self._numbers[bisect_right(self._starts, address) - 1]]


class Tables:
    """The content of `geo.bin.xz`: countries and networks, each for IPv4 and IPv6."""

    def __init__(self, head: Mapping[str, Any], sections: list[Ranges]) -> None:
        self.origin: str = head["origin"]
        self.date: str = head["date"]
        self._country4, self._country6, self._network4, self._network6 = sections

    def find(self, address: bytes) -> Place:
        """The place of an address of 4 or 16 bytes."""
        if len(address) == 4:
            number, countries, networks = int.from_bytes(address), self._country4, self._network4
        else:
            number, countries, networks = int.from_bytes(address[:8]), self._country6, self._network6
        provider, _, kind = networks.find(number).partition("\t")
        return Place(countries.find(number), provider, kind)


@lru_cache(maxsize=1)
def _packed_tables() -> Tables:
    packed = files("apitrail.inspect").joinpath("data", "geo.bin.xz").read_bytes()
    line, _, body = lzma.decompress(packed).partition(b"\n")
    head = json.loads(line)
    sections, offset = [], 0
    for section in head["sections"]:
        ranges, offset = _unpack(section, body, offset)
        sections.append(ranges)
    return Tables(head, sections)


def _unpack(section: Mapping[str, Any], body: bytes, offset: int) -> tuple[Ranges, int]:
    """The starts lie as byte planes (all first bytes, all second bytes ...), which compress to a third."""
    starts, count = array(section["type"]), section["count"]
    raw = bytearray(count * starts.itemsize)
    for byte in range(starts.itemsize):
        raw[byte :: starts.itemsize] = body[offset : offset + count]
        offset += count
    numbers = array("H")
    starts.frombytes(raw)
    numbers.frombytes(body[offset : offset + 2 * count])
    if sys.byteorder == "big":
        starts.byteswap()
        numbers.byteswap()
    return Ranges(starts, numbers, section["labels"]), offset + 2 * count


# --- a user's own file -------------------------------------------------------------------------------------------

_COUNTRY_KEYS = ("country", "registered_country", "country_code")
_PROVIDER_KEYS = ("autonomous_system_organization", "as_name", "as_organization", "isp", "organization", "org", "name")
_KINDS: tuple[tuple[str, str], ...] = (
    (
        "amazon|aws|google cloud|google-cloud|microsoft|azure|oracle|alibaba|aliyun|tencent|huawei cloud|ibm cloud",
        "cloud",
    ),
    ("cloudflare|fastly|akamai|cdn|incapsula|imperva|edgecast|stackpath|gcore|bunnyway|limelight", "cdn"),
    ("vpn|mullvad|31173 services|proton ag|datacamp|m247|tzulo|privado", "vpn"),
    (r"\btor\b|emerald onion|zwiebelfreunde|calyx|applied privacy|f3 netze|quintex", "tor"),
    (
        "hosting|hetzner|ovh|digitalocean|linode|vultr|choopa|constant company|contabo|leaseweb|scaleway|online s\\.a\\.s",
        "hosting",
    ),
    (
        "data ?cent(?:er|re)|dedicated|server|colo(?:cation)?\\b|cloud|rackspace|ionos|strato|netcup|frantech|psychz",
        "hosting",
    ),
)
"""Words of an organisation's name and what they say of it; the first that is found."""


def kind_of_provider(name: str) -> str:
    """The kind that an organisation's name gives away; empty for an access network or a company of another sort."""
    return next((kind for words, kind in _KINDS if re.search(words, name, re.IGNORECASE)), "")


def _open(path: str | Path) -> maxminddb.Reader:
    import maxminddb

    try:
        return maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise UnreadableSource(str(path), f"not a MaxMind database: {error}") from error


def _own_place(reader: maxminddb.Reader, address: bytes) -> Place:
    from ipaddress import ip_address

    try:
        record = reader.get(ip_address(address))
    except ValueError:  # an IPv6 address asked of an IPv4 file
        return NOWHERE
    if not isinstance(record, dict):
        return NOWHERE
    provider = next((value for key in _PROVIDER_KEYS if isinstance(value := record.get(key), str)), "")
    return Place(_own_country(record), provider, kind_of_provider(provider))


def _own_country(record: Mapping[str, Any]) -> str:
    """MaxMind nests the code (`country.iso_code`), IPinfo writes it plainly, with `country_code` when both are there."""
    for key in reversed(_COUNTRY_KEYS):
        value = record.get(key)
        code = value.get("iso_code") if isinstance(value, dict) else value
        if isinstance(code, str) and len(code) == 2 and key != "registered_country":
            return code.upper()
    registered = record.get("registered_country")
    return str(registered.get("iso_code", "")) if isinstance(registered, dict) else ""


def _merge(own: Place, packed: Place) -> Place:
    """The user's file first; a provider of the packed table keeps its short name and kind when the file has none."""
    provider, kind = (own.provider, own.kind or packed.kind) if own.provider else (packed.provider, packed.kind)
    return Place(own.country or packed.country, provider, kind)


# --- countries ---------------------------------------------------------------------------------------------------


def flag(code: str) -> str:
    """The flag of a country as an emoji (two regional indicators); empty when it is not two letters."""
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        return ""
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code.upper())


def country_name(code: str) -> str:
    """The English name of a country; the code itself when it is not in ISO 3166."""
    return _country_names().get(code.upper(), code)


@lru_cache(maxsize=1)
def _country_names() -> Mapping[str, str]:
    rows = files("apitrail.inspect").joinpath("data", "countries.tsv").read_text(encoding="utf-8").splitlines()
    return dict(row.split("\t", 1) for row in rows if row and not row.startswith("#"))
