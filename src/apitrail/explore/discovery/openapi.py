"""The inventory of one host as an OpenAPI 3.1 document (D10); what OpenAPI cannot say stands in members that begin with `x-`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.discovery.schemas import Schema, Tree, type_schema
from apitrail.explore.discovery.templates import Path, path_of, shape_of
from apitrail.inspect.specifications.flattening import place_of_media
from apitrail.inspect.specifications.reading import METHODS, UNDECLARED
from apitrail.model.point import Point, parse

VERSION = "3.1.0"
"""The version of OpenAPI that is written."""
GOOD = "2XX"
"""The answer of an endpoint whose statuses are not known."""

_MEDIA = {
    "body.json": "application/json",
    "body.form": "application/x-www-form-urlencoded",
    "body.multipart": "multipart/form-data",
    "body.xml": "application/xml",
}
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::[0-9]{1,5})?")
_STATUS = re.compile(r"[1-5][0-9]{2}")


class DocumentedParameter(msgspec.Struct, frozen=True):
    """A parameter of an endpoint: its point, its type as in the inventory, and which sensitive data was seen there."""

    point: str
    type: str
    required: bool = False
    sensitive: tuple[str, ...] = ()


class DocumentedEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint of the inventory, as far as a document tells of it.

    `media` and `response_media` are content types, `auth` kinds of authentication; `auth_optional` says that some requests
    without any were answered well. `statuses` are those that were answered. `numbers` are figures, by names that tell the unit.
    """

    method: str
    endpoint: str
    parameters: tuple[DocumentedParameter, ...] = ()
    media: tuple[str, ...] = ()
    response_media: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()
    auth_optional: bool = False
    statuses: tuple[int, ...] = ()
    rogue: str = ""
    risk: int = 0
    risk_factors: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    numbers: Mapping[str, float] = {}


def document(host: str, endpoints: Sequence[DocumentedEndpoint]) -> dict[str, Any]:
    """The OpenAPI document of a host, always the same for the same endpoints, whatever their order."""
    grouped: dict[str, dict[str, list[DocumentedEndpoint]]] = {}
    paths: dict[str, Path] = {}
    for endpoint in sorted(endpoints, key=lambda some: (some.endpoint, some.method)):
        path = path_of(endpoint.endpoint)
        shape = shape_of(path.path)
        paths.setdefault(shape, path)
        grouped.setdefault(shape, {}).setdefault(endpoint.method.lower(), []).append(endpoint)
    names = _Names()
    schemes: dict[str, Schema] = {}
    items = {
        paths[shape].path: _item(paths[shape], {method: _merged(some) for method, some in methods.items()}, names, schemes)
        for shape, methods in grouped.items()
    }
    made: dict[str, Any] = {"openapi": VERSION, "info": {"title": host or "API", "version": "1.0.0", "description": _ABOUT}}
    if host:
        made["servers"] = [{"url": f"https://{host if _HOST.fullmatch(host) else quote(host, safe='.:-_~')}"}]
    made["paths"] = items
    if schemes:
        made["components"] = {"securitySchemes": dict(sorted(schemes.items()))}
    return made


_ABOUT = "Found in traffic by apitrail. Types, required parameters and statuses are those that were seen."


class _Merged(NamedTuple):
    """All endpoints that are one operation to OpenAPI: the same but for kinds of variables, or for what stands behind `#`."""

    endpoints: list[DocumentedEndpoint]
    parameters: list[tuple[Point, DocumentedParameter]]
    odd: list[DocumentedParameter]


def _merged(endpoints: list[DocumentedEndpoint]) -> _Merged:
    """What is required of all is required; a parameter that one of them has not is not."""
    found: dict[str, list[DocumentedParameter]] = {}
    having: Counter[str] = Counter()
    for endpoint in endpoints:
        having.update({parameter.point for parameter in endpoint.parameters})
        for parameter in endpoint.parameters:
            found.setdefault(parameter.point, []).append(parameter)
    plain: list[tuple[Point, DocumentedParameter]] = []
    odd: list[DocumentedParameter] = []
    for text, some in sorted(found.items()):
        required = having[text] == len(endpoints) and all(parameter.required for parameter in some)
        point = _point(text)
        for parameter in some:
            if point:
                plain.append((point, msgspec.structs.replace(parameter, required=required)))
            else:
                odd.append(parameter)
    return _Merged(endpoints, plain, odd)


def _point(text: str) -> Point | None:
    """A point for which OpenAPI has a place."""
    try:
        point = parse(text)
    except BadQuestion:
        return None
    named = point.place in ("query", "header", "cookie") and any(point.steps)
    body = point.place == "body.json" or (point.place in _MEDIA and any(point.steps))
    segment = point.place == "path" and bool(point.steps) and isinstance(point.steps[0], int)
    return point if not point.decoders and (named or body or segment) else None


