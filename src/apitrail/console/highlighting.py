"""Payloads marked in the text of a request, where they stand encoded as the client sent them (A2.3, S4.6)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

PLACES_LIMIT = 50
"""Places of one payload that are marked."""
DECODINGS = 3
"""Times that a text is decoded to find a payload in it."""


class Decoded(NamedTuple):
    """A text, and where each of its characters begins in the text it was made from; one place more than characters."""

    text: str
    places: Sequence[int]


_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+|\+")
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
"""A sign outside the first plane, which JSON writes as two halves."""
_JSON = re.compile(rf"\\(?:[\"\\/bfnrt]|{_PAIR}|u[0-9a-fA-F]{{4}})")
_HTML = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,20});")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def highlighted(text: str, payloads: Iterable[str]) -> Markup:
    """The text, escaped, with every place of a payload in a `mark`."""
    spans = sorted({span for payload in payloads if payload for span in _spans(text, payload)})
    pieces: list[Markup] = []
    at = 0
    for start, end in spans:
        if end <= at:
            continue
        pieces += [escape(text[at : max(at, start)]), Markup("<mark>{}</mark>").format(text[max(at, start) : end])]
        at = end
    return Markup("").join((*pieces, escape(text[at:])))


def _spans(text: str, payload: str) -> list[tuple[int, int]]:
    """Where a payload stands in a text, as it is or encoded; the first way that finds it counts."""
    level = [Decoded(text, range(len(text) + 1))]
    for _ in range(DECODINGS + 1):
        for one in level:
            if found := _found(one, payload):
                return found
        level = [deeper for one in level for decode in _DECODERS if (deeper := decode(one)) is not None]
    return []


def _found(decoded: Decoded, payload: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = decoded.text.find(payload)
    while at >= 0 and len(spans) < PLACES_LIMIT:
        spans.append((decoded.places[at], decoded.places[at + len(payload)]))
        at = decoded.text.find(payload, at + len(payload))
    return spans


def _decoded(source: Decoded, pattern: re.Pattern[str], read: Callable[[str], list[tuple[str, int]]]) -> Decoded | None:
    """The text with each match replaced; `read` gives its characters with the length of each in the match."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in pattern.finditer(source.text):
        pieces.append(source.text[at : match.start()])
        places.extend(source.places[at : match.start()])
        here = match.start()
        for char, length in read(match[0]):
            pieces.append(char)
            places += [source.places[here]] * len(char)
            here += length
        at = match.end()
    if not at:
        return None
    return Decoded("".join((*pieces, source.text[at:])), [*places, *source.places[at:]])


def _percent(match: str) -> list[tuple[str, int]]:
    if match == "+":
        return [(" ", 1)]
    text = bytes.fromhex(match.replace("%", "")).decode("utf-8", "surrogateescape")
    return [(char, 3 * len(char.encode("utf-8", "surrogateescape"))) for char in text]


def _json(match: str) -> list[tuple[str, int]]:
    sign = match[1]
    if sign == "u":
        halves = bytes.fromhex(match.replace("\\u", ""))
        return [(halves.decode("utf-16-be", "surrogatepass"), len(match))]
    return [(_SHORT.get(sign, sign), len(match))]


def _html(match: str) -> list[tuple[str, int]]:
    return [(html.unescape(match), len(match))]


_DECODERS: tuple[Callable[[Decoded], Decoded | None], ...] = (
    lambda source: _decoded(source, _PERCENT, _percent),
    lambda source: _decoded(source, _JSON, _json),
    lambda source: _decoded(source, _HTML, _html),
)
