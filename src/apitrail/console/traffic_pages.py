"""The page that brings traffic in: a file chosen or dropped, its progress, and commands to copy."""

from __future__ import annotations

from typing import Annotated, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from apitrail.access.roles import ANALYST, require
from apitrail.console.asking import TheAddress, TheClock, ThePerson, TheStore, may_act
from apitrail.console.file_forms import read_form
from apitrail.console.templating import page
from apitrail.errors import BadQuestion, NotFound, StoreFull
from apitrail.explore.histogram import closed
from apitrail.ingest.uploads import DONE, Upload, Uploads
from apitrail.query.tree import Interval

ADDRESS = "/settings/traffic"
TITLE = "Add traffic"
UPLOAD_BYTES = 4 << 30
"""Bytes of a file that is brought in by the console; larger ones are read by the command."""
FIELD_BYTES = 1 << 16
"""Bytes of the form beside the file."""

router = APIRouter(include_in_schema=False)


def uploads_of(request: Request) -> Uploads:
    """The uploads of this server."""
    return cast("Uploads", request.app.state.uploads)


TheUploads = Annotated[Uploads, Depends(uploads_of)]


@router.get(ADDRESS)
def show(
    request: Request, store: TheStore, clock: TheClock, person: ThePerson, uploads: TheUploads, server: TheAddress
) -> Response:
    """The form, what came by it, other ways, and how long traffic stays."""
    require(person, ANALYST)
    days = request.app.state.settings.number("retention_days")
    newest = closed(store, Interval()).end
    told = {"uploads": uploads.newest_first(), "may_add": True, "server": server, "days": days, "newest": newest}
    return page("traffic.html", person, clock, title=TITLE, **told)


@router.post(ADDRESS)
async def add(request: Request, person: ThePerson, uploads: TheUploads) -> Response:
    """A file is taken; what becomes of it stands on a page of its own."""
    require(person, ANALYST)
    said = f"a file has at most {UPLOAD_BYTES:,} bytes here; read larger ones with apitrail ingest"
    try:
        form = await read_form(request, most=UPLOAD_BYTES, field_bytes=FIELD_BYTES, said=said)
    except OSError as error:
        raise StoreFull(f"the file could not be kept: {error.strerror or error}") from error
    try:
        may_act(person, str(form.get("csrf") or ""), ANALYST)
        sent = form.get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise BadQuestion("no file is chosen")
        upload = await run_in_threadpool(uploads.begin, sent.filename, sent.file)
    finally:
        await form.close()
    return RedirectResponse(f"{ADDRESS}/{quote(upload.id)}", 303)


@router.post(f"{ADDRESS}/{{upload_id}}/stop")
def stop(person: ThePerson, uploads: TheUploads, upload_id: str, csrf: Annotated[str, Form()] = "") -> Response:
    """A file is not read to its end."""
    may_act(person, csrf, ANALYST)
    uploads.stop(upload_id)
    return RedirectResponse(f"{ADDRESS}/{quote(upload_id)}", 303)


@router.get(f"{ADDRESS}/{{upload_id}}")
def progress(clock: TheClock, person: ThePerson, uploads: TheUploads, upload_id: str) -> Response:
    """How far an upload has come; the page asks again until it is done."""
    require(person, ANALYST)
    upload = uploads.find(upload_id)
    if upload is None:
        raise NotFound("this upload is not remembered; what it stored is in the list of sessions")
    answer = page("upload.html", person, clock, title=TITLE, upload=upload, share=_share(upload), done=upload.state == DONE)
    if upload.state != DONE:
        answer.headers["refresh"] = "1"
    return answer


def _share(upload: Upload) -> float | None:
    """How much is read, 0 to 1; None for a compressed file, of which more is read than it has."""
    return upload.bytes_read / upload.bytes if 0 < upload.bytes_read <= upload.bytes else None
