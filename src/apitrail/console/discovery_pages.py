"""The addresses of the section Discovery."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ANALYST, allows
from apitrail.configure import views
from apitrail.console import completing, discovery_page, endpoint_page, filters
from apitrail.console.asking import TheClock, ThePerson, TheStore, is_local, may_act
from apitrail.console.links import DISCOVERY, ENDPOINT_TABS, EndpointView
from apitrail.console.templating import page
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.discovery import opening
from apitrail.explore.discovery.rules import rules
from apitrail.model.fields import field_named

TITLE = "Discovery"

router = APIRouter(include_in_schema=False)


def view(
    q: str = "",
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    sort: str = "",
    after: str = "",
    facet: str = "",
    search: str = "",
    by: str = "",
    tab: str = "",
    request: str = "",
    session: str = "",
    page: str = "",
    tour: str = "",
) -> EndpointView:
    """The view of an address of this section; BadQuestion when it names a tab that there is not."""
    if tab not in ENDPOINT_TABS:
        raise BadQuestion(f"there is no tab {tab[:40]!r}", suggestion="parameters")
    return EndpointView(
        page=page, q=q, start=start, end=end, sort=sort, after=after, facet=facet, search=search, tour=tour, by=by, tab=tab,
        request=request, session=session,
    )  # fmt: skip


TheView = Annotated[EndpointView, Depends(view)]


@router.get(DISCOVERY)
def shown(store: TheStore, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """The list; without parameters, under the view that people chose to begin with."""
    begin = views.default(store, "discovery") if view.url() == view.base and not view.tour else None
    if begin and begin.query:
        return RedirectResponse(f"{view.base}?{begin.query}", 303)
    may_mark = allows(person, ANALYST)
    try:
        content = discovery_page.content(store, view, clock)
    except BadQuestion as error:
        content = discovery_page.refused(store, view, clock, error)
        return page("discovery.html", person, clock, status=400, title=TITLE, may_mark=may_mark, **content)
    return page("discovery.html", person, clock, title=TITLE, may_mark=may_mark, **content)


@router.get(f"{DISCOVERY}/facet")
def facet(store: TheStore, view: TheView, clock: TheClock, person: ThePerson) -> Response:
    """The content of one dropdown."""
    try:
        return page("_facet.html", person, clock, view=view, facet=discovery_page.facet(store, view, clock))
    except BadQuestion as error:
        return page("_problem.html", person, clock, status=400, problem=error, text=filters.wrong_text(view.q))


@router.get(f"{DISCOVERY}/complete")
def complete(store: TheStore, view: TheView, clock: TheClock, person: ThePerson, at: int = 0) -> Response:
    """What the filter box offers while somebody types."""
    return completing.answer(view, at, lambda asked: discovery_page.facet(store, asked, clock), person, clock)


@router.get(f"{DISCOVERY}/filter")
def add_filter(view: TheView, field: str, v: Annotated[list[str] | None, Query()] = None, mode: str = "only") -> Response:
    """What a dropdown's form sends: the chosen values become one term of the filter."""
    return RedirectResponse(view.with_values(field_named(field).word, v or (), negated=mode == "not"), 303)


@router.get(f"{DISCOVERY}/interval")
def set_interval(view: TheView, clock: TheClock) -> Response:
    """What the date and time form sends."""
    return RedirectResponse(filters.with_interval(view, clock), 303)


@router.get(f"{DISCOVERY}/{{endpoint_id}}")
def opened(
    request: Request, store: TheStore, endpoint_id: str, view: TheView, clock: TheClock, person: ThePerson, saved: str = ""
) -> Response:  # fmt: skip
    """One endpoint on a page of its own; `saved` is set when its business flows have just been given."""
    shown = dataclasses.replace(view, page=endpoint_id)
    asked = rules(request.app.state.settings)
    try:
        content = endpoint_page.content(store, shown, clock, asked)
    except BadQuestion as error:
        status = 404 if isinstance(error, NotFound) else 400
        text = filters.wrong_text(view.q)
        return page(
            "problem.html",
            person,
            clock,
            status=status,
            problem=error,
            text=text,
            view=shown,
            title="Endpoint",
            listed="endpoints",
        )
    return page("endpoint.html", person, clock, title="Endpoint", may_change=allows(person, ANALYST), saved=saved, **content)


@router.post(f"{DISCOVERY}/{{endpoint_id}}/flows")
def give_flows(
    request: Request,
    store: TheStore,
    endpoint_id: str,
    person: ThePerson,
    flow: Annotated[list[str] | None, Form()] = None,
    csrf: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """The ticked business flows become those of the endpoint; its stored requests and their sessions follow."""
    may_act(person, csrf, ANALYST)
    opening.give_flows(store, endpoint_id, flow or (), person.name)
    request.app.state.intake.recipes.refresh()
    address = back if is_local(back) else EndpointView(page=endpoint_id).url()
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}saved=flows", 303)
