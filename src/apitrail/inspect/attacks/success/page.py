"""Where in a page of HTML a place stands: in text, a comment, a tag, an attribute, a script or another element without markup."""

from __future__ import annotations

import re
from typing import NamedTuple

SCRIPT_LIMIT = 65_536
"""Characters of a script before a place that are read."""

_OPENING = re.compile(r"<(?:!--|/?([a-zA-Z][a-zA-Z0-9:-]{0,40})|[!?/])")
_OF_TAG = re.compile(r"\s*(?:(>)|([^\s=>\"'/][^\s=>/]*)(?:\s*=\s*(?:(\")|(')|(?=[^\s>\"'])))?|[/=\"'])")
_UNQUOTED_END = re.compile(r"[\s>]|\Z")
_OF_SCRIPT = re.compile(r"\\.|[\"'`]|//|/\*|\*/|\n", re.DOTALL)
TEXT_ONLY = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript", "template"))
"""Elements whose content is no markup until they end."""


class Context(NamedTuple):
    """What surrounds a place: `kind` is text, comment, tag, attribute or inside; `name` that of the attribute or the element.

    `quote` is the sign that ends the attribute or the string of a script; empty when there is none.
    """

    kind: str
    name: str = ""
    quote: str = ""
    starts: bool = False
    """Whether the place is the beginning of the attribute's value."""


def context(page: str, place: int) -> Context:
    """What surrounds a place in a page, read from the beginning as browsers do."""
    at = 0
    while True:
        found = _OPENING.search(page, at, place)
        if not found:
            return Context("text")
        if found[0] == "<!--":
            end = page.find("-->", found.end())
            if end < 0 or end >= place:
                return Context("comment")
            at = end + 3
            continue
        if not found[1]:
            end = page.find(">", found.end())
            if end < 0 or end >= place:
                return Context("comment")
            at = end + 1
            continue
        inside, at = _in_tag(page, found.end(), place)
        if inside:
            return inside
        name = found[1].lower()
        if name in TEXT_ONLY and page[found.start() + 1] != "/":
            end = _end_of(page, name, at, place)
            if end < 0:
                return Context("inside", name, _open_string(page[at:place]) if name == "script" else "")
            at = end


def _in_tag(page: str, at: int, place: int) -> tuple[Context | None, int]:
    """The context of a place in a tag; else None and where the tag ends."""
    while at < place:
        found = _OF_TAG.match(page, at)
        if not found:
            break
        end, name, double, single = found.groups()
        if end:
            return (Context("tag"), at) if found.end() > place else (None, found.end())
        at = found.end()
        if at > place:
            return Context("tag"), at
        if double or single:
            quote = double or single
            close = page.find(quote, at)
            if close < 0 or close >= place:
                return Context("attribute", name.lower(), quote, starts=not page[at:place].strip()), at
            at = close + 1
        elif name and "=" in found[0]:
            unquoted = _UNQUOTED_END.search(page, at)
            stop = unquoted.start() if unquoted else len(page)
            if stop >= place:
                return Context("attribute", name.lower(), "", starts=at == place), at
            at = stop
    return Context("tag"), at


def _end_of(page: str, name: str, at: int, place: int) -> int:
    """Where an element that holds only text ends, before a place; -1 when it does not."""
    found = re.compile(rf"</{name}[\s/>]", re.IGNORECASE).search(page, at, place)
    return found.start() if found else -1


def _open_string(script: str) -> str:
    """The quote of a string in which a script ends, `//` or `/*` of a comment; empty when in none."""
    open_with = ""
    for found in _OF_SCRIPT.finditer(script[-SCRIPT_LIMIT:]):
        sign = found[0]
        if not open_with and sign in ('"', "'", "`", "//", "/*"):
            open_with = sign
        elif sign == open_with or (sign == "\n" and open_with in ('"', "'", "//")) or (sign == "*/" and open_with == "/*"):
            open_with = ""
    return open_with
