"""A URL as browsers and HTTP clients read it, and where its host leads."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

LENGTH = 300
"""Characters of a URL that are read."""

_URL = re.compile(r"(?:(?P<scheme>[a-z][a-z0-9+.-]{0,20}):)?(?P<slashes>[/\\\s]*)(?P<authority>[^/\\?#\s\"'<>]*)", re.IGNORECASE)
_NUMBER = re.compile(r"0x[0-9a-f]+|\d+", re.IGNORECASE)
_METADATA_NAMES = re.compile(
    r"(?:^|\.)(?:metadata(?:\.google\.internal|\.azure\.com|\.tencentyun\.com)?"
    r"|instance-data(?:\.ec2\.internal)?|rancher-metadata)$",
    re.IGNORECASE,
)
_METADATA = frozenset(("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "169.254.169.253"))
_LOCAL = re.compile(
    r"(?:^|\.)(?:localhost\d?|localhost\d?\.localdomain\d?|ip6-(?:localhost|loopback)|ipv6-localhost"
    r"|localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|spoofed\.\S+|"
    r"(?:host|gateway|kubernetes|vm)\.(?:docker|containers|minikube)\.internal|yurets\.dev|0)$",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    r"(?:\.svc(?:\.cluster\.local)?|\.cluster\.local|\.internal|\.intranet|\.localdomain|\.consul|\.corp|\.lan"
    r"|^kubernetes\.default(?:\.svc)?)$",
    re.IGNORECASE,
)
_REBINDING = re.compile(r"(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|rbndr\.us|1u\.ms|rebind\.it|localdomain\.pw)$", re.IGNORECASE)
_LISTENING = re.compile(
    r"(?:^|\.)(?:burpcollaborator\.net|oastify\.com|interact\.sh|oast\.(?:pro|live|site|online|fun|me"
    r"|today)|dnslog\.\w+|ceye\.io|requestbin\.\w+|pipedream\.net|"
    r"webhook\.site|canarytokens\.\w+|bxss\.me|xss\.ht|r87\.me)$",
    re.IGNORECASE,
)


class Target(NamedTuple):
    """Where a URL leads: what it names, and how it writes that."""

    scheme: str
    host: str
    leads: str
    """`metadata`, `loopback`, `private`, `inside`, `listening`, `public` or nothing."""
    odd: bool
    """Whether the host is a number as only tricks write it, or hides behind a user that looks like a host."""
    end: int


def target_at(text: str, at: int) -> Target:
    """What the URL that begins at a place of a text leads to."""
    piece = text[at : at + LENGTH]
    found = _URL.match(piece)
    if not found:
        return Target("", "", "", odd=False, end=at)
    user, _, rest = found["authority"].rpartition("@")
    host, port_odd = _host(rest)
    leads, odd = where(host)
    odd = odd or port_odd or bool(re.search(r"\.\w{2,}|[\\%]", user) and ":" not in user)
    return Target((found["scheme"] or "").lower(), host, leads, odd, at + found.end())


def _host(rest: str) -> tuple[str, bool]:
    if rest[:1] == "[":
        return rest[1 : rest.find("]")] if "]" in rest else rest[1:], False
    return rest.partition(":")[0].rstrip("."), False


def where(host: str) -> tuple[str, bool]:
    """Where a host leads, and whether it is written oddly."""
    if not host:
        return "", False
    wide = host.translate(_WIDE)
    number, odd = address(wide)
    if number is not None:
        return _of_address(number), odd or wide != host
    for names, leads in _KINDS:
        if names.search(wide):
            return leads, wide != host
    return ("public" if "." in wide else ""), wide != host and not wide.isascii()


_WIDE = str.maketrans("。．｡①②③④⑤⑥⑦⑧⑨⓪０１２３４５６７８９", "...12345678900123456789")
_KINDS = (
    (_METADATA_NAMES, "metadata"),
    (_LOCAL, "loopback"),
    (_INSIDE, "inside"),
    (_REBINDING, "inside"),
    (_LISTENING, "listening"),
)


def address(host: str) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address | None, bool]:
    """The IP address that a host is, as lenient readers take it, and whether it is not written the usual way."""
    if ":" in host:
        try:
            read = ipaddress.IPv6Address(host.partition("%")[0])
        except ValueError:
            return None, False
        inner = read.ipv4_mapped
        if inner is None and 1 < int(read) < 1 << 32:
            inner = ipaddress.IPv4Address(int(read))
        return inner or read, inner is not None
    parts = host.split(".")
    if len(parts) > 4 or not all(part and len(part) < 20 and _NUMBER.fullmatch(part) for part in parts):
        return None, False
    numbers = [_read(part) for part in parts]
    total = 0
    for at, number in enumerate(numbers[:-1]):
        total |= (number & 0xFF) << 8 * (3 - at)
    total |= numbers[-1] & (1 << 8 * (5 - len(parts))) - 1
    usual = len(parts) == 4 and all(part == str(number) and number < 256 for part, number in zip(parts, numbers, strict=True))
    if len(parts) == 1 and numbers[0] < 1 << 24 and not parts[0].startswith("0"):
        return None, False
    if (
        1 < len(parts) < 4
        and parts[0] not in ("127", "0", "10", "169", "192")
        and not any(part.startswith("0") and len(part) > 1 for part in parts)
    ):
        return None, False  # a version, a price
    return ipaddress.IPv4Address(total & 0xFFFFFFFF), not usual


def _read(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part, 16)
    return int(part, 8) if part[0] == "0" and not set(part) & {"8", "9"} else int(part)


def _of_address(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if str(number) in _METADATA or str(number) in ("fd00:ec2::254", "fd20:ce::254"):
        return "metadata"
    if number.is_loopback or number.is_unspecified or str(number).startswith("0."):
        return "loopback"
    if number.is_link_local:
        return "metadata" if str(number).startswith("169.254.169.") else "private"
    return "private" if number.is_private else "public"
