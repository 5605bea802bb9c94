"""The page of the denylists: which addresses and sessions are denied, until when, by whom and why (B5)."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, allows
from apitrail.configure import denylists
from apitrail.configure.changes import Change
from apitrail.configure.denylists import IPS, REASON_LIMIT, SESSIONS
from apitrail.configure.profiles import HOURS_LIMIT
from apitrail.console.asking import TheClock, ThePerson, TheStore, may_act
from apitrail.console.links import View
from apitrail.console.templating import page
from apitrail.errors import BadQuestion
from apitrail.query.text import term_text
from apitrail.store import Store

ADDRESS = "/settings/denylists"
TITLE = "Denylists"
ENTRIES_SHOWN = 200
"""Entries of a list that are shown, the newest."""
HISTORY_SHOWN = 50
"""Changes of both lists that are shown."""
LISTS = {IPS: "Addresses and networks", SESSIONS: "Sessions"}
"""The lists with their titles."""

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form of a new entry holds."""

    list_name: str = IPS
    value: str = ""
    hours: str = "24"
    reason: str = ""


@router.get(ADDRESS)
def show(store: TheStore, clock: TheClock, person: ThePerson, added: str = "", removed: str = "") -> Response:
    """Both lists, their history, and a form for a new entry."""
    return _page(store, clock, person, Typed(), added=added, removed=removed)


@router.post(ADDRESS)
def change(
    store: TheStore, clock: TheClock, person: ThePerson, act: Text, list_name: Annotated[str, Form(alias="list")],
    value: Text = "", hours: Text = "0", reason: Text = "", csrf: Text = "",
) -> Response:  # fmt: skip
    """Something is put on a list or taken off it; what is wrong with it is said beside the form."""
    may_act(person, csrf)
    if act == "remove":
        told = {"removed": denylists.remove(store, list_name, value, person.name)}
        return RedirectResponse(f"{ADDRESS}?{urlencode(told)}", 303)
    try:
        entry = denylists.add(store, list_name, value, person.name, hours=_hours(hours), reason=reason)
    except BadQuestion as error:
        return _page(store, clock, person, Typed(list_name, value, hours, reason), problem=error)
    return RedirectResponse(f"{ADDRESS}?{urlencode({'added': entry.value})}", 303)


def _hours(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal()):
        raise BadQuestion(f"hours are a number from 0, which is for ever, to {HOURS_LIMIT}, not {text[:20]!r}")
    return int(text.strip()[:9])


def _page(
    store: Store, clock: TheClock, person: ThePerson, typed: Typed, *, added: str = "", removed: str = "",
    problem: BadQuestion | None = None,
) -> Response:  # fmt: skip
    told: dict[str, Any] = {
        "blocks": [_block(store, name, title) for name, title in LISTS.items()],
        "history": _history(store),
        "lists": LISTS,
        "may_change": allows(person, ADMIN),
        "typed": typed,
        "added": added,
        "removed": removed,
        "hours_limit": HOURS_LIMIT,
        "reason_limit": REASON_LIMIT,
    }
    return page("denylists.html", person, clock, status=400 if problem else 200, title=TITLE, problem=problem, **told)


def _block(store: Store, list_name: str, title: str) -> dict[str, Any]:
    entries = denylists.kept(store, list_name)
    rows = [{"entry": entry, "url": _sessions(list_name, entry.value)} for entry in entries[:ENTRIES_SHOWN]]
    return {"name": list_name, "title": title, "rows": rows, "total": len(entries)}


def _sessions(list_name: str, value: str) -> str:
    """The sessions that an entry is about."""
    return View(page=value).url() if list_name == SESSIONS else View(q=term_text("ip", value)).url()


def _history(store: Store) -> list[Change]:
    """The changes of both lists together, newest first."""
    told = (denylists.history(store, name, HISTORY_SHOWN) for name in LISTS)
    return list(merge(*told, key=lambda one: one.time, reverse=True))[:HISTORY_SHOWN]
