"""A tag taken apart as browsers do: lenient about slashes, control characters, missing quotes and missing ends."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

TAG_LIMIT = 2000
"""Characters of a tag that are read."""
ATTRIBUTES_LIMIT = 40
"""Attributes of a tag that are read."""
TAGS_BEFORE = 3
"""Opening signs before a place that are tried as the start of its tag."""

_NAME = re.compile(r"<[\x00-\x20]{0,4}([a-zA-Z][^\s/>\x00\"'=<]{0,60})")
_ATTRIBUTE = re.compile(
    r"[\s/\x00-\x1f\"'\\]*([^\s/>=\x00-\x1f\"'][^\s/>=\x00-\x1f]{0,80})"
    r"(?:[\s\x00-\x1f\\]{0,20}=[\s\x00-\x1f\\]{0,20}(\"[^\"]{0,1000}\"?|'[^']{0,1000}'?|[^\s>]{0,1000}))?"
)
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028\u2029\u3000\ufffd\\]+")
_SCRIPT_SCHEME = re.compile(r"(?:javascript|vbscript|livescript|mocha|jscript):", re.IGNORECASE)


class Tag(NamedTuple):
    """An opening tag: its name and its attributes in lower case, the first of each name, and where they begin."""

    name: str
    attributes: dict[str, str]
    places: dict[str, int]
    end: int


def tag(text: str, start: int) -> Tag | None:
    """The opening tag at a place, if one begins there."""
    found = _NAME.match(text, start)
    if not found:
        return None
    attributes: dict[str, str] = {}
    places: dict[str, int] = {}
    at, stop = found.end(), min(len(text), start + TAG_LIMIT)
    for _ in range(ATTRIBUTES_LIMIT):
        attribute = _ATTRIBUTE.match(text, at, stop)
        if not attribute:
            break
        name = attribute[1].lower()
        if name not in attributes:
            attributes[name] = unquoted(attribute[2] or "")
            places[name] = attribute.start(1)
        at = attribute.end()
    return Tag(found[1].lower().rpartition(":")[2], attributes, places, at)


def unquoted(value: str) -> str:
    """The value of an attribute without its quotes, entities read."""
    quote = value[:1]
    if quote and quote in "\"'`":
        value = value[1:-1] if len(value) > 1 and value[-1] == quote else value[1:]
    return html.unescape(value) if "&" in value else value


def around(text: str, at: int) -> Tag | None:
    """The opening tag that has an attribute at a place."""
    low, start = max(0, at - TAG_LIMIT), at
    for _ in range(TAGS_BEFORE):
        start = text.rfind("<", low, start)
        if start < 0:
            return None
        found = tag(text, start)
        if found and any(abs(place - at) <= 1 for place in found.places.values()):
            return found
    return None


def opened_before(text: str, at: int) -> bool:
    """Whether a tag that could hold a place begins before it: no tag's end stands between."""
    start = text.rfind("<", max(0, at - TAG_LIMIT), at)
    return start >= 0 and text.find(">", start, at) < 0 and text[start + 1 : start + 2] not in ("", " ", "=")


def script_scheme(url: str) -> str:
    """What stands behind the scheme of an address that runs script, else nothing; what browsers ignore is removed."""
    url = _IGNORED.sub("", url[:TAG_LIMIT])
    found = _SCRIPT_SCHEME.match(url)
    return url[found.end() :] or ";" if found else ""
