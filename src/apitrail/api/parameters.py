"""The addresses under /api/v1/settings/session-parameters: read, change, try out and export the session context parameters."""

from __future__ import annotations

import difflib
from typing import Any, Never

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from apitrail.access.roles import ADMIN, ANALYST, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.configure import session_parameters
from apitrail.configure.recipes import Recipes
from apitrail.errors import BadQuestion
from apitrail.explore import parameters as answers
from apitrail.explore.parameters import ParameterChange, SessionParameters
from apitrail.explore.preview import TRIED, Preview, preview
from apitrail.ingest.live import Intake
from apitrail.model.parameters import Parameter, check, convert
from apitrail.store import Store

ADDRESS = "/settings/session-parameters"
BODY_LIMIT = 8 << 20
"""Bytes of a body that holds parameters and perhaps an exchange to try them on."""

router = APIRouter(dependencies=[Depends(only_known)])


class ParameterChanges(msgspec.Struct):
    """Every change, newest first."""

    items: list[ParameterChange]


class NewParameters(msgspec.Struct):
    """The parameters that are to be in force; `version` is that of the ones they replace."""

    parameters: list[Parameter]
    version: str = ""


class Trying(msgspec.Struct, forbid_unknown_fields=True):
    """What to try: parameters, else those in force, on a pasted exchange, else on the last `limit` ones that came."""

    parameters: list[Parameter] | None = None
    exchange: str = ""
    limit: int = TRIED


@router.get(ADDRESS, dependencies=[Depends(at_least(VIEWER))], responses=shows(SessionParameters))
def list_parameters(store: TheStore) -> Response:
    """The session context parameters in their order, and who changed them last."""
    return json(answers.shown(session_parameters.kept(store)))


@router.put(
    ADDRESS, dependencies=[Depends(at_least(ADMIN))], responses=shows(SessionParameters), openapi_extra=takes(NewParameters)
)
async def put_parameters(request: Request, store: TheStore, person: ThePerson) -> Response:
    """Other session context parameters from now on: a list, or an object as the GET answers it."""
    wanted, version = _wanted(await read_body(request, BODY_LIMIT))
    kept = await run_in_threadpool(session_parameters.keep, store, wanted, person.name, version=version)
    recipes_of(request).refresh()
    return json(answers.shown(kept))


@router.get(f"{ADDRESS}/history", dependencies=[Depends(at_least(VIEWER))], responses=shows(ParameterChanges))
def parameters_history(store: TheStore) -> Response:
    """Every change of the session context parameters, newest first."""
    return json(ParameterChanges(answers.changes(store)))


@router.get(f"{ADDRESS}/export", dependencies=[Depends(at_least(VIEWER))], response_class=PlainTextResponse)
def export_parameters(store: TheStore) -> PlainTextResponse:
    """The session context parameters as tables of a configuration file, in TOML."""
    headers = {"content-disposition": 'attachment; filename="session-parameters.toml"'}
    return PlainTextResponse(answers.exported(store), media_type="application/toml", headers=headers)


@router.post(
    f"{ADDRESS}/preview", dependencies=[Depends(at_least(ANALYST))], responses=shows(Preview), openapi_extra=takes(Trying)
)
async def preview_parameters(request: Request, store: TheStore) -> Response:
    """What parameters would make of a pasted exchange or of the last ones; nothing is changed."""
    asked = _decoded(await read_body(request, BODY_LIMIT) or b"{}", Trying)
    return json(await run_in_threadpool(_preview, store, request.app.state.intake, asked))


def _preview(store: Store, intake: Intake, asked: Trying) -> Preview:
    recipe = intake.recipes.current()
    if asked.parameters is not None:
        recipe = recipe._replace(parameters=check(asked.parameters))
    return preview(store, recipe, exchange=asked.exchange, recent=list(intake.recent), limit=asked.limit)


def recipes_of(request: Request) -> Recipes:
    """What this server reads traffic by."""
    intake: Intake = request.app.state.intake
    return intake.recipes


def _wanted(body: bytes) -> tuple[tuple[Parameter, ...], str]:
    """The parameters and the version that a body asks for."""
    found: Any = _decoded(body, object)
    if not isinstance(found, dict):
        return convert(found), ""
    for name in found:
        if name not in SessionParameters.__struct_fields__:
            _unknown(name)
    version = found.get("version") or ""
    if "parameters" not in found or not isinstance(version, str):
        raise BadQuestion("the body is a list of parameters, or an object with the member parameters and the text version")
    return convert(found["parameters"]), version


def _unknown(name: str) -> Never:
    known = SessionParameters.__struct_fields__
    near = difflib.get_close_matches(name.lower(), known, 1, 0.5)
    raise BadQuestion(f"there is no member {name[:40]!r}; known are {', '.join(known)}", suggestion=near[0] if near else None)


def _decoded(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise BadQuestion(str(error)) from None
