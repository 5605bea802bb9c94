"""Requests for the tests of checks that look at a whole request."""

from __future__ import annotations

import json
from collections import defaultdict

from tests.pointing import FORM, JSON, reading

from apitrail.inspect.attacks.matching import SURE_ENOUGH, together
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.attacks.whole import whole_request_hits
from apitrail.model.exchange import Exchange, Header

MULTIPART = (("content-type", "multipart/form-data; boundary=b"),)


def sent(
    method: str = "POST", path: str = "/api", query: str = "", headers: tuple[Header, ...] = (), body: bytes | str = b""
) -> Exchange:
    """A request with these members."""
    data = body.encode() if isinstance(body, str) else body
    return Exchange(method=method, path=path, query=query, headers=headers, body=data)


def in_json(value: object, path: str = "/api", method: str = "POST", headers: tuple[Header, ...] = ()) -> Exchange:
    """A request with a JSON body."""
    return sent(method, path, headers=(*JSON, *headers), body=json.dumps(value))


def in_form(body: str, path: str = "/api") -> Exchange:
    """A request with a form as its body."""
    return sent("POST", path, headers=FORM, body=body)


def with_file(name: str, content: bytes = b"x", kind: str = "application/octet-stream") -> Exchange:
    """A request that uploads one file."""
    head = f'--b\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    return sent(path="/upload", headers=MULTIPART, body=head.encode() + content + b"\r\n--b--\r\n")


def kinds(exchange: Exchange) -> set[str]:
    """The types that checks of the whole request are sure enough of."""
    points: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for found in whole_request_hits(reading(exchange)):
        points[found.value.point, found.signature.type].append(found)
    return {kind for (_, kind), hits in points.items() if together(hits) >= SURE_ENOUGH}


def rules(exchange: Exchange) -> set[str]:
    """The rules of checks of the whole request that fit."""
    return {found.signature.rule for found in whole_request_hits(reading(exchange))}


def checked(exchange: Exchange) -> list[Hit]:
    """What the checks of a whole request find in one that was not looked at before."""
    return list(whole_request_hits(reading(exchange)))
