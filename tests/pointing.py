"""Reading points of made-up exchanges, for tests."""

from __future__ import annotations

import base64
import json
from typing import Any

from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading, extractor
from apitrail.model.exchange import Exchange, Header
from apitrail.model.point import parse

JSON = (("content-type", "application/json"),)
FORM = (("content-type", "application/x-www-form-urlencoded"),)
XML = (("content-type", "text/xml"),)


def reading(exchange: Exchange) -> Reading:
    """An exchange, ready for points to be read from it."""
    return Reading(exchange, read_headers(exchange.headers))


def found(
    point: str,
    body: bytes | str = b"",
    *,
    headers: tuple[Header, ...] = (),
    answer: bytes | str = b"",
    answer_headers: tuple[Header, ...] = (),
    method: str = "POST",
    path: str = "/",
    query: str = "",
    host: str = "",
    client_ip: str = "",
    fingerprint: str = "",
) -> list[str]:
    """The values at a point of an exchange with these members."""
    exchange = Exchange(
        method=method,
        path=path,
        query=query,
        host=host,
        client_ip=client_ip,
        fingerprint=fingerprint,
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
        response_headers=answer_headers,
        response_body=answer.encode() if isinstance(answer, str) else answer,
    )
    return extractor(parse(point))(reading(exchange))


def b64(data: bytes | str, *, padded: bool = False) -> str:
    """Data in the alphabet that URLs can hold."""
    text = base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).decode()
    return text if padded else text.rstrip("=")


def jwt(**claims: Any) -> str:
    """A JWT with these claims and a signature that nobody checks."""
    return f"{b64(json.dumps({'alg': 'HS256', 'kid': 'k7'}))}.{b64(json.dumps(claims))}.c2lnbmF0dXJl"


def multipart(*parts: tuple[str, bytes], boundary: str = "XX") -> tuple[bytes, tuple[Header, ...]]:
    """A multipart body of named parts, a name with a semicolon having its file name behind it; and its content type."""
    pieces = []
    for name, value in parts:
        field, _, file = name.partition(";")
        more = f'; filename="{file}"\r\nContent-Type: application/octet-stream' if file else ""
        pieces.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{more}\r\n\r\n'.encode() + value + b"\r\n")
    body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
    return body, (("content-type", f"multipart/form-data; boundary={boundary}"),)
