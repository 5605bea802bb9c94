"""What the first line of a request says of who sent it: a client that looks for a proxy, a protocol that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apitrail.inspect.attacks.families import headers
from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.points.extracting import Reading
from apitrail.model.exchange import Exchange

TARGET_LIMIT = 500
"""Characters of a target that are shown."""
VERSION_LIMIT = 20
"""Characters of the longest version that is looked at."""

_TUNNEL = mark("request-tunnel", "scanner", "open-proxy")
_FOREIGN = mark("request-foreign-host", "scanner", "open-proxy")
_VERSION = mark("request-version", "scanner", "protocol")

_REFUSED = frozenset((400, 403, 404, 405, 421, 444, 501))
"""Statuses of a server that is no proxy for what was asked. A proxy itself says 407 without a password, and 502 to 504 of hosts
that it does not reach."""
_USUAL = frozenset(("", "HTTP/1.1", "HTTP/2.0", "HTTP/1.0", "HTTP/2", "HTTP/3.0", "HTTP/3"))
_USUAL_METHODS = headers.KNOWN_METHODS - {"CONNECT"} | {"INVALID"}
"""INVALID stands for bytes that are no request, as of clients that speak TLS or wait too long."""
_NUMBERED = re.compile(r"HTTP/(\d\.\d{1,3}|[4-9])", re.IGNORECASE | re.ASCII)
"""Two digits without a point are left out: some programs write 1.1 as 11."""
_EXISTING = frozenset(("0.9", "1.0", "1.1", "2.0", "3.0"))
_OTHER_PROTOCOL = re.compile(r"(?:RTSP|SIP)/\d\.\d", re.IGNORECASE | re.ASCII)


def look(reading: Reading) -> Iterable[Hit]:
    """A tunnel or a foreign host asked of a server that is no proxy; a version that HTTP does not have."""
    return () if is_usual(reading.exchange) else _odd(reading.exchange)


def is_usual(exchange: Exchange) -> bool:
    """Whether method, target and version are such as nearly all requests have; then their first line says nothing."""
    return exchange.version in _USUAL and not exchange.foreign_host and exchange.method in _USUAL_METHODS


def _odd(exchange: Exchange) -> Iterator[Hit]:
    status = exchange.status
    # Over HTTP/2, CONNECT with a path opens a WebSocket.
    if exchange.method == "CONNECT" and not exchange.path.startswith("/") and (status in _REFUSED or not status):
        yield hit(_TUNNEL, 0.85, exchange.path[:TARGET_LIMIT], "path")
    if exchange.foreign_host and status in _REFUSED:
        yield hit(_FOREIGN, 0.8, exchange.foreign_host[:TARGET_LIMIT], "path")
    if _is_no_version(exchange.version, status):
        yield hit(_VERSION, 0.8, exchange.version, "path")


def _is_no_version(version: str, status: int) -> bool:
    if len(version) > VERSION_LIMIT:
        return False
    numbered = _NUMBERED.fullmatch(version)
    if numbered:
        return numbered[1] not in _EXISTING
    return (status in _REFUSED or status in (0, 505)) and _OTHER_PROTOCOL.fullmatch(version) is not None
