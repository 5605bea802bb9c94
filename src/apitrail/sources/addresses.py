"""Client addresses and host names as logs write them, made plain."""

from __future__ import annotations

import ipaddress
import re

from apitrail.model.memo import Memo

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}", re.ASCII)
_IPV4_PORT = re.compile(rf"({_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}):\d{{1,5}}", re.ASCII)
_DEFAULT_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}
_HOST = re.compile(r"[\w.-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
NOTHING = frozenset(("", "-", "_", "null", "unknown", "(null)", "(empty)"))
"""How servers write that they have no value."""


def _ip(text: str) -> str:
    if _IPV4.fullmatch(text):
        return text
    with_port = _IPV4_PORT.fullmatch(text)
    if with_port:
        return with_port[1]
    return _ipv6(text.strip('" '))


def _ipv6(text: str) -> str:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


IP: Memo[str, str] = Memo(_ip)
"""The bare IP address of a text with port, brackets or IPv4 mapping; empty when it is none."""


def is_public(ip: str) -> bool:
    """Whether an address is reachable from the Internet: not loopback, private or reserved for local use."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_link_local or address.is_unspecified or _is_private(address))


_PRIVATE = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")]


def _is_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    # `is_private` of the standard library also takes the documentation networks, which examples use as clients.
    return any(address in net for net in _PRIVATE)


_PUBLIC: Memo[str, bool] = Memo(is_public)


def client(remote: str, forwarded: str = "") -> str:
    """The client's IP: the peer's own address, unless that is local and X-Forwarded-For names a public one."""
    peer = IP[remote] if remote else ""
    if not forwarded or forwarded in NOTHING or (peer and _PUBLIC[peer]):
        return peer
    named = [IP[one.strip()] for one in forwarded.split(",")[:20]]
    return next((ip for ip in named if ip and _PUBLIC[ip]), "") or peer or next(filter(None, named), "")


def _plain_host(text: str) -> str:
    host = text.strip().lower().rstrip(".")
    return host if _HOST.fullmatch(host) and host not in NOTHING else ""


HOST: Memo[str, str] = Memo(_plain_host)
"""A host name, with its port if written, in lower case; empty when the text is none."""


def host_of(text: str, scheme: str = "") -> str:
    """A host name without the port that is its scheme's own; without a scheme :80 and :443 both go."""
    host = HOST[text]
    ports = (_DEFAULT_PORTS.get(scheme, ""),) if scheme else (":80", ":443")
    for port in ports:
        if port and host.endswith(port) and (host.count(":") == 1 or host.startswith("[")):
            return host[: -len(port)]
    return host
