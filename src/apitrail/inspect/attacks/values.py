"""Every value of a request with its point, taken apart and decoded as far as an application might (A1.1)."""

from __future__ import annotations

import re
from typing import NamedTuple

from apitrail.inspect.attacks.bodies import add_body
from apitrail.inspect.attacks.gathering import NODES_LIMIT, VALUES, Gathering
from apitrail.inspect.attacks.parameters import add_parameters
from apitrail.inspect.attacks.value import Value
from apitrail.inspect.points.escapes import url
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.points.structures import FIELDS_LIMIT, cookies_of
from apitrail.model.memo import Memo

__all__ = ("Look", "Value", "look", "values")

REMEMBERED = 8192
"""Headers, Cookie headers and paths that are remembered taken apart: clients send the same ones with every request."""
REMEMBERED_CHARS = 1024
"""Characters of a header or a path that is remembered."""

_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_TOKEN = re.compile(r"[A-Za-z0-9_-]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9_.:-]+")


class Look(NamedTuple):
    """What there is to be seen in a request, and the names of the limits that cut the look short."""

    values: tuple[Value, ...] = ()
    overlimit: tuple[str, ...] = ()


def look(reading: Reading) -> Look:
    """The values of a request that could be more than plain words, each with its decoded forms after it."""
    exchange, gathering = reading.exchange, Gathering()
    if exchange.method not in _METHODS and not _TOKEN.fullmatch(exchange.method):
        gathering.add(exchange.method, "request", "method", ())
    path = exchange.path
    gathering.take(*(_paths[path] if len(path) <= REMEMBERED_CHARS else _path(path)))
    if exchange.query:
        add_parameters(exchange.query, gathering)
    for header in exchange.headers:
        if header[0] not in _HEADERS_OF_TRANSPORT:
            gathering.take(*(_headers[header] if len(header[1]) <= REMEMBERED_CHARS else _header(header)))
    cookies = reading.request.headers.get("cookie")
    if cookies:
        gathering.take(*(_cookie_headers[cookies] if len(cookies) <= REMEMBERED_CHARS else _cookies(cookies)))
    if exchange.host:
        gathering.add(exchange.host, "request", "host", ())
    if exchange.body:
        add_body(reading, gathering)
    return Look(tuple(gathering.values), tuple(gathering.overlimit))


def values(reading: Reading) -> list[Value]:
    """The values of a request alone."""
    return list(look(reading).values)


_HEADERS_OF_TRANSPORT = frozenset(
    ("host", "cookie", "accept", "accept-encoding", "accept-language", "content-length", "connection", "cache-control", "pragma",
     "dnt", "te", "upgrade-insecure-requests", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-site",
     "sec-fetch-mode", "sec-fetch-user", "sec-fetch-dest", "if-none-match", "if-modified-since")
)  # fmt: skip


def _path(path: str) -> Look:
    """The whole path, which traversal needs, and each segment."""
    gathering = Gathering()
    gathering.add(url(path) if "%" in path else path, "request", "path", ())
    segments = path.split("/", NODES_LIMIT)[1:]
    if len(segments) >= NODES_LIMIT:
        gathering.reached(VALUES)
    if len(segments) > 1 or "%" in path:
        for at, segment in enumerate(segments):
            if segment:
                gathering.add(url(segment) if "%" in segment else segment, "request", "path", (at,))
    return _looked(gathering)


def _header(header: tuple[str, str]) -> Look:
    name, text = header
    gathering = Gathering()
    gathering.add(text, "request", "header", (name.title(),))
    if not _HEADER_NAME.fullmatch(name):
        gathering.add(name, "request", "header", (name.title(),), is_name=True)
    return _looked(gathering)


def _cookies(header: str) -> Look:
    """Names and values of cookies; the whole header too when a semicolon of a payload seems to have cut it."""
    gathering = Gathering()
    for name, text in cookies_of(header):
        gathering.add(url(text) if "%" in text else text, "request", "cookie", (name,))
        gathering.add(url(name) if "%" in name else name, "request", "cookie", (name,), is_name=True)
    if header.count(";") >= FIELDS_LIMIT:
        gathering.reached(VALUES)
    if "<" in header or "&" in header:
        gathering.add(url(header) if "%" in header else header, "request", "header", ("Cookie",))
    return _looked(gathering)


def _looked(gathering: Gathering) -> Look:
    return Look(tuple(gathering.values), tuple(gathering.overlimit))


_paths: Memo[str, Look] = Memo(_path, most=REMEMBERED)
_cookie_headers: Memo[str, Look] = Memo(_cookies, most=REMEMBERED)
_headers: Memo[tuple[str, str], Look] = Memo(_header, most=REMEMBERED)