class _Names:
    """Names of operations, each given once."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, method: str, path: Path) -> str:
        """The name of an operation: `getUsersUserId`."""
        words = re.findall(r"[A-Za-z0-9]+", path.path)
        name = (method + "".join(word[:1].upper() + word[1:] for word in words))[:200] or method
        number, free = 1, name
        while free in self._used:
            number += 1
            free = f"{name}{number}"
        self._used.add(free)
        return free


def _item(path: Path, methods: Mapping[str, _Merged], names: _Names, schemes: dict[str, Schema]) -> dict[str, Any]:
    """A path with its operations; of a method that OpenAPI does not know, only the name is told."""
    made = {method: _operation(path, method, methods[method], names, schemes) for method in METHODS if method in methods}
    unknown = sorted(method.upper() for method in methods if method not in METHODS)
    return {**made, "x-methods": unknown} if unknown else made


def _operation(path: Path, method: str, merged: _Merged, names: _Names, schemes: dict[str, Schema]) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": names.of(method, path)}
    if flows := _all(some.flows for some in merged.endpoints):
        made["tags"] = flows
    if parameters := [*_path_parameters(path, merged), *_plain_parameters(merged)]:
        made["parameters"] = parameters
    if body := _body(merged):
        made["requestBody"] = body
    made["responses"] = _responses(merged)
    if security := _security(merged, schemes):
        made["security"] = security
    if all(some.rogue == "zombie" for some in merged.endpoints):
        made["deprecated"] = True
    return made | _told(merged)


def _all(lists: Iterable[Iterable[str]]) -> list[str]:
    return sorted({text for some in lists for text in some})


def _told(merged: _Merged) -> dict[str, Any]:
    """What OpenAPI has no word for."""
    endpoints = merged.endpoints
    told: dict[str, Any] = {
        "x-risk": max(some.risk for some in endpoints),
        "x-risk-factors": _all(some.risk_factors for some in endpoints),
        "x-rogue": _all([some.rogue] for some in endpoints if some.rogue),
        "x-sensitive": _all(parameter.sensitive for some in endpoints for parameter in some.parameters),
        "x-numbers": dict(endpoints[0].numbers) if len(endpoints) == 1 else {},
        "x-operations": [_named(some) for some in endpoints if "#" in some.endpoint],
        "x-parameters": [{"point": odd.point, "type": odd.type} for odd in merged.odd],
    }
    return {name: value for name, value in told.items() if value}


def _named(endpoint: DocumentedEndpoint) -> dict[str, Any]:
    """An operation of GraphQL, SOAP or MCP, of which several stand behind one path."""
    name = endpoint.endpoint.partition("#")[2]
    said = {"operation": name, "risk": endpoint.risk, "rogue": endpoint.rogue, "numbers": dict(endpoint.numbers)}
    return {key: value for key, value in said.items() if value}


# --- parameters ----------------------------------------------------------------------------------------------------------


def _parameter(place: str, name: str, some: Sequence[DocumentedParameter]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "in": place}
    if place == "path" or all(parameter.required for parameter in some):
        made["required"] = True
    made["schema"] = type_schema(parameter.type for parameter in some)
    if sensitive := _all(parameter.sensitive for parameter in some):
        made["x-sensitive"] = sensitive
    return made


def _path_parameters(path: Path, merged: _Merged) -> list[dict[str, Any]]:
    made = []
    for variable in path.variables:
        steps = (variable.segment,)
        told = [some for point, some in merged.parameters if variable.alone and point.place == "path" and point.steps == steps]
        made.append(_parameter("path", variable.name, told or [DocumentedParameter("", variable.type)]))
    return made


def _plain_parameters(merged: _Merged) -> list[dict[str, Any]]:
    """Query, headers and cookies; what is said of the body and of who is calling stands elsewhere."""
    return [_parameter(place, name, some) for (place, name), some in _named_at("request", merged).items() if _is_own(place, name)]


def _is_own(place: str, name: str) -> bool:
    return place != "header" or name.lower() not in UNDECLARED


def _named_at(side: str, merged: _Merged) -> dict[tuple[str, str], list[DocumentedParameter]]:
    """The parameters of the query, the headers and the cookies of one side; the letter case of a header does not count."""
    found: dict[tuple[str, str], tuple[str, list[DocumentedParameter]]] = {}
    for point, parameter in merged.parameters:
        if point.side == side and point.place in ("query", "header", "cookie"):
            name = str(point.steps[0])
            key = (point.place, name.lower() if point.place == "header" else name)
            found.setdefault(key, (name, []))[1].append(parameter)
    return {(place, name): some for (place, _), (name, some) in found.items()}


# --- bodies and answers --------------------------------------------------------------------------------------------------


def _trees(side: str, merged: _Merged) -> dict[str, Tree]:
    """What stands in the bodies of one side, by place."""
    trees: dict[str, Tree] = {}
    for point, some in merged.parameters:
        if point.side == side and point.place in _MEDIA:
            tree = trees.setdefault(point.place, Tree())
            tree.add(point.steps, some.type, required=some.required, sensitive=some.sensitive)
    return trees


def _contents(side: str, merged: _Merged, media: Iterable[str]) -> dict[str, Any]:
    """The media types of a body, each with its schema; a body that was read has one, whatever its type was called."""
    trees = _trees(side, merged)
    named = sorted({some for some in media if _MEDIA_TYPE.fullmatch(some)})
    known = {place_of_media(some) for some in named}
    named += [_MEDIA[place] for place in trees if place not in known]
    return {some: _content(place_of_media(some), trees) for some in named}


def _content(place: str, trees: Mapping[str, Tree]) -> dict[str, Any]:
    tree = trees.get(place)
    if tree is None:
        return {}
    roots = list(tree.members.items())
    if place == "body.xml" and len(roots) == 1 and not tree.types:
        name, root = roots[0]
        return {"schema": {**root.schema(xml=True), "xml": {"name": name}}}
    return {"schema": tree.schema(xml=place == "body.xml")}


def _body(merged: _Merged) -> dict[str, Any]:
    contents = _contents("request", merged, _all(some.media for some in merged.endpoints))
    if not contents:
        return {}
    required = any(tree.needed for tree in _trees("request", merged).values())
    return {"content": contents, "required": True} if required else {"content": contents}


def _responses(merged: _Merged) -> dict[str, Any]:
    """The statuses that were answered; the good ones with their headers and bodies."""
    seen = {str(status) for some in merged.endpoints for status in some.statuses}
    statuses = sorted(status for status in seen if _STATUS.fullmatch(status))
    if not any(status.startswith("2") for status in statuses):
        statuses.append(GOOD)
    good: dict[str, Any] = {}
    if headers := {name: _header(some) for (place, name), some in _named_at("response", merged).items() if place == "header"}:
        good["headers"] = headers
    if contents := _contents("response", merged, _all(some.response_media for some in merged.endpoints)):
        good["content"] = contents
    return {status: {"description": _phrase(status), **(good if status.startswith("2") else {})} for status in statuses}


def _header(some: Sequence[DocumentedParameter]) -> dict[str, Any]:
    made = _parameter("header", "", some)
    return {key: value for key, value in made.items() if key not in ("name", "in")}


_PHRASES = {str(status.value): status.phrase for status in HTTPStatus}


def _phrase(status: str) -> str:
    return _PHRASES.get(status, "Success" if status.startswith("2") else f"Status {status}")


# --- security ------------------------------------------------------------------------------------------------------------

_SCHEMES: Mapping[str, Schema] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "aws_signature": {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "awsSigv4"},
    "mtls": {"type": "mutualTLS"},
}
_KEY = re.compile(r"(?i)(?:x-)?(?:api|access|app|auth|subscription)[-_]?(?:key|token)")


def _security(merged: _Merged, schemes: dict[str, Schema]) -> list[dict[str, list[str]]]:
    """The ways to say who is calling, of which one is enough; an empty one when it is not always asked for."""
    kinds = _all(some.auth for some in merged.endpoints)
    found: list[dict[str, list[str]]] = []
    for kind in kinds:
        scheme = _SCHEMES.get(kind) or _key_scheme(kind, merged)
        name = re.sub(r"[^A-Za-z0-9._-]", "_", kind)[:60]
        name = next(free for free in _numbered(name) if schemes.setdefault(free, scheme) == scheme)
        found.append({name: []})
    optional = any(some.auth_optional or not some.auth for some in merged.endpoints)
    return [*found, {}] if found and optional else found


def _numbered(name: str) -> Iterable[str]:
    yield name
    number = 1
    while True:
        number += 1
        yield f"{name}{number}"


def _key_scheme(kind: str, merged: _Merged) -> Schema:
    """A key in a header, the query or a cookie: the one among the parameters that looks like one, else a usual name."""
    cookie = kind == "cookie"
    for place, name in _named_at("request", merged):
        if (place == "cookie") if cookie else (place != "cookie" and _KEY.fullmatch(name)):
            return {"type": "apiKey", "in": place, "name": name}
    return {"type": "apiKey", "in": "cookie" if cookie else "header", "name": "session" if cookie else "X-API-Key"}
