"""What the filter box offers while somebody types: words of the catalogue, and values that the traffic has.

The part of a text that the cursor is in becomes words that begin like it, or, behind a word, values of that field with their
counts under the other filters. What stands before and cannot be read is told with its place.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from starlette.responses import Response

from apitrail.access.roles import Person
from apitrail.console.links import ABUSE, DISCOVERY, LIST, Filtered
from apitrail.console.templating import page
from apitrail.console.words import Clock, value_title
from apitrail.errors import BadQuestion
from apitrail.model.fields import CATALOGUE, METRIC, Field, field_named
from apitrail.query import text

OFFERED = 8
"""Words, or values, that are offered at once."""
ENDPOINTS_OFFERED = 5
"""Endpoints that are offered for text without a word, which searches them."""
LEAST = 2
"""Characters from which endpoints are offered."""

_PART = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|[^\s"])+')
_WORD = re.compile(r"([A-Za-z_]+):(.*)", re.DOTALL)
_LAST = re.compile(r'(?:"(?:[^"\\]|\\.)*"?|[^,"])*$')
_FIRST = ("attack", "bot", "endpoint", "host", "ip", "user", "status", "risk")
"""The words that are offered before anything is typed."""

Finder = Callable[[Any], dict[str, Any]]
"""The content of the dropdown that a view has open."""


class Place(NamedTuple):
    """Where something is typed: what is replaced from `start` to `end`, the field behind whose word it is, and the text so far.

    The part that it is in begins at `part`.
    """

    start: int
    end: int
    word: str
    typed: str
    part: int


class Offer(NamedTuple):
    """Something to choose: what then stands in the box, what it is called, what it says besides."""

    text: str
    title: str
    note: str


def answer(view: Filtered, at: int, finder: Finder, person: Person, clock: Clock) -> Response:
    """The list under the filter box for a cursor at a place of its text."""
    asked = view.q[: text.LENGTH_LIMIT]
    place = place_at(asked, min(max(at, 0), len(asked)))
    told = {"offers": list(offers(view, place, finder)), "place": place, **_wrong(asked[: place.part])}
    return page("_completion.html", person, clock, **told)


def place_at(asked: str, at: int) -> Place:
    """What is typed at a place: a word, or a value behind one; within several values the one at the place."""
    part = next((one for one in _PART.finditer(asked) if one.start() <= at <= one.end()), None)
    if part is None:
        return Place(at, at, "", "", at)
    start = part.start() + len(part[0]) - len(part[0].lstrip("-("))
    typed = asked[start:at]
    end = part.end() if part.end() > start else at
    if not (found := _WORD.fullmatch(typed)):
        return Place(min(start, at), end, "", typed, part.start())
    value = _LAST.search(found[2])
    last = value[0] if value else ""
    rest = asked[at : part.end()]
    end = at + len(re.split(r"[,)]", rest, maxsplit=1)[0])
    return Place(at - len(last), end, found[1].lower(), last, part.start())


def offers(view: Filtered, place: Place, finder: Finder) -> Iterator[Offer]:
    """What can stand at a place, the likeliest first."""
    if place.word:
        yield from _values(view, place, finder, OFFERED)
        return
    yield from _words(view, place.typed)
    if len(place.typed) >= LEAST and not place.typed.startswith('"'):
        yield from _values(view, place._replace(word="endpoint"), finder, ENDPOINTS_OFFERED, whole=True)


def _words(view: Filtered, typed: str) -> Iterator[Offer]:
    """The words that begin with a text, then those whose title has it."""
    usable = [field for field in CATALOGUE if field.scope != METRIC or view.base not in (LIST, DISCOVERY, ABUSE)]
    wanted = typed.lower()
    if not wanted:
        chosen: Iterable[Field] = (field_named(word) for word in _FIRST)
    else:
        first = [field for field in usable if field.word.startswith(wanted)]
        chosen = [*first, *(one for one in usable if one not in first and wanted in f"{one.word} {one.title}".lower())]
    for field in list(chosen)[:OFFERED]:
        yield Offer(f"{field.word}:", f"{field.word}:", field.help)


def _values(view: Filtered, place: Place, finder: Finder, most: int, *, whole: bool = False) -> Iterator[Offer]:
    """Values of a field that contain what is typed; `whole` ones come with their word."""
    try:
        field = field_named(place.word)
    except BadQuestion:
        return
    search = place.typed.strip('"').replace("*", "")
    for value, counted in _known(view, place, field, search, finder, most):
        term = text.term_text(field.word, value)
        title = value_title(field.word, value)
        said = (title, counted) if title != value and not whole else (counted,)
        yield Offer(f"{term if whole else term.partition(':')[2]} ", term if whole else value, " · ".join(filter(None, said)))


def _known(view: Filtered, place: Place, field: Field, search: str, finder: Finder, most: int) -> Iterator[tuple[str, str]]:
    """Values with what is said of each: those with counts where the traffic is counted, else the few that the field has."""
    if field.facet:
        others = f"{view.q[: place.start]} {view.q[place.end :]}" if not place.word else _without_part(view.q, place)
        for q in (others, ""):
            try:
                found = finder(dataclasses.replace(view, q=q, facet=field.word, search=search))
            except BadQuestion:
                continue
            for one in sorted(found["values"], key=lambda one: not _begins(str(one["value"]), search))[:most]:
                yield str(one["value"]), f"{one['requests']:,}"
            return
    fitting = [value for value in field.values if search.lower() in f"{value} {value_title(field.word, value)}".lower()]
    if fitting:
        yield from ((value, "") for value in fitting[:most])
    elif not search and field.example:
        yield field.example, "for example"


def _begins(value: str, search: str) -> bool:
    return value.lower().startswith(search.lower())


def _without_part(asked: str, place: Place) -> str:
    """A text without the part that a place is in."""
    part = next((one for one in _PART.finditer(asked) if one.start() <= place.start <= one.end()), None)
    return asked if part is None else f"{asked[: part.start()]} {asked[part.end() :]}".strip()


def _wrong(before: str) -> dict[str, Any]:
    """What is wrong with the text before a part, and which of it, unless parentheses are just open."""
    try:
        text.parse(before)
    except BadQuestion as error:
        if error.suggestion == ")" or before.rstrip().endswith(("(", " OR", "-")):
            return {"problem": None}
        at = error.position or 0
        wrong = before[at:].partition(" ")[0]
        return {"problem": error, "right": before[:at], "wrong": wrong, "rest": before[at + len(wrong) :]}
    return {"problem": None}
