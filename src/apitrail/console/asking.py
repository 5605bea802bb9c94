"""What the pages need from a request: the store, who asks, the viewer's clock, and that a form is our own."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Form, Request

from apitrail.access.roles import ADMIN, VIEWER, Person, require
from apitrail.access.tokens import Tokens
from apitrail.console.words import Clock
from apitrail.errors import BadQuestion
from apitrail.query.interval import zone
from apitrail.store import Store

TZ_COOKIE = "apitrail_tz"
TIMES_COOKIE = "apitrail_times"
AGO = "ago"
"""What that cookie says when lists say how long ago something was."""


def store_of(request: Request) -> Store:
    """The store of this server."""
    return request.app.state.store  # type: ignore[no-any-return]


def tokens_of(request: Request) -> Tokens:
    """The tokens that the gate knows."""
    return request.app.state.tokens  # type: ignore[no-any-return]


def person_of(request: Request) -> Person:
    """Who asks; a viewer at least."""
    person: Person = request.state.person
    require(person, VIEWER)
    return person


def clock_of(request: Request) -> Clock:
    """The clock of the viewer: the zone of the cookie, else of the settings."""
    name = unquote(request.cookies.get(TZ_COOKIE, "")) or request.app.state.settings.text("timezone")
    ago = request.cookies.get(TIMES_COOKIE) == AGO
    try:
        return Clock(zone(name), name, ago=ago)
    except BadQuestion:
        return Clock(dt.UTC, "UTC", ago=ago)


def address_of(request: Request) -> str:
    """The address of this server, as people reach it."""
    known: str = request.app.state.settings.text("public_url")
    return known.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"


TheStore = Annotated[Store, Depends(store_of)]
TheTokens = Annotated[Tokens, Depends(tokens_of)]
TheClock = Annotated[Clock, Depends(clock_of)]
ThePerson = Annotated[Person, Depends(person_of)]
TheAddress = Annotated[str, Depends(address_of)]


def is_local(wanted: str) -> bool:
    """Whether an address to go on to is a path of this server, as it must be."""
    return wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not set("\r\n\\") & set(wanted)


def form_of(request: Request, back: Annotated[str, Form()] = "") -> None:
    """Keep where the form of a request stands, for the page that says what is wrong with it."""
    request.state.back = back if is_local(back) else ""


FromForm = Depends(form_of)
"""The dependency of forms to which a problem leads back."""


def may_act(person: Person, csrf: str, role: str = ADMIN) -> None:
    """Forms of the console carry the session's own secret, so that no other page can send them."""
    require(person, role)
    if person.csrf and csrf != person.csrf:
        raise BadQuestion("this form is from another session; reload the page and send it again")
