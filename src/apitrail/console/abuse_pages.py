"""The addresses of the section of abuse, and the forms by which people say whether bots are some (B6, B7)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, ANALYST, allows, require
from apitrail.console import abuse_page, filters
from apitrail.console.asking import TheClock, ThePerson, TheStore, is_local, may_act
from apitrail.console.links import ABUSE, AbuseView
from apitrail.console.templating import page
from apitrail.errors import BadQuestion
from apitrail.explore.bots import marking
from apitrail.model.abuse import REJECTED, AbuseException
from apitrail.model.fields import field_named
from apitrail.query.tree import Question

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
) -> AbuseView:
    """The view of an address."""
    return AbuseView(q=q, start=start, end=end, sort=sort, after=after, facet=facet, search=search, tab=tab)


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


@router.get(f"{ABUSE}/filter")
def add_filter(view: TheView, field: str, v: Annotated[list[str] | None, Query()] = None, mode: str = "only") -> Response:
    """What a dropdown's form sends: the chosen values become one term of the filter."""
    return RedirectResponse(view.with_values(field_named(field).word, v or (), negated=mode == "not"), 303)


@router.get(f"{ABUSE}/interval")
def set_interval(view: TheView, clock: TheClock) -> Response:
    """What the date and time form sends."""
    return RedirectResponse(filters.with_interval(view, clock), 303)


@router.post(f"{ABUSE}/mark")
def mark(
    store: TheStore,
    person: ThePerson,
    mark: Text = "",
    csrf: Text = "",
    back: Text = ABUSE,
    bot: Several = None,
    except_too: Text = "",
    q: Text = "",
    bot_type: Several = None,
    until: Text = "",
    reason: Text = "",
) -> Response:
    """Bots are confirmed or rejected, or that is taken back; rejected ones get an exception when the form asks for one.

    The exception is the one of the form, or the one that is proposed where the form has no filter.
    """
    may_act(person, csrf, ANALYST)
    if not bot:
        raise BadQuestion("nothing is chosen; tick some bots first")
    wanted: bool | AbuseException = False
    if except_too and mark == REJECTED:
        require(person, ADMIN)
        wanted = AbuseException(q=q, bot_types=tuple(bot_type or ()), until=until, reason=reason) if q else True
    marking.mark(store, marking.chosen(store, bot, Question()), mark, person.name, exception=wanted)
    return RedirectResponse(back if is_local(back) else ABUSE, 303)
