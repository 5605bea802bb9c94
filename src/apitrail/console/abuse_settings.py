"""The settings of API abuse: profiles, by which bots are searched for, and exceptions, with their history (B5)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, allows
from apitrail.configure import abuse_exceptions, profiles
from apitrail.configure.abuse_exceptions import KeptException
from apitrail.configure.profiles import DEFAULT, HOURS_LIMIT, NAME_LIMIT
from apitrail.console.abuse_words import ACTION_TITLES, SENSITIVITY_TITLES
from apitrail.console.asking import FromForm, TheClock, ThePerson, TheStore, may_act
from apitrail.console.links import EVER, AbuseView
from apitrail.console.settings_pages import Fields, TheFields
from apitrail.console.templating import page
from apitrail.errors import BadQuestion
from apitrail.explore.bots import statistics
from apitrail.model.abuse import APPLICATION, BOT_TITLES, DOMAIN, AbuseException, Profile, TypeRule
from apitrail.query import text
from apitrail.store import Store

PROFILES = "/settings/abuse"
EXCEPTIONS = "/settings/exceptions"
PROFILES_TITLE = "Bot profiles"
EXCEPTIONS_TITLE = "Bot exceptions"
HISTORY_SHOWN = 50
"""Changes of exceptions that are shown."""
BY = {APPLICATION: "the application, or the host where none is named", DOMAIN: "the host"}
"""Whose sessions are the normal, in words."""

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
Several = Annotated[list[str] | None, Form()]


@router.get(PROFILES)
def show_profiles(store: TheStore, clock: TheClock, person: ThePerson, saved: str = "", removed: str = "") -> Response:
    """Every profile, each with a form."""
    return _profiles(store, clock, person, saved=saved, removed=removed)


@router.post(PROFILES)
def put_profile(form: TheFields, store: TheStore, clock: TheClock, person: ThePerson) -> Response:
    """A profile is kept, or removed; what is wrong with it is said above the forms."""
    may_act(person, form.get("csrf", ""))
    name = form.get("name", "")
    try:
        if form.get("act") == "remove":
            profiles.remove(store, name, person.name)
            return RedirectResponse(f"{PROFILES}?removed=1", 303)
        profiles.put(store, _profile(form), person.name)
    except BadQuestion as error:
        return _profiles(store, clock, person, problem=error)
    return RedirectResponse(f"{PROFILES}?saved=1", 303)


def _profiles(
    store: TheStore, clock: TheClock, person: ThePerson, *, problem: BadQuestion | None = None, **told: str
) -> Response:
    words: dict[str, Any] = {
        "profiles": profiles.kept(store),
        "fresh": Profile(name=""),
        "default": DEFAULT,
        "actions": ACTION_TITLES,
        "sensitivities": SENSITIVITY_TITLES,
        "by": BY,
        "hours_limit": HOURS_LIMIT,
        "name_limit": NAME_LIMIT,
        "may_change": allows(person, ADMIN),
        "saved": "",
        "removed": "",
    }
    status = 400 if problem else 200
    return page("abuse_profiles.html", person, clock, status=status, title=PROFILES_TITLE, problem=problem, **{**words, **told})


def _profile(form: Fields) -> Profile:
    """The profile that a form says; a type whose fields are missing stays as every type is."""
    applications = tuple(part.strip() for part in form.get("applications", "").split(",") if part.strip())
    types = {code: _rule(form, code) for code in BOT_TITLES if f"action.{code}" in form}
    return Profile(
        name=form.get("name", ""), applications=applications, analyse_by=form.get("analyse_by", APPLICATION), types=types
    )


def _rule(form: Fields, code: str) -> TypeRule:
    hours = form.get(f"hours.{code}", "").strip()
    if not (hours.isascii() and hours.isdecimal()):
        raise BadQuestion(f"hours are a number from 0, which is for ever, to {HOURS_LIMIT}, not {hours[:20]!r}")
    return TypeRule(form[f"action.{code}"], int(hours[:9]), form.get(f"sensitivity.{code}", TypeRule().sensitivity))


@router.get(EXCEPTIONS)
def show_exceptions(store: TheStore, clock: TheClock, person: ThePerson, saved: str = "", q: str = "") -> Response:
    """Every exception, their history, and a form for a new one."""
    return _exceptions(store, clock, person, saved=saved, typed=AbuseException(q=q))


@router.post(EXCEPTIONS)
def add_exception(
    store: TheStore, clock: TheClock, person: ThePerson, q: Text = "", bot_type: Several = None, until: Text = "",
    reason: Text = "", csrf: Text = "",
) -> Response:  # fmt: skip
    """A new exception; what is wrong with it is said beside the form."""
    may_act(person, csrf)
    wanted = AbuseException(q=q, bot_types=tuple(bot_type or ()), until=until, reason=reason)
    try:
        kept = abuse_exceptions.add(store, wanted, person.name)
    except BadQuestion as error:
        return _exceptions(store, clock, person, typed=wanted, problem=error)
    return RedirectResponse(f"{EXCEPTIONS}?saved={kept.id}", 303)


@router.post(f"{EXCEPTIONS}/{{exception_id}}", dependencies=[FromForm])
def change_exception(
    store: TheStore, person: ThePerson, exception_id: str, act: Text, until: Text = "", csrf: Text = ""
) -> Response:  # fmt: skip
    """An exception is switched on or off, gets another end, or is removed."""
    may_act(person, csrf)
    if act == "remove":
        abuse_exceptions.remove(store, exception_id, person.name)
    elif act == "until":
        abuse_exceptions.change(store, exception_id, person.name, until=until)
    else:
        abuse_exceptions.change(store, exception_id, person.name, enabled=act == "enable")
    return RedirectResponse(EXCEPTIONS, 303)


def _exceptions(
    store: TheStore, clock: TheClock, person: ThePerson, *, typed: AbuseException, saved: str = "",
    problem: BadQuestion | None = None,
) -> Response:  # fmt: skip
    told: dict[str, Any] = {
        "exceptions": _held(store),
        "history": abuse_exceptions.history(store, HISTORY_SHOWN),
        "may_change": allows(person, ADMIN),
        "saved": saved,
        "typed": typed,
        "excepted_url": AbuseView(q="verdict:excepted,rejected", tab="bots").url(),
    }
    status = 400 if problem else 200
    return page("abuse_exceptions.html", person, clock, status=status, title=EXCEPTIONS_TITLE, problem=problem, **told)


def _held(store: Store) -> list[dict[str, Any]]:
    """Every exception with how many bots it holds, and the way to them."""
    held = statistics.held(store)
    return [{"kept": one, "bots": held.get(one.id, 0), "url": _held_url(one)} for one in abuse_exceptions.kept(store)]


def _held_url(one: KeptException) -> str:
    """The bots that are left out of those whose requests an exception asks for; all that are when that is no filter of bots."""
    left_out = "verdict:excepted,rejected"
    try:
        q = text.write(text.parse(f"{left_out} {one.exception.q}"))
    except BadQuestion:
        q = left_out
    return AbuseView(q=q, start=EVER, tab="bots").url()
