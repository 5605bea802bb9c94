"""The addresses under /api/v1/lists: the addresses and sessions that are denied (B5)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.api.abuse import Changes, Changing, Looking, Newest
from apitrail.api.asking import ThePerson, TheStore, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.configure import denylists
from apitrail.configure.changes import HISTORY_LIMIT
from apitrail.configure.denylists import ENTRIES_LIMIT, Entry
from apitrail.store import Store

ADDRESS = "/lists/{list_name}"

router = APIRouter(dependencies=[Depends(only_known)])


class Entries(msgspec.Struct):
    """What is on a list now, the newest first, and how much there may be."""

    items: list[Entry]
    limit: int = ENTRIES_LIMIT


class NewEntry(msgspec.Struct):
    """What is denied, for how many hours, 0 for ever, and why."""

    value: str
    hours: int = 0
    reason: str = ""


@router.get(ADDRESS, dependencies=Looking, responses=shows(Entries))
def list_denied(list_name: str, store: TheStore) -> Response:
    """What is on the list `ips` or `sessions`; an entry whose time is over is on none."""
    return json(Entries(denylists.kept(store, list_name)))


@router.post(ADDRESS, dependencies=Changing, responses=shows(Entry), openapi_extra=takes(NewEntry))
async def deny(request: Request, list_name: str, store: TheStore, person: ThePerson) -> Response:
    """Put an address, a network or a session id on its list; what is there and ends later stays as it is."""
    wanted = read_members(await read_body(request, BODY_LIMIT), NewEntry)
    return json(await run_in_threadpool(_deny, store, list_name, wanted, person.name))


@router.delete(ADDRESS, dependencies=Changing)
def remove_denied(
    list_name: str, store: TheStore, person: ThePerson, value: Annotated[str, Query(description="What is taken off the list.")]
) -> Response:
    """Take something off a list."""
    return json({"removed": denylists.remove(store, list_name, value, person.name)})


@router.get(f"{ADDRESS}/history", dependencies=Looking, responses=shows(Changes))
def denied_history(list_name: str, store: TheStore, limit: Newest = HISTORY_LIMIT) -> Response:
    """Every change of a list, newest first."""
    return json(Changes(denylists.history(store, list_name, limit)))


def _deny(store: Store, list_name: str, wanted: NewEntry, author: str) -> Entry:
    return denylists.add(store, list_name, wanted.value, author, hours=wanted.hours, reason=wanted.reason)
