"""The addresses under /api/v1/views: lists under filters, interval and grouping that people saved by name (A2.2)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ANALYST, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.configure import views
from apitrail.configure.views import VIEWS_LIMIT, SavedView

ADDRESS = "/views"

router = APIRouter(dependencies=[Depends(only_known)])


class SavedViews(msgspec.Struct):
    """Views by section and name, and how many a store may have."""

    items: list[SavedView]
    limit: int = VIEWS_LIMIT


@router.get(ADDRESS, dependencies=[Depends(at_least(VIEWER))], responses=shows(SavedViews))
def list_views(
    store: TheStore, section: Annotated[str, Query(description="Only the views of this section, such as `attacks`.")] = ""
) -> Response:
    """The saved views."""
    return json(SavedViews(views.kept(store, section)))


@router.post(ADDRESS, dependencies=[Depends(at_least(ANALYST))], responses=shows(SavedView), openapi_extra=takes(SavedView))
async def save_view(request: Request, store: TheStore, person: ThePerson) -> Response:
    """Save a view; one of the same name in the section is replaced, and there is one default of a section."""
    wanted = read_members(await read_body(request, BODY_LIMIT), SavedView)
    return json(await run_in_threadpool(views.save, store, wanted, person.name))


@router.delete(ADDRESS, dependencies=[Depends(at_least(ANALYST))])
def remove_view(store: TheStore, person: ThePerson, section: str, name: str) -> Response:
    """Forget a view."""
    views.remove(store, section, name, person.name)
    return json({"removed": {"section": section, "name": name}})
