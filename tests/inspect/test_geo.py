"""Places of addresses."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import UnreadableSource
from apitrail.inspect import geo
from apitrail.inspect.geo import NOWHERE, Locator, Place, country_name, flag, kind_of_provider, locate

PLACES = {
    "88.198.1.1": Place("DE", "Hetzner", "hosting"),
    "2a01:4f8::1": Place("DE", "Hetzner", "hosting"),
    "::ffff:88.198.1.1": Place("DE", "Hetzner", "hosting"),
    "64:ff9b::58c6:101": Place("DE", "Hetzner", "hosting"),
    "88.198.1.1:443": Place("DE", "Hetzner", "hosting"),
    "[2a01:4f8::1]:443": Place("DE", "Hetzner", "hosting"),
    " 88.198.1.1 ": Place("DE", "Hetzner", "hosting"),
    "52.95.110.1": Place("US", "Amazon AWS", "cloud"),
    "1.1.1.1": Place("US", "Cloudflare", "cdn"),
    "185.220.101.5": Place("DE", "Tor exit", "tor"),
    "66.249.66.1": Place("US", "Googlebot", "crawler"),
    "10.0.0.1": Place("", "private network", ""),
    "127.0.0.1": Place("", "private network", ""),
    "::1": Place("", "private network", ""),
    "fe80::1%eth0": Place("", "private network", ""),
}


@pytest.mark.parametrize("ip", PLACES)
def test_known_places(ip: str) -> None:
    """Country, provider and kind, however the address is written."""
    assert locate(ip) == PLACES[ip]


@pytest.mark.parametrize("text", ["", "garbage", "1.2.3", "999.1.1.1", "[", "\0", "x" * 10_000, "1.2.3.4:x"])
def test_what_is_no_address_is_nowhere(text: str) -> None:
    """A text that is not an address is not an error."""
    assert locate(text) == NOWHERE


@given(st.ip_addresses().map(str) | st.text(max_size=80))
def test_never_crashes(text: str) -> None:
    """Every text has a place, and a place has a country of the table or none."""
    place = locate(text)
    assert place.country == "" or country_name(place.country) != place.country


@given(st.ip_addresses(v=4))
def test_written_as_ipv6_it_is_the_same_place(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address mapped into IPv6 is where the IPv4 address is."""
    assert locate(f"::ffff:{address}") == locate(str(address))


def test_data_names_origin_and_date() -> None:
    """The packed file says where it comes from and of when it is."""
    tables = geo._packed_tables()
    assert "iptoasn" in tables.origin
    assert len(tables.date) == len("2026-01-01")


def test_every_network_row_has_a_known_kind() -> None:
    """The hand-written table has three columns, valid blocks and no kind of its own invention."""
    rows = (Path(geo.__file__).parent / "data" / "networks.tsv").read_text(encoding="utf-8").splitlines()
    for row in (row for row in rows if not row.startswith("#")):
        block, provider, kind = row.split("\t")
        assert ipaddress.ip_network(block)
        assert provider
        assert kind in {"", "cloud", "hosting", "cdn", "vpn", "tor", "crawler"}


class _Reader:
    """Stands for an opened .mmdb file: the record is the same for each address."""

    def __init__(self, record: object) -> None:
        self.record = record

    def get(self, _address: object) -> object:
        return self.record


RECORDS = (
    ({"country": {"iso_code": "FR"}}, Place("FR", "Hetzner", "hosting")),
    ({"registered_country": {"iso_code": "GB"}}, Place("GB", "Hetzner", "hosting")),
    (
        {"autonomous_system_number": 1, "autonomous_system_organization": "Example Ltd"},
        Place("DE", "Example Ltd", "hosting"),
    ),
    ({"country_code": "SE", "country": "Sweden", "as_name": "Mullvad VPN AB"}, Place("SE", "Mullvad VPN AB", "vpn")),
    ({"country": "NL", "as_name": "Some Hosting B.V."}, Place("NL", "Some Hosting B.V.", "hosting")),
    (None, PLACES["88.198.1.1"]),
    ({"country": 7}, PLACES["88.198.1.1"]),
)


@pytest.mark.parametrize(("record", "place"), RECORDS)
def test_own_file_comes_first(monkeypatch: pytest.MonkeyPatch, record: object, place: Place) -> None:
    """MaxMind and IPinfo records are read; what they leave open the packed tables fill."""
    monkeypatch.setattr(geo, "_open", lambda _path: _Reader(record))
    assert Locator("own.mmdb").locate("88.198.1.1") == place


def test_a_wrong_file_is_an_unreadable_source(tmp_path: Path) -> None:
    """A file that is no .mmdb, or is not there, is bad input with its name."""
    wrong = tmp_path / "wrong.mmdb"
    wrong.write_bytes(b"not a database")
    for path in (wrong, tmp_path / "missing.mmdb"):
        with pytest.raises(UnreadableSource, match="mmdb"):
            Locator(path)


def test_kind_by_words() -> None:
    """An organisation's name gives its kind away, or does not."""
    assert kind_of_provider("Hetzner Online GmbH") == "hosting"
    assert kind_of_provider("AMAZON-02") == "cloud"
    assert kind_of_provider("Deutsche Telekom AG") == ""


def test_countries_have_names_and_flags() -> None:
    """A country has an English name and a flag; what is not a country is left as it is."""
    assert (country_name("DE"), flag("de")) == ("Germany", "🇩🇪")
    assert (country_name("ZZ"), flag("7")) == ("ZZ", "")
