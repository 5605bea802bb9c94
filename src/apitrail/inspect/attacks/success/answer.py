"""A response as it is searched for evidence: unpacked, bounded, of JSON the values one by one, each with its point."""

from __future__ import annotations

import html
import re
import zlib
from bisect import bisect_right
from collections.abc import Callable
from itertools import islice
from typing import Any

from apitrail.inspect.attacks.success.evidence import TEXT_LIMIT, Evidence
from apitrail.inspect.points.extracting import Reading, Side
from apitrail.inspect.points.structures import text_of
from apitrail.inspect.points.walking import scalar
from apitrail.model.lazy import lazy
from apitrail.model.point import Point, Steps

RESPONSE_LIMIT = 131_072
"""Characters of a response that are looked at: three quarters from its beginning, the rest from its end."""
UNPACKED_LIMIT = 1 << 20
"""Bytes of a compressed body that are unpacked."""
PIECES_LIMIT = 20_000
"""Values of a JSON body that are looked at."""
DEPTH = 64
"""Levels of a JSON body that are looked at."""
MATCHES_LIMIT = 50
"""Places of one pattern that are judged."""

BETWEEN = "\n\x00\n"
"""Stands between two values, and for what was left out."""
_HEAD = RESPONSE_LIMIT * 3 // 4
_TAIL = RESPONSE_LIMIT - _HEAD
_AROUND = 60
"""Characters beside a short match that are shown with it."""

_PAGES = frozenset(("text/html", "application/xhtml+xml", "image/svg+xml"))
_MARKUP = _PAGES | {"text/xml", "application/xml"}
_ESCAPED = re.compile(r'\\([nrt"/\\])|"')
_ESCAPES = {None: BETWEEN, "n": "\n", "r": "\r", "t": "\t", '"': '"', "/": "/", "\\": "\\"}

Accept = Callable[[re.Match[str]], bool]
"""Whether a match is evidence."""


class Answer:
    """The response of an exchange, taken apart only as far as somebody asks."""

    def __init__(self, reading: Reading) -> None:
        self.exchange = reading.exchange
        response = reading.response
        unpacked = _unpacked(response.body, response.headers.get("content-encoding", "").lower())
        self.message = response if unpacked is None else Side(response.headers, unpacked)
        self.status = reading.exchange.status
        self.headers = reading.exchange.response_headers
        self.kind = response.content_type.lower().partition(";")[0].strip()

    @lazy
    def raw(self) -> str:
        """The body as text, the middle of a long one left out."""
        body, kind = self.message.body, self.message.content_type
        if len(body) <= RESPONSE_LIMIT:
            return text_of(body, kind)
        return text_of(body[:_HEAD], kind) + BETWEEN + text_of(body[-_TAIL:], kind)

    @lazy
    def is_page(self) -> bool:
        """Whether a browser takes the body for a page: by its type, or by its look where no type is named."""
        first = next((value.lower() for name, value in self.headers if name == "content-disposition"), "")
        if first.startswith("attachment"):
            return False
        if not self.kind and ("x-content-type-options", "nosniff") not in self.headers:
            return self.message.body.lstrip()[:1] == b"<"
        return self.kind in _PAGES

    @lazy
    def values(self) -> list[tuple[Steps, str]]:
        """The values of a JSON body with their paths, in order; none when it is not JSON."""
        first = self.message.body.lstrip()[:1]
        if "json" not in self.kind and first not in (b"{", b"["):
            return []
        return _values(self.message.json)

    @lazy
    def text(self) -> str:
        """What is searched: the values of JSON, else the body without the escapes of its format."""
        if self.values:
            joined = BETWEEN.join(text for _, text in self.values)
            return joined if len(joined) <= RESPONSE_LIMIT else joined[:_HEAD] + BETWEEN + joined[-_TAIL:]
        if "json" in self.kind or "event-stream" in self.kind:
            return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], self.raw)
        return html.unescape(self.raw) if "&" in self.raw and self.kind in _MARKUP else self.raw

    @lazy
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for _, text in self.values:
            starts.append(at)
            at += len(text) + len(BETWEEN)
        starts.append(at)
        return starts

    def steps(self, at: int) -> Steps:
        """The path to the JSON value in which a character of `text` stands; none when it is no JSON."""
        if not self.values:
            return ()
        whole = self._starts[-1] - len(BETWEEN)
        if whole > RESPONSE_LIMIT and at >= _HEAD + len(BETWEEN):
            at += whole - RESPONSE_LIMIT - len(BETWEEN)
        return self.values[min(bisect_right(self._starts, at), len(self.values)) - 1][0]

    def point(self, at: int) -> str:
        """The point of the value in which a character of `text` stands."""
        steps = self.steps(at)
        return str(Point("response", "body.json", steps)) if steps else "response.body"

    def point_of(self, number: int) -> str:
        """The point of a JSON value by its number in `values`."""
        return str(Point("response", "body.json", self.values[number][0]))

    def find(
        self, kind: str, pattern: re.Pattern[str], accept: Accept = lambda _match: True, *, names: bool = False
    ) -> Evidence | None:
        """The first place of a pattern that is accepted; with `names` also in the whole of a JSON body, where its names stand."""
        place = _first(pattern, self.text, accept)
        if place:
            return self.shown(kind, *place)
        place = _first(pattern, self.raw, accept) if names and self.values else None
        return Evidence(kind, excerpt(self.raw, *place), "response.body") if place else None

    def shown(self, kind: str, start: int, end: int) -> Evidence:
        """Evidence of a place in `text`."""
        return Evidence(kind, excerpt(self.text, start, end), self.point(start))


def _first(pattern: re.Pattern[str], text: str, accept: Accept) -> tuple[int, int] | None:
    """Where the first accepted match begins and ends."""
    accepted = (match.span() for match in islice(pattern.finditer(text), MATCHES_LIMIT) if accept(match))
    return next(accepted, None)


def excerpt(text: str, start: int, end: int) -> str:
    """A place of a text, a short one with what stands beside it in the same value; TEXT_LIMIT characters at most."""
    if end - start < _AROUND:
        line = text[max(start - _AROUND, 0) : start].rpartition("\n")[2]
        start -= len(line.lstrip())
        end += len(text[end : end + _AROUND].partition("\0")[0].rstrip())
    return text[start : min(end, start + TEXT_LIMIT)].replace(BETWEEN, ", ").strip()


def _unpacked(body: bytes, encoding: str) -> bytes | None:
    """The beginning of a compressed body; None when it is not compressed (any more), or damaged."""
    packed = body[:2] == b"\x1f\x8b" or (encoding == "deflate" and body[:1] == b"\x78")
    if not packed:
        return None
    try:
        return zlib.decompressobj(wbits=47).decompress(body, UNPACKED_LIMIT)
    except zlib.error:
        return None


def _values(root: Any) -> list[tuple[Steps, str]]:
    found: list[tuple[Steps, str]] = []
    waiting: list[tuple[Steps, Any]] = [((), root)]
    while waiting and len(found) < PIECES_LIMIT:
        steps, node = waiting.pop()
        if isinstance(node, dict) and len(steps) < DEPTH:
            waiting += [((*steps, name), below) for name, below in reversed(node.items())]
        elif isinstance(node, list) and len(steps) < DEPTH:
            waiting += [((*steps, at), node[at]) for at in range(min(len(node), PIECES_LIMIT) - 1, -1, -1)]
        elif (text := scalar(node)) is not None:
            found.append((steps, text))
    return found
