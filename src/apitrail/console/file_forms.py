"""Forms with one file, read as they arrive and within a limit."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from apitrail.errors import BadQuestion

FIELDS = 10
"""Fields of such a form beside the file."""


async def read_form(request: Request, *, most: int, field_bytes: int, said: str) -> FormData:
    """The form of a request, to be closed by who asked for it.

    BadQuestion when it is no form with a file; 413 with what is `said` when it has more than `most` bytes, of which a field may
    have `field_bytes`.
    """
    chunks = _limited(request, most + field_bytes, said)
    parser = MultiPartParser(request.headers, chunks, max_files=1, max_fields=FIELDS, max_part_size=field_bytes)
    try:
        return await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        why = getattr(error, "message", "") or "its type is not multipart"
        raise BadQuestion(f"this is no form with a file: {why}") from None


async def _limited(request: Request, most: int, said: str) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise HTTPException(413, said)
        yield chunk
