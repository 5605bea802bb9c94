"""mitmproxy's flow files, of every version from 0.10 on; only the HTTP flows are exchanges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from apitrail.errors import RejectedLine, UnreadableSource
from apitrail.model.exchange import Exchange, Header, header
from apitrail.sources import bodies, tnetstring
from apitrail.sources.addresses import IP, host_of
from apitrail.sources.contract import DocumentFormat, Reject
from apitrail.sources.request_line import split_target
from apitrail.sources.slots import status
from apitrail.sources.timestamps import any_time

_HEAD = re.compile(rb"\d{1,10}:\d{1,3}:[a-z_]{2,30}[,;]")
_MILLISECONDS = 1_000

Table = dict[str, Any]


def _read(stream: BinaryIO) -> Iterator[Exchange | Reject]:
    number = 0
    try:
        for number, flow in enumerate(tnetstring.read(stream), start=1):
            try:
                yield _exchange(flow)
            except RejectedLine as reason:
                yield Reject(number, str(reason), "")
    except tnetstring.DamagedError as damage:
        if not number:
            raise UnreadableSource("flows", str(damage)) from damage
        yield Reject(number + 1, f"the file breaks off: {damage}", "")


def _exchange(flow: object) -> Exchange:
    whole_flow = _table(flow)
    request, response = _table(whole_flow.get("request")), _table(whole_flow.get("response"))
    method = _text(request.get("method"))
    if _text(whole_flow.get("type", "http")) != "http" or not method:
        raise RejectedLine("not an HTTP flow")
    headers, response_headers = _headers(request), _headers(response)
    scheme = _text(request.get("scheme"))
    target = split_target(_text(request.get("path")) or "/")
    return Exchange(
        method=method,
        path=target.path,
        query=target.query,
        host=target.host or _host(request, headers, scheme),
        time=any_time(request.get("timestamp_start")),
        client_ip=_client(_table(whole_flow.get("client_conn"))),
        headers=headers,
        body=_content(request, headers),
        status=status(response.get("status_code", response.get("code"))),
        duration_ms=_duration(request, response),
        response_bytes=len(response.get("content") or b"") if response else None,
        response_headers=response_headers,
        response_body=_content(response, response_headers),
        scheme=scheme,
        version=_version(request),
    )


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str) else ""


def _headers(message: Table) -> tuple[Header, ...]:
    rows = message.get("headers")
    pairs = [row for row in rows if isinstance(row, list) and len(row) == 2] if isinstance(rows, list) else []
    named = ((_text(name).lower(), _text(value)) for name, value in pairs)
    return tuple([(name, value) for name, value in named if name and not name.startswith(":")])


def _host(request: Table, headers: tuple[Header, ...], scheme: str) -> str:
    # In transparent mode `host` is the address that was dialled; what the client named is in the headers.
    named = header(headers, "host") or _text(request.get("authority"))
    return host_of(named or f"{_text(request.get('host'))}:{request.get('port') or ''}".rstrip(":"), scheme)


def _client(connection: Table) -> str:
    address = connection.get("peername") or connection.get("address")
    if isinstance(address, dict):
        address = address.get("address")
    return IP[_text(address[0])] if isinstance(address, list) and address else ""


def _content(message: Table, headers: tuple[Header, ...]) -> bytes:
    content = message.get("content")
    return bodies.unfolded(content, header(headers, "content-encoding")) if isinstance(content, bytes) else b""


def _duration(request: Table, response: Table) -> float | None:
    start, end = request.get("timestamp_start"), response.get("timestamp_end")
    if not isinstance(start, (int, float)) or not isinstance(end, (int, float)) or end < start:
        return None
    return round((end - start) * _MILLISECONDS, 3)


def _version(request: Table) -> str:
    old = request.get("httpversion")
    if isinstance(old, list):
        return "HTTP/" + ".".join(str(part) for part in old[:2])
    return _text(request.get("http_version")).upper()


def _recognise(head: bytes) -> float:
    return 0.95 if _HEAD.match(head) else 0.0


MITMPROXY = DocumentFormat(name="mitmproxy", title="mitmproxy flow file", recognise=_recognise, read=_read)
