"""The addresses of the section of abuse, and the forms by which people say whether bots are some (B6, B7)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, ANALYST, allows, require
from apitrail.console import abuse_notes, abuse_page, completing, evidence, filters
from apitrail.console.asking import FromForm, TheClock, ThePerson, TheStore, is_local, may_act
from apitrail.console.links import ABUSE, AbuseView
from apitrail.console.templating import page
from apitrail.errors import BadQuestion
from apitrail.explore.bots import marking
from apitrail.explore.bots.listing import Bot
from apitrail.model.abuse import REJECTED, AbuseException
from apitrail.model.fields import field_named
from apitrail.query.tree import Question
from apitrail.store import Store

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
Several = Annotated[list[str] | None, Form()]


def view(
    q: str = "",
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    sort: str = "",
    after: str = "",
    facet: str = "",
    search: str = "",
    tab: str = "",
    done: str = "",
    held: str = "",
    tour: str = "",
) -> AbuseView:
    """The view of an address."""
    return AbuseView(
        q=q, start=start, end=end, sort=sort, after=after, facet=facet, search=search, tour=tour, tab=tab, done=done, held=held
    )


TheView = Annotated[AbuseView, Depends(view)]


@router.get(ABUSE)
def shown(store: TheStore, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """Bots in figures, or one by one."""
    told: dict[str, Any] = {"title": "Abuse", "may_mark": allows(person, ANALYST), "may_except": allows(person, ADMIN)}
    try:
        return page("abuse.html", person, clock, **told, **abuse_page.content(store, view, clock))
    except BadQuestion as error:
        return page("abuse.html", person, clock, status=400, **told, **abuse_page.refused(view, clock, error))


@router.get(f"{ABUSE}/facet")
def facet(store: TheStore, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """The content of one dropdown."""
    try:
        return page("_facet.html", person, clock, view=view, facet=abuse_page.facet(store, view, clock))
    except BadQuestion as error:
        return page("_problem.html", person, clock, status=400, problem=error, text=filters.wrong_text(view.q))


@router.get(f"{ABUSE}/complete")
def complete(store: TheStore, view: TheView, clock: TheClock, person: ThePerson, at: int = 0) -> Response:
    """What the filter box offers while somebody types."""
    return completing.answer(view, at, lambda asked: abuse_page.facet(store, asked, clock), person, clock)


@router.get(f"{ABUSE}/filter")
def add_filter(view: TheView, field: str, v: Annotated[list[str] | None, Query()] = None, mode: str = "only") -> Response:
    """What a dropdown's form sends: the chosen values become one term of the filter."""
    return RedirectResponse(view.with_values(field_named(field).word, v or (), negated=mode == "not"), 303)


@router.get(f"{ABUSE}/interval")
def set_interval(view: TheView, clock: TheClock) -> Response:
    """What the date and time form sends."""
    return RedirectResponse(filters.with_interval(view, clock), 303)


@router.post(f"{ABUSE}/mark", dependencies=[FromForm])
def mark(
    store: TheStore,
    person: ThePerson,
    mark: Text = "",
    csrf: Text = "",
    back: Text = ABUSE,
    bot: Several = None,
    all_types: Text = "",
    except_too: Text = "",
    q: Text = "",
    bot_type: Several = None,
    until: Text = "",
    reason: Text = "",
) -> Response:
    """Bots are confirmed or rejected, or that is taken back; rejected ones get an exception when the form asks for one.

    With `all_types` the other types of their session parts are judged with them, and are of the exception too. The exception
    is the one of the form, or the one that is proposed where the form has no filter.
    """
    may_act(person, csrf, ANALYST)
    if not bot:
        raise BadQuestion("nothing is chosen; tick some bots first")
    bots = marking.chosen(store, bot, Question())
    if all_types:
        bots = _with_other_types(store, bots)
        bot_type = [*bot_type, *(one.bot_type for one in bots)] if bot_type else None
    wanted: bool | AbuseException = False
    if except_too and mark == REJECTED:
        require(person, ADMIN)
        wanted = AbuseException(q=q, bot_types=tuple(bot_type or ()), until=until, reason=reason) if q else True
    marked = marking.mark(store, bots, mark, person.name, exception=wanted)
    return RedirectResponse(abuse_notes.back_to(back if is_local(back) else ABUSE, mark, bots, marked), 303)


def _with_other_types(store: Store, bots: list[Bot]) -> list[Bot]:
    """The bots, and the other types that their session parts are."""
    every = [other for bot in bots for other in evidence.bots_of(store, bot.session_id, bot.day)]
    return list({bot.id: bot for bot in (*bots, *every)}.values())
