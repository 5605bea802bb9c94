"""What an exchange says of its API: descriptors of its parameters, `request.query.page int32`; values are never kept (D3, D4).

A descriptor is `POINT TYPE` or `POINT TYPE KIND,KIND`: a point (see `model.point`), one of `value_types.TYPES`, and the kinds of
sensitive data that stood there; no other blank stands in it. Each point stands once, with the widest type of the message, and
`value_types.UNFIT` before it where an enforced specification does not allow the value.
Lists are `[*]`; members without a name that somebody gave, such as identifiers, are `*`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import islice
from urllib.parse import unquote_plus

from apitrail.inspect.described_bodies import BODY_LIMIT, Noting, note_fields, note_json, note_parts, note_xml
from apitrail.inspect.described_places import Place, Places, Type
from apitrail.inspect.endpoints import segment_kind
from apitrail.inspect.headers import Headers
from apitrail.inspect.observing import ANALYTICS
from apitrail.inspect.own_headers import is_own
from apitrail.inspect.points.extracting import Reading, Side
from apitrail.inspect.points.unpacking import TOO_LARGE, unpacked
from apitrail.inspect.sensitive import Sensitive, usual
from apitrail.inspect.value_types import widest
from apitrail.model.memo import Memo

__all__ = ("Describer", "described", "described_query", "media_of", "widest")

DESCRIBED_LIMIT = 128
"""Descriptors of one exchange."""
QUERY_LIMIT = 32
"""Descriptors of one query, and its fields that are looked at; they are part of DESCRIBED_LIMIT."""
MESSAGE_SHARE = (DESCRIBED_LIMIT - QUERY_LIMIT) // 2
"""Descriptors that a request and a response have at least, when the other one has more."""
HEADERS_LIMIT = 200
"""Headers of one direction that are looked at."""
REMEMBERED = 20_000
"""Queries that are remembered, those that differ in short numbers only as one."""
REMEMBERED_CHARS = 256
"""Characters of a query that is remembered."""
MEDIA_LIMIT = 300
"""Different content types that one process tells."""
MEDIA_CHARS = 100
"""Characters of a content type that are looked at."""

_NUMBER = re.compile(r"(?<==)(?:0|[1-9][0-9]{0,6})(?=&|$)")
"""A short number by itself; that it is one is all that is said of it."""
_MEDIA = re.compile(
    r"\s{0,9}((?:application|audio|font|image|message|model|multipart|text|video)/[a-z0-9][a-z0-9!#$&^_.+-]{0,60})\s{0,9}(?:[;,]|$)"
)
_GZIP = b"\x1f\x8b"


class Describer:
    """Describes exchanges, with bounds on how many different descriptors it makes; cheap for a line of a log."""

    def __init__(self, sensitive: Sensitive | None = None) -> None:
        self._sensitive = sensitive or usual()
        known: dict[tuple[Place, str], Type] = {}
        self._places: Memo[tuple[str, str], Places] = Memo(lambda where: Places(*where, self._sensitive, known))
        self._queries: Memo[str, tuple[str, ...]] = Memo(self._query, most=REMEMBERED, longest=REMEMBERED_CHARS)

    def exchange(self, reading: Reading) -> tuple[str, ...]:
        """The descriptors of an exchange; `DESCRIBED_LIMIT` at most."""
        query = reading.exchange.query
        return (*self.query(query), *self.sender(reading)) if query else self.sender(reading)

    def query(self, query: str) -> tuple[str, ...]:
        """The descriptors of a query alone, which is all that differs from line to line of a log."""
        return self._queries[_NUMBER.sub("0", query) if len(query) <= REMEMBERED_CHARS else query]

    def sender(self, reading: Reading) -> tuple[str, ...]:
        """The descriptors of headers, cookies and bodies."""
        exchange, headers = reading.exchange, reading.request.headers
        said = exchange.body or exchange.response_headers or exchange.response_body
        if not said and "cookie" not in headers and not any(map(is_own.__getitem__, islice(headers, HEADERS_LIMIT))):
            return ()
        request = self._request(reading)
        answered = self._response(reading) if exchange.response_headers or exchange.response_body else []
        share = max(MESSAGE_SHARE, 2 * MESSAGE_SHARE - len(answered))
        request = request[:share]
        return (*request, *answered[: 2 * MESSAGE_SHARE - len(request)])

    def _query(self, query: str) -> tuple[str, ...]:
        noting = Noting()
        pairs = (part.partition("=") for part in query.split("&", QUERY_LIMIT)[:QUERY_LIMIT])
        note_fields(self._places["request", "query"].root, ((_plain(name), _plain(text)) for name, _, text in pairs), noting)
        return tuple(noting.seen.descriptors(QUERY_LIMIT))

    def _request(self, reading: Reading) -> list[str]:
        noting = Noting()
        self._note_headers("request", reading.request.headers, noting)
        if reading.cookies:
            own = (pair for pair in reading.cookies if not ANALYTICS.match(pair[0]))
            note_fields(self._places["request", "cookie"].root, own, noting)
        self._note_body("request", reading.request, noting)
        return noting.seen.descriptors(2 * MESSAGE_SHARE)

    def _response(self, reading: Reading) -> list[str]:
        noting = Noting()
        self._note_headers("response", reading.response.headers, noting)
        self._note_body("response", reading.response, noting)
        return noting.seen.descriptors(2 * MESSAGE_SHARE)

    def _note_headers(self, side: str, headers: Headers, noting: Noting) -> None:
        looked = islice(headers.items(), HEADERS_LIMIT)
        own = [(name.title(), text) for name, text in looked if is_own[name]]
        if own:
            note_fields(self._places[side, "header"].root, own, noting)

    def _note_body(self, name: str, message: Side, noting: Noting) -> None:
        side = _readable(message)
        if side is None:
            return
        kind, first = side.kind, side.body[:64].lstrip()[:1]
        if "multipart" in kind:
            if name == "request":
                note_parts(self._places[name, "body.multipart"].root, side, noting)
        elif len(side.body) > BODY_LIMIT:
            return
        elif "json" in kind or first in (b"{", b"["):
            if side.json is not None:
                note_json(self._places[name, "body.json"].root, side.json, noting)
        elif "urlencoded" in kind:
            if name == "request":
                note_fields(self._places[name, "body.form"].root, side.form, noting)
        elif "xml" in kind and "html" not in kind and "svg" not in kind and side.xml is not None:
            note_xml(self._places[name, "body.xml"].root, side.xml, noting)


def _readable(side: Side) -> Side | None:
    """The message with its body unpacked; None when there is none, or it would be too large."""
    if not side.body.startswith(_GZIP):
        return side if side.body else None
    plain = unpacked(side.body, BODY_LIMIT)
    return Side(side.headers, plain) if plain and plain is not TOO_LARGE else None


def _plain(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text


@cache
def describer() -> Describer:
    """The describer of this process, without own patterns."""
    return Describer()


def described(reading: Reading) -> tuple[str, ...]:
    """The descriptors of an exchange: of its query, own headers, cookies and bodies."""
    return describer().exchange(reading)


def described_query(query: str) -> tuple[str, ...]:
    """The descriptors of a query, for a line of a log."""
    return describer().query(query)


def media_of(content_type: str) -> str:
    """The type and subtype of a content type in lower case, `application/json`; empty when it names none that looks known."""
    return _remembered_media(content_type[:MEDIA_CHARS])


@lru_cache(maxsize=1024)
def _remembered_media(content_type: str) -> str:
    found = _MEDIA.match(content_type.lower())
    if not found or segment_kind(found[1].partition("/")[2]):
        return ""
    told = _told_media()
    if found[1] not in told and len(told) >= MEDIA_LIMIT:
        return ""
    told.add(found[1])
    return found[1]


@cache
def _told_media() -> set[str]:
    """The content types that this process told so far."""
    return set()
