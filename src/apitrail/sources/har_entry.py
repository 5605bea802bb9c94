"""One entry of a HAR document to an exchange, whatever its tool left out."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange, Header, header
from apitrail.sources import bodies
from apitrail.sources.addresses import IP, host_of
from apitrail.sources.request_line import split_target
from apitrail.sources.slots import milliseconds, status, whole
from apitrail.sources.timestamps import any_time

_CLIENT_NAMES = ("clientIPAddress", "_clientAddress", "_clientIPAddress", "_client", "_remoteAddress")

Table = dict[str, Any]


def entry_exchange(entry: object) -> Exchange:
    """One entry to an exchange; raises RejectedLine."""
    if isinstance(entry, str):
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
        status=status(response.get("status")),
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
    return "&".join(f"{_quoted(_text(row, 'name'), '[]')}={_quoted(_text(row, 'value'), '')}" for row in rows)


def _quoted(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="surrogatepass")


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
