"""Requests as files: CSV for spreadsheets, HAR for other tools, NDJSON for programs; streamed, masked as shown (S6.2)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.answers import Request
from apitrail.explore.requests import every_request
from apitrail.explore.tables import FLUSH_ROWS, safe_cell, taken
from apitrail.query.sql import Values, where
from apitrail.query.tree import Question
from apitrail.store import Store

COLUMNS = tuple(name for name in Request.__struct_fields__ if name not in ("context", "verdicts", "arguments", "content"))
_LISTS = frozenset(("attacks", "flows", "rpc_methods", "primitives", "overlimit"))


def export(store: Store, question: Question, format: str, *, session: str = "") -> Iterator[str]:  # noqa: A002
    """The requests of a question in a format, piece by piece; BadQuestion when there is no such format."""
    if format not in FORMATS:
        raise BadQuestion(f"format is one of {', '.join(FORMATS)}, not {format[:40]!r}", suggestion="csv")
    names = context_names(store, question)
    return FORMATS[format](every_request(store, question, session=session), names)


def context_names(store: Store, question: Question) -> list[str]:
    """The names of all context parameters in the requests of a question, sorted."""
    values = Values()
    condition = where(question.all_terms, question.interval, values)
    found = store.rows(
        f"SELECT arraySort(groupUniqArrayArray(mapKeys(context))) AS names FROM requests WHERE {condition}", values.bound
    )
    return list(found[0]["names"])


def _csv(requests: Iterable[Request], names: list[str]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, *(f"context.{name}" for name in names)])
    for number, request in enumerate(requests, 1):
        writer.writerow([safe_cell(value) for value in _cells(request, names)])
        if number % FLUSH_ROWS == 0:
            yield taken(out)
    yield taken(out)


def _cells(request: Request, names: list[str]) -> Iterator[Any]:
    for name in COLUMNS:
        value = getattr(request, name)
        yield " ".join(value) if name in _LISTS else value
    for name in names:
        yield request.context.get(name, "")


def _ndjson(requests: Iterable[Request], _names: list[str]) -> Iterator[str]:
    for request in requests:
        yield msgspec.json.encode(request).decode() + "\n"


def _har(requests: Iterable[Request], _names: list[str]) -> Iterator[str]:
    yield '{"log":{"version":"1.2","creator":{"name":"apitrail","version":"1"},"entries":['
    for number, request in enumerate(requests):
        yield ("," if number else "") + msgspec.json.encode(_entry(request)).decode()
    yield "]}}\n"


def _entry(request: Request) -> dict[str, Any]:
    query = f"?{request.query}" if request.query else ""
    headers = [("Host", request.host), ("User-Agent", request.user_agent), ("Referer", request.referer)]
    return {
        "startedDateTime": request.time,
        "time": request.duration_ms or 0,
        "request": {
            "method": request.method,
            "url": f"https://{request.host or 'unknown.invalid'}{request.path}{query}",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": name, "value": value} for name, value in headers if value],
            "queryString": [{"name": name, "value": value} for name, value in parse_qsl(request.query, keep_blank_values=True)],
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": request.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {"size": request.response_bytes or 0, "mimeType": "x-unknown"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1 if request.response_bytes is None else request.response_bytes,
        },
        "cache": {},
        "timings": {"send": 0, "wait": request.duration_ms or 0, "receive": 0},
        "_request_id": request.request_id,
        "_session_id": request.session_id,
        "_client_ip": request.ip,
        "_endpoint": request.endpoint,
        "_attacks": request.attacks,
    }


FORMATS: dict[str, Callable[[Iterable[Request], list[str]], Iterator[str]]] = {"csv": _csv, "har": _har, "json": _ndjson}
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "har": "application/json", "json": "application/x-ndjson"}
