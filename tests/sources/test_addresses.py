"""Client addresses and host names made plain."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.sources.addresses import IP, client, host_of


@pytest.mark.parametrize(
    ("written", "ip"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:443", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("[2001:DB8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("198.51.100.256", ""),
        ("198.51.100", ""),
        ("01.2.3.4", ""),
        ("-", ""),
        ("a.example", ""),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_an_address_is_bare(written: str, ip: str) -> None:
    """Ports, brackets, zones and IPv4 mapping go; what is no address is nothing."""
    assert IP[written] == ip


@given(st.ip_addresses())
def test_every_address_is_itself(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """An address in its usual notation stays, but for mapped ones."""
    mapped = getattr(address, "ipv4_mapped", None)
    assert IP[str(address)] == str(mapped or address)


@pytest.mark.parametrize(
    ("remote", "forwarded", "ip"),
    [
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.2, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("::1", "[2001:db8::7]:80", "2001:db8::7"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "-", "10.0.0.1"),
        ("10.0.0.1", "unknown, x", "10.0.0.1"),
        ("", "10.0.0.2", "10.0.0.2"),
        ("", "", ""),
    ],
)
def test_a_local_peer_is_replaced_by_a_public_client(remote: str, forwarded: str, ip: str) -> None:
    """X-Forwarded-For counts only behind a proxy of our own, and only if it names somebody outside."""
    assert client(remote, forwarded) == ip


@pytest.mark.parametrize(
    ("written", "scheme", "host"),
    [
        ("A.Example", "", "a.example"),
        ("a.example.", "", "a.example"),
        ("a.example:80", "", "a.example"),
        ("a.example:443", "", "a.example"),
        ("a.example:443", "https", "a.example"),
        ("a.example:80", "https", "a.example:80"),
        ("a.example:8080", "", "a.example:8080"),
        ("[2001:db8::7]:443", "https", "[2001:db8::7]"),
        ("_", "", ""),
        ("-", "", ""),
        ("a b", "", ""),
        ("<script>", "", ""),
    ],
)
def test_a_host_is_lower_case_without_its_own_port(written: str, scheme: str, host: str) -> None:
    """Only a port that says something stays."""
    assert host_of(written, scheme) == host
