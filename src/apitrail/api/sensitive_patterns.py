"""The address /api/v1/settings/sensitive-patterns: kinds of sensitive data that people add (D4)."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ADMIN, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.api.parameters import recipes_of
from apitrail.configure import sensitive_patterns
from apitrail.inspect.own_patterns import OWN_LIMIT, OwnPattern

ADDRESS = "/settings/sensitive-patterns"

router = APIRouter(dependencies=[Depends(only_known)])


class SensitivePatterns(msgspec.Struct):
    """The patterns in force."""

    items: list[OwnPattern]


@router.get(ADDRESS, dependencies=[Depends(at_least(VIEWER))], responses=shows(SensitivePatterns))
def list_sensitive_patterns(store: TheStore) -> Response:
    """The patterns of sensitive data that were added, in their order."""
    return json({"items": sensitive_patterns.kept(store), "limit": OWN_LIMIT})


@router.put(
    ADDRESS,
    dependencies=[Depends(at_least(ADMIN))],
    responses=shows(SensitivePatterns),
    openapi_extra=takes(SensitivePatterns),
)
async def keep_sensitive_patterns(request: Request, store: TheStore, person: ThePerson) -> Response:
    """Put patterns in force for new traffic, in the place of those before."""
    wanted = read_members(await read_body(request, BODY_LIMIT), SensitivePatterns)
    found = await run_in_threadpool(sensitive_patterns.keep, store, wanted.items, person.name)
    recipes_of(request).refresh()
    return json({"items": found, "limit": OWN_LIMIT})
