"""The addresses under /api/v1/endpoints: the inventory, one endpoint, its flows, and the documents made of it (D1 to D10)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from apitrail.access.roles import ANALYST
from apitrail.api.asking import General, ThePerson, TheStore, Viewer, at_least, json, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.api.parameters import recipes_of
from apitrail.api.routes import Cursor
from apitrail.explore.discovery import documenting, listing, opening
from apitrail.explore.discovery.listing import ORDER, Endpoint, Host
from apitrail.explore.discovery.opening import OpenedEndpoint, SpecifiedEndpoint
from apitrail.explore.discovery.rules import Rules, rules

ADDRESS = "/endpoints"

router = APIRouter(dependencies=Viewer)

TheHost = Annotated[str, Query(alias="host", description="The host whose endpoints are described.")]
Sort = Annotated[str, Query(description="What to sort by, such as `risk`; a minus puts the largest first.")]


class EndpointsPage(msgspec.Struct):
    """A page of endpoints."""

    items: list[Endpoint]
    total: int
    next_cursor: str | None = None


class Hosts(msgspec.Struct):
    """The hosts of the inventory."""

    items: list[Host]


class FlowsChange(msgspec.Struct):
    """The business flows that an endpoint is to have; none with an empty list."""

    flows: list[str]


@router.get(ADDRESS, responses=shows(EndpointsPage))
def list_endpoints(store: TheStore, question: General, sort: Sort = ORDER, limit: int = 50, cursor: Cursor = "") -> Response:
    """Endpoints under filters, the most used first, with the exact total."""
    return json(listing.list_endpoints(store, question, sort=sort, limit=limit, cursor=cursor))


@router.get(f"{ADDRESS}/hosts", responses=shows(Hosts))
def list_hosts(store: TheStore, question: General) -> Response:
    """The hosts of the endpoints under filters, the busiest first."""
    return json(Hosts(listing.hosts_of(store, question)))


@router.get(f"{ADDRESS}.csv")
def export_endpoints(store: TheStore, question: General, sort: Sort = ORDER) -> Response:
    """All endpoints under filters as CSV."""
    name = {"Content-Disposition": 'attachment; filename="endpoints.csv"'}
    return StreamingResponse(documenting.csv(store, question, sort=sort), media_type="text/csv; charset=utf-8", headers=name)


@router.get(f"{ADDRESS}/openapi.json")
def openapi(
    request: Request, store: TheStore, host: Annotated[str, Query(description="The host whose endpoints are described.")]
) -> Response:
    """The endpoints of a host as an OpenAPI 3.1 document."""
    return json(documenting.document_of(store, host, _rules(request)))


@router.get(f"{ADDRESS}/{{endpoint_id}}", responses=shows(SpecifiedEndpoint))
def open_endpoint(request: Request, store: TheStore, endpoint_id: str) -> Response:
    """One endpoint: parameters, authentication, risk, protection, traffic, and the specifications that describe it."""
    return json(opening.open_specified(store, endpoint_id, _rules(request)))


@router.put(
    f"{ADDRESS}/{{endpoint_id}}/flows",
    dependencies=[Depends(at_least(ANALYST))],
    responses=shows(OpenedEndpoint),
    openapi_extra=takes(FlowsChange),
)
async def set_flows(request: Request, endpoint_id: str, store: TheStore, person: ThePerson) -> Response:
    """Give an endpoint its business flows; its stored requests and their sessions follow."""
    wanted = read_members(await read_body(request, BODY_LIMIT), FlowsChange)
    asked = _rules(request)
    changed = await run_in_threadpool(opening.give_flows, store, endpoint_id, wanted.flows, person.name, asked)
    recipes_of(request).refresh()
    return json(changed)


def _rules(request: Request) -> Rules:
    return rules(request.app.state.settings)
