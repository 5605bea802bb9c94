"""The addresses under /api/v1/specifications: OpenAPI documents, their versions, scope and enforcement (D6, A1.3)."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from apitrail.access.roles import ADMIN, VIEWER
from apitrail.api.asking import ThePerson, TheStore, at_least, json, only_known, shows, takes
from apitrail.api.body import read_body
from apitrail.api.members import BODY_LIMIT, read_members
from apitrail.api.parameters import recipes_of
from apitrail.configure import specifications
from apitrail.configure.kept_specification import KeptSpecification
from apitrail.configure.specifications import SPECIFICATIONS_LIMIT
from apitrail.errors import BadQuestion
from apitrail.explore.discovery import reaching
from apitrail.explore.discovery.reaching import ChangedSpecification, UploadedSpecification
from apitrail.explore.discovery.specifying import ComparedSpecification, compared
from apitrail.inspect.specifications.decoding import BYTES_LIMIT

ADDRESS = "/specifications"
UPLOAD_LIMIT = 2 * BYTES_LIMIT + BODY_LIMIT
"""Bytes of the body of an upload; a document grows when it is written as a text of JSON."""

router = APIRouter(dependencies=[Depends(only_known)])


class Specifications(msgspec.Struct):
    """Every specification, by name, and how many there may be."""

    items: list[KeptSpecification]
    limit: int = SPECIFICATIONS_LIMIT


class NewSpecification(msgspec.Struct):
    """A document as a text, or as the object that it is; for hosts and applications, else as before."""

    name: str
    document: str | dict[str, Any]
    hosts: list[str] | None = None
    applications: list[str] | None = None
    enforced: bool | None = None
    file: str = ""


class SpecificationChange(msgspec.Struct):
    """What is in force from now on; what is null stays."""

    hosts: list[str] | None = None
    applications: list[str] | None = None
    enforced: bool | None = None


Named = Annotated[str, Query(description="The name of the specification whose document is the whole body.")]
Chosen = Annotated[str | None, Query(description="Names with commas; as before when left out.")]


@router.get(ADDRESS, dependencies=[Depends(at_least(VIEWER))], responses=shows(Specifications))
def list_specifications(store: TheStore) -> Response:
    """Every specification with its versions."""
    return json(Specifications(specifications.kept(store)))


@router.post(
    ADDRESS,
    dependencies=[Depends(at_least(ADMIN))],
    responses=shows(UploadedSpecification),
    openapi_extra=takes(NewSpecification),
)
async def upload_specification(
    request: Request,
    store: TheStore,
    person: ThePerson,
    name: Named = "",
    hosts: Chosen = None,
    applications: Chosen = None,
    enforced: Annotated[bool | None, Query(description="Whether it is enforced; as before when left out.")] = None,
    file: Annotated[str, Query(description="The name of its file.")] = "",
) -> Response:
    """A document becomes the newest version of a specification; answers what was read of it, what is wrong in it, and
    what is to be noted of where it is in force.
    """
    body = await read_body(request, UPLOAD_LIMIT)
    if name:
        wanted = SpecificationChange(_names(hosts), _names(applications), enforced)
        found = await run_in_threadpool(_upload, store, name, body, wanted, person.name, file=file)
    elif file or (hosts, applications, enforced) != (None, None, None):
        raise BadQuestion("the parameter name is missing; without it, the body is an object that says all", position=0)
    else:
        found = await run_in_threadpool(_upload_members, store, body, person.name)
    recipes_of(request).refresh()
    return json(found)


@router.get(f"{ADDRESS}/{{name}}", dependencies=[Depends(at_least(VIEWER))], responses=shows(ComparedSpecification))
def open_specification(store: TheStore, name: str) -> Response:
    """One specification with its operations, those that nobody calls, the problems of its document, and its versions."""
    return json(compared(store, name))


@router.get(f"{ADDRESS}/{{name}}/document", dependencies=[Depends(at_least(VIEWER))])
def download_document(
    store: TheStore, name: str, number: Annotated[int, Query(description="The version; the newest when left out.")] = 0
) -> Response:
    """The document as it was sent."""
    content = specifications.document(store, name, number).content
    is_json = content.lstrip()[:1] == b"{"
    ending, kind = ("json", "application/json") if is_json else ("yaml", "application/yaml")
    file = f"attachment; filename*=UTF-8''{quote(f'{name}.{ending}', safe='')}"
    return Response(content, media_type=kind, headers={"content-disposition": file})


@router.put(
    f"{ADDRESS}/{{name}}",
    dependencies=[Depends(at_least(ADMIN))],
    responses=shows(ChangedSpecification),
    openapi_extra=takes(SpecificationChange),
)
async def change_specification(request: Request, name: str, store: TheStore, person: ThePerson) -> Response:
    """Change for which hosts and applications it is in force, and whether it is enforced."""
    wanted = read_members(await read_body(request, BODY_LIMIT), SpecificationChange)
    kept = await run_in_threadpool(_change, store, name, wanted, person.name)
    recipes_of(request).refresh()
    return json(kept)


@router.delete(f"{ADDRESS}/{{name}}", dependencies=[Depends(at_least(ADMIN))])
def remove_specification(request: Request, name: str, store: TheStore, person: ThePerson) -> Response:
    """Forget a specification with all its versions."""
    specifications.remove(store, name, person.name)
    recipes_of(request).refresh()
    return json({"removed": name})


def _names(text: str | None) -> list[str] | None:
    return None if text is None else text.split(",")


def _upload_members(store: TheStore, body: bytes, author: str) -> UploadedSpecification:
    """Keep what a JSON body says."""
    new = read_members(body, NewSpecification)
    document = (
        new.document.encode("utf-8", "surrogatepass") if isinstance(new.document, str) else msgspec.json.encode(new.document)
    )
    wanted = SpecificationChange(new.hosts, new.applications, new.enforced)
    return _upload(store, new.name, document, wanted, author, file=new.file)


def _upload(
    store: TheStore, name: str, document: bytes, wanted: SpecificationChange, author: str, *, file: str = ""
) -> UploadedSpecification:
    found = specifications.upload(store, name, document, author, file=file, **msgspec.structs.asdict(wanted))
    return reaching.uploaded(store, found)


def _change(store: TheStore, name: str, wanted: SpecificationChange, author: str) -> ChangedSpecification:
    return reaching.changed(store, specifications.change(store, name, author, **msgspec.structs.asdict(wanted)))
