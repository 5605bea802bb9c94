"""The project's own record, one JSON object a line: what `POST /api/v1/ingest` takes and programs write."""

from __future__ import annotations

import binascii
from base64 import b64decode
from functools import lru_cache
from typing import Annotated

import msgspec

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange, Header, Verdict, header
from apitrail.model.memo import Memo
from apitrail.sources.addresses import IP, host_of
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless
from apitrail.sources.request_line import split_target
from apitrail.sources.texts import valid_escapes
from apitrail.sources.timestamps import any_time, iso_time

Size = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]
Headers = list[tuple[str, str]] | dict[str, str | list[str]] | None
_LOWER: Memo[str, str] = Memo(str.lower)
_ORIGIN: Memo[str, tuple[str, str]] = Memo(lambda text: (split_target(text).scheme, split_target(text).host))


class Record(msgspec.Struct, gc=False):
    """The record as it is written; members it does not have are ignored."""

    method: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    url: str
    id: str | int | None = None
    time: str | int | float | None = None
    client_ip: str | None = None
    headers: Headers = None
    body: str | None = None
    body_base64: str | None = None
    status: Annotated[int, msgspec.Meta(ge=0, le=999)] | None = None
    duration_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    request_bytes: Size | None = None
    response_bytes: Size | None = None
    response_headers: Headers = None
    response_body: str | None = None
    response_body_base64: str | None = None
    application: str | None = None
    fingerprint: str | None = None
    source: str | None = None
    user: str | None = None
    version: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    blocked: bool = False


_DECODE = msgspec.json.Decoder(Record).decode
_MEMBERS = frozenset(Record.__struct_fields__)


def parse(line: str) -> Exchange:
    """One record to an exchange; raises RejectedLine that names the member which is wrong."""
    record = _record(line)
    headers = _pairs(record.headers) if record.headers else ()
    scheme, host, path, query = _address(record.url)
    return Exchange(
        method=record.method,
        path=path,
        query=query,
        host=host or (host_of(header(headers, "host"), scheme) if headers else ""),
        time=_time(record.time),
        id="" if record.id is None else str(record.id),
        client_ip=IP[record.client_ip] if record.client_ip else "",
        headers=headers,
        body=_body(record.body, record.body_base64, "body_base64"),
        status=record.status or 0,
        duration_ms=record.duration_ms,
        request_bytes=record.request_bytes,
        response_bytes=record.response_bytes,
        response_headers=_pairs(record.response_headers) if record.response_headers else (),
        response_body=_body(record.response_body, record.response_body_base64, "response_body_base64"),
        application=record.application or "",
        fingerprint=record.fingerprint or "",
        source=record.source or "",
        user=record.user or "",
        scheme=scheme,
        version=record.version or "",
        verdicts=record.verdicts,
        blocked=record.blocked,
    )


def _record(line: str) -> Record:
    try:
        return _DECODE(line)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        # Writers in a hurry let bytes into JSON that are no text; all else fails again, with its reason.
        return _mended(line)


def _mended(line: str) -> Record:
    try:
        return _DECODE(valid_escapes(line))
    except msgspec.MsgspecError as error:
        raise RejectedLine(_reason(str(error))) from error
    except RecursionError as error:
        raise RejectedLine("not a record: nested too deep") from error


def _reason(message: str) -> str:
    text, _, where = message.partition(" - at `$.")
    return f"{where.rstrip('`')}: {text[0].lower()}{text[1:]}" if where else f"not a record: {message}"


def _address(url: str) -> tuple[str, str, str, str]:
    if url[:1] == "/":
        path, _, query = url.partition("#")[0].partition("?")
        return "", "", path, query
    start = url.find("/", url.find("://") + 3) if "://" in url[:20] else 0
    if start > 0:
        path, _, query = url[start:].partition("#")[0].partition("?")
        return *_ORIGIN[url[:start]], path, query
    target = split_target(url)
    return target.scheme, target.host, target.path, target.query


def _time(value: str | float | None) -> int:
    if value is None:
        return 0
    return iso_time(value) if isinstance(value, str) and value[4:5] == "-" else any_time(value)


def _pairs(headers: Headers) -> tuple[Header, ...]:
    if isinstance(headers, list):
        return tuple([(_LOWER[name], value) for name, value in headers])
    pairs = ((name, value if isinstance(value, list) else [value]) for name, value in (headers or {}).items())
    return tuple([(_LOWER[name], value) for name, values in pairs for value in values])


def _body(text: str | None, encoded: str | None, member: str) -> bytes:
    if encoded:
        try:
            return b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RejectedLine(f"{member}: not base64") from error
    return text.encode("utf-8", "surrogatepass") if text else b""


@lru_cache(maxsize=8)
def _recognise(line: str) -> float:
    if not line.startswith("{") or '"method"' not in line or '"url"' not in line:
        return 0.0
    try:
        members = msgspec.json.decode(line, type=dict[str, msgspec.Raw]).keys()
        parse(line)
    except (RejectedLine, msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return 0.0
    return 1.0 if members <= _MEMBERS else 0.6


NDJSON = LineFormat(
    name="ndjson",
    title="apitrail's own record, one JSON object a line",
    samples=(
        '{"method":"GET","url":"https://api.example.com/v1/users?x=1","time":"2026-05-29T08:31:40.123Z","status":200}',
        '{"id":"r1","time":1780043500.5,"client_ip":"203.0.113.7","method":"POST","url":"/v1/users",'
        '"headers":[["Host","api.example.com"]],"body":"{}","status":201,"duration_ms":12.5,"application":"shop"}',
    ),
    recognise=_recognise,
    start=headerless(parse),
)
