"""The tour: what each part of the console means, step by step over the viewer's own traffic, in the words of the manual."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from fastapi import APIRouter, Depends
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from apitrail.console import manual
from apitrail.console.asking import TheStore, person_of
from apitrail.console.links import ABUSE, ATTACKS, DISCOVERY, INCIDENTS, LIST, View
from apitrail.errors import NotFound
from apitrail.explore import sessions
from apitrail.query.tree import Question
from apitrail.store import Store

ADDRESS = "/tour"
PAGE = "tour"
"""The page of the manual that has the words, one section a step."""
OPENED = "an-opened-session"
"""The step that opens a session."""
LOOKED = 50
"""The newest session parts, of which the one with the most requests is opened: all that the first page of the list has."""
PLACES = {
    "a-session": (LIST, "list"),
    "time": (LIST, "histogram"),
    "filters": (LIST, "filters"),
    OPENED: (LIST, "open"),
    "attacks": (ATTACKS, "list"),
    "incidents": (INCIDENTS, "list"),
    "discovery": (DISCOVERY, "list"),
    "abuse": (ABUSE, "list"),
    "and-now": (LIST, "sections"),
}
"""The sections of that page in order: where each is looked at, and the part of the page that it speaks of."""

router = APIRouter(include_in_schema=False)


class Step(NamedTuple):
    """A step: its number from 1 on, how many there are, its title and words, and the addresses of the others."""

    number: int
    of: int
    title: str
    words: Markup
    before: str
    after: str


@lru_cache(maxsize=1)
def _sections() -> dict[str, manual.Section]:
    return {section.heading.anchor: section for section in manual.sections(PAGE)}


def step(number: str) -> Step | None:
    """The step of a number as an address has it; None when there is none."""
    names = list(PLACES)
    at = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 4 else -1
    if not 0 <= at < len(names):
        return None
    section = _sections()[names[at]]
    return Step(
        number=at + 1,
        of=len(names),
        title=section.heading.text,
        words=section.content,
        before=f"{ADDRESS}/{at}" if at else "",
        after=f"{ADDRESS}/{at + 2}" if at + 1 < len(names) else "",
    )


@router.get(ADDRESS, dependencies=[Depends(person_of)])
def begin() -> Response:
    """The first step."""
    return RedirectResponse(f"{ADDRESS}/1", 303)


@router.get(f"{ADDRESS}/{{number}}", dependencies=[Depends(person_of)])
def go(store: TheStore, number: str) -> Response:
    """A step, where it is looked at."""
    found = step(number)
    if found is None:
        raise NotFound(f"the tour has {len(PLACES)} steps, and no step {number[:20]!r}")
    name = list(PLACES)[found.number - 1]
    address, part = PLACES[name]
    opened = _telling(store) if name == OPENED else ""
    return RedirectResponse(f"{address}?{opened}tour={found.number}#{part}", 303)


def _telling(store: Store) -> str:
    """The parameter that opens the longest of the newest sessions; nothing in an empty store."""
    found = sessions.list_sessions(store, Question(), limit=LOOKED).items
    if not found:
        return ""
    one = max(found, key=lambda part: part.requests)
    return f"{View(open=f'{one.id}.{one.day}').url().partition('?')[2]}&"
