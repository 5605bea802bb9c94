"""The pages of specifications: upload, versions, scope, enforcement, what is wrong in a document, removal (D6, A1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ADMIN, Person, allows, require
from apitrail.configure import specifications
from apitrail.configure.kept_specification import OpenedSpecification
from apitrail.configure.specifications import NAME_LIMIT
from apitrail.console import links
from apitrail.console.asking import TheClock, ThePerson, TheStore, may_act
from apitrail.console.file_forms import read_form
from apitrail.console.templating import page
from apitrail.console.words import Clock
from apitrail.errors import BadQuestion
from apitrail.explore.discovery.specifying import Orphan, compared
from apitrail.inspect.specifications.decoding import BYTES_LIMIT
from apitrail.store import Store

ADDRESS = "/settings/specifications"
TITLE = "Specifications"
FIELDS_LIMIT = 1 << 20
"""Bytes of an upload beside the document."""
OPERATIONS_SHOWN = 500
"""Operations of a specification that its page shows."""

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Upload:
    """What the form of a document holds; without a document when no file was chosen."""

    name: str = ""
    hosts: str = ""
    applications: str = ""
    enforced: bool = False
    csrf: str = ""
    file: str = ""
    document: bytes = b""

    @property
    def called(self) -> str:
        """The name of the specification: the one that was typed, else that of the file without its ending."""
        return self.name.strip() or PurePosixPath(self.file.replace("\\", "/")).stem


async def upload_of(request: Request, person: ThePerson) -> Upload:
    """The form of a document; 413 when it is too large."""
    require(person, ADMIN)
    said = f"a specification has at most {BYTES_LIMIT:,} bytes"
    form = await read_form(request, most=BYTES_LIMIT, field_bytes=FIELDS_LIMIT, said=said)
    try:
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
        sent = form.get("document")
        file, document = (sent.filename or "", await sent.read()) if isinstance(sent, UploadFile) else ("", b"")
    finally:
        await form.close()
    told = {name: texts.get(name, "") for name in ("name", "hosts", "applications", "csrf")}
    return Upload(**told, enforced="enforced" in texts, file=file, document=document)


TheUpload = Annotated[Upload, Depends(upload_of)]


@router.get(ADDRESS)
def show(store: TheStore, clock: TheClock, person: ThePerson, removed: str = "") -> Response:
    """Every specification, and the form that uploads one."""
    return _list(store, clock, person, Upload(), removed=removed)


@router.post(ADDRESS)
def upload(request: Request, store: TheStore, clock: TheClock, person: ThePerson, sent: TheUpload) -> Response:
    """A document becomes the newest version of a specification."""
    may_act(person, sent.csrf)
    try:
        found = _upload(store, sent, person.name)
    except BadQuestion as error:
        return _list(store, clock, person, sent, problem=error)
    request.app.state.intake.recipes.refresh()
    return RedirectResponse(f"{_address(found.name)}?{urlencode({'saved': 'document'})}", 303)


@router.get(f"{ADDRESS}/{{name}}")
def open_one(store: TheStore, clock: TheClock, person: ThePerson, name: str, saved: str = "") -> Response:
    """One specification: what was read of it, and the forms that change it."""
    return _one(store, clock, person, name, saved=saved)


@router.post(f"{ADDRESS}/{{name}}")
def change(
    request: Request,
    store: TheStore,
    clock: TheClock,
    person: ThePerson,
    name: str,
    act: Text,
    hosts: Text = "",
    applications: Text = "",
    csrf: Text = "",
) -> Response:
    """It is enforced or not any more, in force for other traffic, or removed."""
    may_act(person, csrf)
    if act == "remove":
        specifications.remove(store, name, person.name)
        address = f"{ADDRESS}?{urlencode({'removed': name})}"
    else:
        scope: Any = {"hosts": hosts.split(","), "applications": applications.split(",")}
        wanted = scope if act == "scope" else {"enforced": act == "enforce"}
        try:
            specifications.change(store, name, person.name, **wanted)
        except BadQuestion as error:
            return _one(store, clock, person, name, problem=error, typed=Upload(hosts=hosts, applications=applications))
        address = f"{_address(name)}?{urlencode({'saved': act})}"
    request.app.state.intake.recipes.refresh()
    return RedirectResponse(address, 303)


def _upload(store: Store, sent: Upload, author: str) -> OpenedSpecification:
    """Keep what the form holds; what is left empty in it stays as before."""
    if not sent.document:
        raise BadQuestion("choose a file that is not empty")
    chosen: Any = {"hosts": _names(sent.hosts), "applications": _names(sent.applications), "enforced": sent.enforced or None}
    return specifications.upload(store, sent.called, sent.document, author, file=sent.file, **chosen)


def _address(name: str) -> str:
    return f"{ADDRESS}/{quote(name, safe='')}"


def _names(text: str) -> list[str] | None:
    """Names with commas; None, for as before, when there are none."""
    return text.split(",") if text.strip() else None


def _list(
    store: Store, clock: Clock, person: Person, typed: Upload, *, removed: str = "", problem: BadQuestion | None = None
) -> Response:  # fmt: skip
    return page(
        "specifications.html", person, clock, status=400 if problem else 200, title=TITLE, found=specifications.kept(store),
        typed=typed, removed=removed, problem=problem, may_change=allows(person, ADMIN), address=_address, name_limit=NAME_LIMIT,
        megabytes=BYTES_LIMIT // 1_000_000,
    )  # fmt: skip


def _one(
    store: Store,
    clock: Clock,
    person: Person,
    name: str,
    *,
    saved: str = "",
    problem: BadQuestion | None = None,
    typed: Upload | None = None,
) -> Response:
    found = compared(store, name)
    typed = typed or Upload(hosts=", ".join(found.hosts), applications=", ".join(found.applications))
    return page(
        "specification.html", person, clock, status=400 if problem else 200, title="Specification", one=found, typed=typed,
        orphans=set(found.orphans), orphan=Orphan,
        endpoint_urls={(one.method, one.path): links.endpoint_page(one.endpoint_id) for one in found.called},
        saved=saved, problem=problem, may_change=allows(person, ADMIN), address=_address(found.name), shown=OPERATIONS_SHOWN,
        download=f"/api/v1/specifications/{quote(found.name, safe='')}/document",
    )  # fmt: skip
