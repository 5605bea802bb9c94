"""The addresses under /api/v1/abuse: profiles, by which bots are searched for, and exceptions (B5)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ADMIN, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.configure import abuse_exceptions, profiles
from apitrail.configure.abuse_exceptions import EXCEPTIONS_LIMIT, KeptException
from apitrail.configure.changes import HISTORY_LIMIT, Change
from apitrail.configure.profiles import PROFILES_LIMIT, KeptProfile
from apitrail.model.abuse import AbuseException, Profile, TypeRule
from apitrail.store import Store

PROFILES = "/abuse/profiles"
EXCEPTIONS = "/abuse/exceptions"

router = APIRouter(dependencies=[Depends(only_known)])

Looking = [Depends(at_least(VIEWER))]
Changing = [Depends(at_least(ADMIN))]
Newest = Annotated[int, Query(ge=1, le=HISTORY_LIMIT, description="How many changes at most.")]


class Profiles(msgspec.Struct):
    """Every profile, the default one first, and how many there may be."""

    items: list[KeptProfile]
    limit: int = PROFILES_LIMIT


class ProfileChange(msgspec.Struct):
    """What is otherwise from now on; what is null stays. `types` has the rules of the types that change."""

    applications: tuple[str, ...] | None = None
    analyse_by: str | None = None
    types: dict[str, TypeRule] | None = None


class Exceptions(msgspec.Struct):
    """Every exception, the one that was changed last first, and how many there may be."""

    items: list[KeptException]
    limit: int = EXCEPTIONS_LIMIT


class ExceptionChange(msgspec.Struct):
    """What is otherwise from now on; what is null stays, an empty `until` is for ever."""

    until: str | None = None
    enabled: bool | None = None
    reason: str | None = None


class Changes(msgspec.Struct):
    """Changes, newest first."""

    items: list[Change]


@router.get(PROFILES, dependencies=Looking, responses=shows(Profiles))
def list_profiles(store: TheStore) -> Response:
    """Every profile; the first one is for all applications that no other names."""
    return json(Profiles(profiles.kept(store)))


@router.post(PROFILES, dependencies=Changing, responses=shows(KeptProfile), openapi_extra=takes(Profile))
async def put_profile(request: Request, store: TheStore, person: ThePerson) -> Response:
    """A profile for the analyses from now on; one of the same name is replaced."""
    wanted = read_members(await read_body(request, BODY_LIMIT), Profile)
    return json(await run_in_threadpool(profiles.put, store, wanted, person.name))


@router.put(f"{PROFILES}/{{name}}", dependencies=Changing, responses=shows(KeptProfile), openapi_extra=takes(ProfileChange))
async def change_profile(request: Request, name: str, store: TheStore, person: ThePerson) -> Response:
    """Change applications, the normal, or what is done about some types of bots."""
    wanted = read_members(await read_body(request, BODY_LIMIT), ProfileChange)
    return json(await run_in_threadpool(_change_profile, store, name, wanted, person.name))


@router.delete(f"{PROFILES}/{{name}}", dependencies=Changing)
def remove_profile(name: str, store: TheStore, person: ThePerson) -> Response:
    """Forget a profile; its applications are under the default one."""
    profiles.remove(store, name, person.name)
    return json({"removed": name})


@router.get(EXCEPTIONS, dependencies=Looking, responses=shows(Exceptions))
def list_exceptions(store: TheStore) -> Response:
    """Every exception, also those that have ended or are switched off."""
    return json(Exceptions(abuse_exceptions.kept(store)))


@router.post(EXCEPTIONS, dependencies=Changing, responses=shows(KeptException), openapi_extra=takes(AbuseException))
async def add_exception(request: Request, store: TheStore, person: ThePerson) -> Response:
    """A new exception, from the next analysis on; the same one again answers the one there is."""
    wanted = read_members(await read_body(request, BODY_LIMIT), AbuseException)
    return json(await run_in_threadpool(abuse_exceptions.add, store, wanted, person.name))


@router.get(f"{EXCEPTIONS}/history", dependencies=Looking, responses=shows(Changes))
def exceptions_history(store: TheStore, limit: Newest = HISTORY_LIMIT) -> Response:
    """Every change of exceptions, newest first."""
    return json(Changes(abuse_exceptions.history(store, limit)))


@router.put(
    f"{EXCEPTIONS}/{{exception_id}}", dependencies=Changing, responses=shows(KeptException), openapi_extra=takes(ExceptionChange)
)
async def change_exception(request: Request, exception_id: str, store: TheStore, person: ThePerson) -> Response:
    """Change until when an exception holds, whether it does, or why."""
    wanted = read_members(await read_body(request, BODY_LIMIT), ExceptionChange)
    return json(await run_in_threadpool(_change_exception, store, exception_id, wanted, person.name))


@router.delete(f"{EXCEPTIONS}/{{exception_id}}", dependencies=Changing)
def remove_exception(exception_id: str, store: TheStore, person: ThePerson) -> Response:
    """Forget an exception; its sessions are judged as all others."""
    abuse_exceptions.remove(store, exception_id, person.name)
    return json({"removed": exception_id})


def _change_profile(store: Store, name: str, wanted: ProfileChange, author: str) -> KeptProfile:
    return profiles.change(store, name, author, **msgspec.structs.asdict(wanted))


def _change_exception(store: Store, exception_id: str, wanted: ExceptionChange, author: str) -> KeptException:
    return abuse_exceptions.change(store, exception_id, author, **msgspec.structs.asdict(wanted))
