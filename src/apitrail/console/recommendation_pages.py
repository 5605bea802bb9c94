"""Recommended session parameters: a section of the settings page that is looked for while the page is read already (S1.7)."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, allows
from apitrail.configure import session_parameters
from apitrail.console.asking import TheClock, ThePerson, TheStore, may_act
from apitrail.console.templating import page
from apitrail.errors import BadQuestion
from apitrail.explore.recommendations import accept, recommend
from apitrail.ingest.live import Intake

ADDRESS = "/settings/session-parameters/recommendations"
PARAMETERS = "/settings/session-parameters"

router = APIRouter(include_in_schema=False)


@router.get(ADDRESS)
def show(store: TheStore, clock: TheClock, person: ThePerson, fragment: str = "", problem: str = "") -> Response:
    """The recommendations, as a page or as the part of one."""
    content: dict[str, Any] = {
        "found": recommend(store),
        "kept": session_parameters.kept(store),
        "may_change": allows(person, ADMIN),
        "problem": problem,
        "title": "Recommended parameters",
    }
    return page("_recommendations.html" if fragment else "recommendations.html", person, clock, **content)


@router.post(ADDRESS)
def take(
    request: Request,
    store: TheStore,
    person: ThePerson,
    point: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    """One recommendation is taken, or, without a point, all of them."""
    may_act(person, csrf)
    try:
        accept(store, [point] if point else [], person.name, version=version)
    except BadQuestion as error:
        return RedirectResponse(f"{ADDRESS}?{urlencode({'problem': str(error)[:300]})}", 303)
    intake: Intake = request.app.state.intake
    intake.recipes.refresh()
    return RedirectResponse(f"{PARAMETERS}?saved=1", 303)
