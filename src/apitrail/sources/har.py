"""HAR, the archive of requests that browsers and proxies save; broken and cut off ones give what can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

import msgspec

from apitrail.errors import RejectedLine, UnreadableSource
from apitrail.model.exchange import Exchange, Header, header
from apitrail.sources import bodies
from apitrail.sources.addresses import IP, host_of
from apitrail.sources.contract import DocumentFormat, Reject
from apitrail.sources.request_line import split_target
from apitrail.sources.slots import milliseconds, whole
from apitrail.sources.timestamps import any_time

_BOM = b"\xef\xbb\xbf"
_ENTRIES = re.compile(r'"entries"\s{0,100}:\s{0,100}\[')
_BETWEEN = re.compile(r"[\s,]*")
_LOG = re.compile(rb'"log"\s{0,100}:\s{0,100}[\[{]')
_SHOWN = 200
_CLIENT_NAMES = ("clientIPAddress", "_clientAddress", "_clientIPAddress", "_client", "_remoteAddress")

Table = dict[str, Any]


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]


class _Archive(msgspec.Struct):
    log: _Log


def _read(stream: BinaryIO) -> Iterator[Exchange | Reject]:
    data = stream.read().removeprefix(_BOM)
    number = 0
    for number, entry in enumerate(_entries(data), start=1):
        try:
            yield entry_exchange(entry)
        except RejectedLine as reason:
            yield Reject(number, str(reason), json.dumps(entry)[:_SHOWN])
    if not number and not _is_whole(data):
        raise UnreadableSource("HAR", "no log.entries in it")


def _is_whole(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=_Archive)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _entries(data: bytes) -> Iterator[Any]:
    try:
        archive = msgspec.json.decode(data, type=_Archive)
        whole_entries = [msgspec.json.decode(entry) for entry in archive.log.entries]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield from _salvaged(data.decode("utf-8", "backslashreplace"))
    else:
        yield from whole_entries


def _salvaged(text: str) -> Iterator[Any]:
    """The complete entries before the place where a document breaks off, wherever in it the list is."""
    found = _ENTRIES.search(text)
    decoder = json.JSONDecoder(strict=False)
    place = found.end() if found else len(text)
    while True:
        between = _BETWEEN.match(text, place)
        place = between.end() if between else place
        try:
            entry, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            if text[place : place + 1] == "{":
                yield f"cut off: {text[place : place + _SHOWN]}"
            return
        yield entry


def entry_exchange(entry: object) -> Exchange:
    """One entry to an exchange; raises RejectedLine."""
    if isinstance(entry, str) and entry.startswith("cut off"):
        raise RejectedLine("the document breaks off in this entry")
    request, response = _table(_table(entry).get("request")), _table(_table(entry).get("response"))
    method, url = request.get("method"), request.get("url")
    if not isinstance(entry, dict) or not isinstance(method, str) or not isinstance(url, str) or not method:
        raise RejectedLine("an entry without request method and url")
    target = split_target(url)
    if target.scheme not in {"http", "https"}:
        raise RejectedLine(f"not an HTTP URL: {url[:60]}")
    headers, response_headers = _headers(request), _headers(response)
    content = _table(response.get("content"))
    return Exchange(
        method=method,
        path=target.path,
        query=target.query or _query(request),
        host=target.host or host_of(header(headers, "host"), target.scheme),
        time=any_time(entry["startedDateTime"]) if entry.get("startedDateTime") else 0,
        client_ip=next((IP[entry[name]] for name in _CLIENT_NAMES if isinstance(entry.get(name), str)), ""),
        headers=headers if header(headers, "host") or not target.host else (("host", target.host), *headers),
        body=_body(_table(request.get("postData")), headers),
        status=whole(response.get("status")) or 0,
        duration_ms=milliseconds(entry.get("time"), 1.0),
        request_bytes=_size(request),
        response_bytes=_size(response) or whole(content.get("size")),
        response_headers=response_headers,
        response_body=_content(content),
        scheme=target.scheme,
        version=_version(request.get("httpVersion")),
    )


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Table]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(row: Table, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _headers(message: Table) -> tuple[Header, ...]:
    # HTTP/2 pseudo headers repeat method, path and host.
    pairs = ((_text(row, "name").lower(), _text(row, "value")) for row in _rows(message.get("headers")))
    return tuple([(name, value) for name, value in pairs if name and not name.startswith(":")])


def _query(request: Table) -> str:
    rows = _rows(request.get("queryString"))
    return "&".join(f"{quote(_text(row, 'name'), safe='[]')}={quote(_text(row, 'value'), safe='')}" for row in rows)


def _body(post: Table, headers: tuple[Header, ...]) -> bytes:
    text = _text(post, "text")
    if text and "base64" in {post.get("encoding"), post.get("_encoding")}:
        return bodies.from_base64(text)
    rows = _rows(post.get("params"))
    if text or not rows:
        return text.encode("utf-8", "surrogatepass")
    kind = header(headers, "content-type") or _text(post, "mimeType")
    if "multipart" in kind:
        return bodies.multipart(((_text(row, "name"), _text(row, "value"), _text(row, "fileName")) for row in rows), kind)
    return bodies.form((_text(row, "name"), _text(row, "value")) for row in rows)


def _content(content: Table) -> bytes:
    text = _text(content, "text")
    return bodies.from_base64(text) if content.get("encoding") == "base64" else text.encode("utf-8", "surrogatepass")


def _size(message: Table) -> int | None:
    return whole(message.get("bodySize"))


def _version(written: object) -> str:
    text = str(written or "").upper()
    return {"H2": "HTTP/2", "H3": "HTTP/3", "HTTP/2.0": "HTTP/2", "UNKNOWN": ""}.get(text, text)


def _recognise(head: bytes) -> float:
    text = head.removeprefix(_BOM).lstrip()
    if not text.startswith(b"{") or not _LOG.search(text[:4_096]):
        return 0.0
    return 0.95 if b'"entries"' in text or b'"creator"' in text else 0.5


HAR = DocumentFormat(name="har", title="HAR, a browser's or proxy's HTTP archive", recognise=_recognise, read=_read)
