"""The addresses of the sections Attacks and Incidents."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ANALYST, allows
from apitrail.configure import views
from apitrail.console import attack_page, attacks_page, completing, filters
from apitrail.console.asking import TheClock, ThePerson, TheStore
from apitrail.console.links import ATTACKS, INCIDENTS, AttackView
from apitrail.console.templating import page
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.attacks import grouping
from apitrail.model.fields import field_named

TITLES = {ATTACKS: "Attacks", INCIDENTS: "Incidents"}


router = APIRouter(include_in_schema=False)


def view(
    request: Request,
    q: str = "",
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    sort: str = "",
    after: str = "",
    facet: str = "",
    search: str = "",
    by: str = "",
    tab: str = "",
    finding: str = "",
    rafter: str = "",
    world: str = "",
    page: str = "",
    tour: str = "",
) -> AttackView:
    """The view of an address of one of the two sections."""
    section = INCIDENTS if request.url.path.startswith(INCIDENTS) else ATTACKS
    return AttackView(
        page=page, q=q, start=start, end=end, sort=sort, after=after, facet=facet, search=search, tour=tour, by=by, tab=tab,
        finding=finding, rafter=rafter, world=world, section=section,
    )  # fmt: skip


TheView = Annotated[AttackView, Depends(view)]


@router.get(ATTACKS)
@router.get(INCIDENTS)
def shown(store: TheStore, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """The list; without parameters, under the view that people chose to begin with."""
    begin = views.default(store, view.section.strip("/")) if view.url() == view.base and not view.tour else None
    if begin and begin.query:
        return RedirectResponse(f"{view.base}?{begin.query}", 303)
    told: dict[str, Any] = {"title": TITLES[view.section], "may_mark": allows(person, ANALYST)}
    try:
        return page("attacks.html", person, clock, **told, **attacks_page.content(store, view, clock))
    except BadQuestion as error:
        return page("attacks.html", person, clock, status=400, **told, **attacks_page.refused(store, view, clock, error))


@router.get(f"{ATTACKS}/facet")
@router.get(f"{INCIDENTS}/facet")
def facet(store: TheStore, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """The content of one dropdown."""
    try:
        return page("_facet.html", person, clock, view=view, facet=attacks_page.facet(store, view, clock))
    except BadQuestion as error:
        return page("_problem.html", person, clock, status=400, problem=error, text=filters.wrong_text(view.q))


@router.get(f"{ATTACKS}/complete")
@router.get(f"{INCIDENTS}/complete")
def complete(store: TheStore, view: TheView, clock: TheClock, person: ThePerson, at: int = 0) -> Response:
    """What the filter box offers while somebody types."""
    return completing.answer(view, at, lambda asked: attacks_page.facet(store, asked, clock), person, clock)


@router.get(f"{ATTACKS}/filter")
@router.get(f"{INCIDENTS}/filter")
def add_filter(view: TheView, field: str, v: Annotated[list[str] | None, Query()] = None, mode: str = "only") -> Response:
    """What a dropdown's form sends: the chosen values become one term of the filter."""
    return RedirectResponse(view.with_values(field_named(field).word, v or (), negated=mode == "not"), 303)


@router.get(f"{ATTACKS}/interval")
@router.get(f"{INCIDENTS}/interval")
def set_interval(view: TheView, clock: TheClock) -> Response:
    """What the date and time form sends."""
    return RedirectResponse(filters.with_interval(view, clock), 303)


@router.get(f"{ATTACKS}/group")
def group(view: TheView, word: Annotated[list[str] | None, Query()] = None) -> Response:
    """What the form of the grouping sends: up to four attributes become the grouping."""
    return RedirectResponse(view.listed(by=",".join(some for some in word or () if some)), 303)


@router.get(f"{ATTACKS}/{{attack_id}}")
@router.get(f"{INCIDENTS}/{{attack_id}}")
def opened(store: TheStore, attack_id: str, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """One attack or incident on a page of its own."""
    shown = dataclasses.replace(view, page=attack_id)
    title = "Attack" if view.section == ATTACKS else "Incident"
    try:
        content = attack_page.content(store, shown, clock)
    except BadQuestion as error:
        told: dict[str, Any] = {"text": filters.wrong_text(view.q), "view": shown, "title": title, "ways": _ways(error, shown)}
        status = 200 if told["ways"] else 404 if isinstance(error, NotFound) else 400
        return page("problem.html", person, clock, status=status, problem=error, listed=f"{title.lower()}s", **told)
    return page("attack.html", person, clock, title=title, may_mark=allows(person, ANALYST), **content)


def _ways(error: BadQuestion, view: AttackView) -> list[tuple[str, str]]:
    """The ways out when an attack has nothing under filters and in an interval: with each of them taken away."""
    if not isinstance(error, NotFound) or not _is_an_attack(view.page):
        return []
    found = [("Without filters", view.asking(q=""))] if view.q else []
    found += [("All time", view.spanned("", ""))] if view.start or view.end else []
    return [*found, ("Without filters, all time", view.asking(q="", start="", end=""))] if len(found) > 1 else found


def _is_an_attack(attack_id: str) -> bool:
    try:
        grouping.decode(attack_id)
    except NotFound:
        return False
    return True
