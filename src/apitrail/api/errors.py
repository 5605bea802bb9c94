"""One error shape for the whole API: `{"error":{"code","message","position?","suggestion?"}}`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from apitrail.access.gate import SECURITY_HEADERS
from apitrail.errors import ApitrailError, BadInput, BadQuestion, BrokenMachine, Forbidden, NotFound, Overloaded, StoreFull

STATUS: tuple[tuple[type[ApitrailError], int, str], ...] = (
    (NotFound, 404, "not_found"),
    (Forbidden, 403, "forbidden"),
    (BadQuestion, 400, "bad_question"),
    (BadInput, 400, "bad_input"),
    (Overloaded, 503, "overloaded"),
    (StoreFull, 507, "store_full"),
    (BrokenMachine, 500, "broken_machine"),
)
RETRY_SECONDS = "1"


def status_of(error: ApitrailError) -> tuple[int, str]:
    """The HTTP status and the code of an error."""
    return next((status, code) for kind, status, code in STATUS if isinstance(error, kind))


def answer(error: ApitrailError) -> JSONResponse:
    """An error as its response."""
    status, code = status_of(error)
    body: dict[str, Any] = {"code": code, "message": str(error)}
    if isinstance(error, BadQuestion):
        body |= {name: value for name in ("position", "suggestion") if (value := getattr(error, name)) is not None}
    headers = {"retry-after": RETRY_SECONDS} if isinstance(error, Overloaded) else None
    return JSONResponse({"error": body}, status, headers=headers)


def _invalid(error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse({"error": {"code": "bad_question", "message": f"{name}: {first['msg']}", "position": 0}}, 400)


def install(app: FastAPI) -> None:
    """Make every error of the app leave in the one shape."""

    async def ours(_request: Request, error: Exception) -> JSONResponse:
        return answer(error)  # type: ignore[arg-type]

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        return _invalid(error)  # type: ignore[arg-type]

    async def http(_request: Request, error: Exception) -> JSONResponse:
        status = error.status_code if isinstance(error, HTTPException) else 500
        words = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_encoding"}
        detail = getattr(error, "detail", "")
        return JSONResponse({"error": {"code": words.get(status, "http_error"), "message": str(detail)}}, status)

    async def unforeseen(_request: Request, _error: Exception) -> JSONResponse:
        body = {"error": {"code": "broken_machine", "message": "something broke inside; the log of the server says what"}}
        # This answer is given outside the gate, which adds these headers to all others.
        return JSONResponse(body, 500, headers=dict(SECURITY_HEADERS))

    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(ApitrailError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
