"""The addresses under /api/v1/settings/session-parameters/recommendations: what would tell sessions apart better."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ADMIN, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.parameters import ADDRESS, BODY_LIMIT, recipes_of
from apitrail.errors import BadQuestion
from apitrail.explore.parameters import SessionParameters, shown
from apitrail.explore.recommendations import Recommendations, accept, recommend

router = APIRouter(dependencies=[Depends(only_known)])


class Acceptance(msgspec.Struct, forbid_unknown_fields=True):
    """Which recommendations are taken, by their points; all of them when there is no point."""

    points: list[str] = []
    version: str = ""


@router.get(f"{ADDRESS}/recommendations", dependencies=[Depends(at_least(VIEWER))], responses=shows(Recommendations))
def recommendations(store: TheStore) -> Response:
    """Parameters that would tell sessions, users and roles of the newest requests apart better, and what they would change."""
    return json(recommend(store))


@router.post(
    f"{ADDRESS}/recommendations",
    dependencies=[Depends(at_least(ADMIN))],
    responses=shows(SessionParameters),
    openapi_extra=takes(Acceptance),
)
async def accept_recommendations(request: Request, store: TheStore, person: ThePerson) -> Response:
    """Add recommended parameters at the end of the list; answers the list."""
    try:
        asked = msgspec.json.decode(await read_body(request, BODY_LIMIT) or b"{}", type=Acceptance)
    except msgspec.DecodeError as error:
        raise BadQuestion(str(error)) from None
    kept = await run_in_threadpool(accept, store, asked.points, person.name, version=asked.version)
    recipes_of(request).refresh()
    return json(shown(kept))
