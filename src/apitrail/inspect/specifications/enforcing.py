"""Requests that break the specification of their API: the specification attacks of A1.3.

Only what the source tells is judged: a line of a log has neither the headers nor the body that may be missing in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.points.structures import BODY_LIMIT
from apitrail.inspect.points.walking import scalar
from apitrail.inspect.specifications.fitting import misfit, misfit_of_parameter, words
from apitrail.inspect.specifications.matching import Matcher
from apitrail.inspect.specifications.segments import variables
from apitrail.inspect.specifications.specification import (
    ANY,
    Content,
    Credential,
    Operation,
    Parameter,
    Shape,
    Specification,
    covers,
)
from apitrail.model.classification import classify
from apitrail.model.finding import Finding
from apitrail.model.point import Point, Step, Steps, Wild
from apitrail.model.texts import sayable

FINDINGS_LIMIT = 20
"""Violations of one request that are told."""
PAYLOAD_LIMIT = 500
"""Characters of a payload."""
NODES_LIMIT = 10_000
"""Members and items of a body that are compared with the specification."""
VALUES_LIMIT = 200
"""Parameters and fields of a request that are compared with the specification."""
SHOWN_NAMES = 10
"""Names that a message lists."""
NAME_LIMIT = 100
"""Characters of a name in a message."""

RULE = "specification"
"""The rule of every violation; its subtype says what is wrong."""

_LOGGED = frozenset(("host", "user-agent", "referer", "cookie", "x-forwarded-for", "x-real-ip", "x-request-id"))
"""Headers that logs tell; when there are no others, nothing is known of those that are not there."""
_UNASKED = frozenset(("HEAD", "OPTIONS"))
"""Methods that every path has without a specification saying so."""


class Enforcer:
    """Judges requests by the specifications that are enforced."""

    def __init__(self, specifications: Iterable[Specification]) -> None:
        self._matcher = Matcher(specifications)

    def violations(self, reading: Reading) -> tuple[Finding, ...]:
        """What a request breaks; nothing when no specification is in force for its host, application and base path."""
        exchange = reading.exchange
        where = exchange.host, exchange.method, exchange.path, exchange.application
        match = self._matcher.operation(*where)
        if match:
            return violations(reading, match.operation, match.specification)
        path = exchange.path
        judges = [some for some in self._matcher.specifications if covers(some, exchange.host, exchange.application)]
        judge = next((some for some in judges if any(_is_under(base, path) for base in some.base_paths)), None)
        if judge is None:
            return ()
        return violations(reading, None, judge, methods=self._matcher.methods(exchange.host, path, exchange.application))


def _is_under(base: str, path: str) -> bool:
    return path == base or path.startswith(f"{base}/") or not base


def violations(
    reading: Reading, operation: Operation | None, specification: Specification, *, methods: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """What a request breaks of an operation, one of each type at each point.

    None when the specification has no operation for it; for its path, it has these `methods`.
    """
    if operation is None:
        return () if reading.exchange.method.upper() in _UNASKED else (_undefined_endpoint(reading, specification, methods),)
    found: dict[tuple[str, str], Finding] = {}
    for finding in _Judge(reading, operation, specification).findings():
        found.setdefault((finding.type, finding.point), finding)
        if len(found) >= FINDINGS_LIMIT:
            break
    return tuple(found.values())


def _named(specification: Specification) -> str:
    return f"{specification.title} {specification.version}".strip()


def _finding(kind: str, subtype: str, point: Point, payload: Any, message: str) -> Finding:
    text = payload if isinstance(payload, str) else scalar(payload)
    if text is None:
        text = msgspec.json.encode(payload).decode()
    cwe, owasp, _ = classify(kind, subtype) or (0, "", None)
    return Finding(
        type=kind,
        subtype=subtype,
        point=sayable(str(point)),
        payload=sayable(text[:PAYLOAD_LIMIT]),
        rule=RULE,
        message=sayable(message),
        cwe=cwe,
        owasp=owasp,
    )


def _undefined_endpoint(reading: Reading, specification: Specification, methods: Sequence[str]) -> Finding:
    exchange = reading.exchange
    instead = f"; for this path it has {', '.join(methods)}" if methods else ""
    said = f"{_named(specification)} has no {exchange.method[:NAME_LIMIT]} {exchange.path[:NAME_LIMIT]}{instead}"
    return _finding("undefined_endpoint", "method" if methods else "path", Point("request", "path"), exchange.path, said)


_TAKEN_AWAY = re.compile(r"[\[<(*]{0,9}(?:redacted|masked|hidden|filtered|removed|\*+)[\])>*]{0,9}", re.IGNORECASE)
"""What servers write into their logs in the place of a credential."""


class _Judge:
    """Compares one request with one operation."""

    def __init__(self, reading: Reading, operation: Operation, specification: Specification) -> None:
        self._reading = reading
        self._operation = operation
        self._name = _named(specification)
        self._headers = reading.request.headers
        self._headers_told = not _LOGGED.issuperset(self._headers)

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong, what weighs most first."""
        yield from self._authentication()
        yield from self._undefined_query()
        for parameter in self._operation.parameters:
            yield from self._parameter(parameter)
        yield from self._body()

    # --- who ---

    def _authentication(self) -> Iterator[Finding]:
        operation = self._operation
        if not operation.secured or any(all(map(self._shows, some)) for some in operation.security):
            return
        asked = " or ".join(dict.fromkeys(" and ".join(map(_credential_words, some)) for some in operation.security))
        first = operation.security[0][0]
        point = Point("request", first.place, (first.name,)) if first.place and first.name else Point("request", "path")
        yield _finding("missing_auth", first.kind, point, self._told(point), f"{self._name} asks for {asked}")

    def _shows(self, credential: Credential) -> bool:
        """Whether the caller shows a credential, or may have shown it unseen."""
        if credential.place == "query":
            return any(name == credential.name and value for name, value in self._reading.query)
        if not self._headers_told or credential.place not in ("header", "cookie"):
            return True
        if credential.place == "cookie":
            return any(name == credential.name and value for name, value in self._reading.cookies)
        value = self._headers.get(credential.name.lower(), "").strip()
        if credential.kind in ("basic", "bearer"):
            scheme, _, rest = value.partition(" ")
            if not rest and _TAKEN_AWAY.fullmatch(value):
                return True
            return scheme.lower() == credential.kind and bool(rest.strip())
        return bool(value)

    def _told(self, point: Point) -> str:
        return self._headers.get(str(point.steps[0]).lower(), "") if point.place == "header" else ""

    # --- parameters ---

    def _undefined_query(self) -> Iterator[Finding]:
        declared = [some for some in self._operation.parameters if some.place == "query"]
        if any(some.spread and not some.shape.closed for some in declared):
            return
        known = {name for some in declared for name in (some.shape.properties if some.spread else (some.name,))}
        known |= {some.name for all_of in self._operation.security for some in all_of if some.place == "query"}
        bracketed = tuple(f"{some.name}[" for some in declared if some.bracketed)
        seen: set[str] = set()
        for name, value in self._reading.query[:VALUES_LIMIT]:
            if name and name not in known and name not in seen and not (bracketed and name.startswith(bracketed)):
                seen.add(name)
                said = f"{self._name} has no query parameter {name[:NAME_LIMIT]!r} here; it has {_listed(known)}"
                yield _finding("undefined_parameter", "query", Point("request", "query", (name,)), value, said)

    def _parameter(self, parameter: Parameter) -> Iterator[Finding]:
        if parameter.spread:
            return
        sent = self._sent(parameter)
        if sent is None:
            return
        if parameter.required and not sent:
            said = (
                f"{self._name} asks for the {parameter.place} parameter {parameter.name[:NAME_LIMIT]!r}: {words(parameter.shape)}"
            )
            yield _finding("missing_parameter", parameter.place, Point("request", parameter.place, (parameter.name,)), "", said)
        if not (parameter.encoded or parameter.bracketed):
            for point, text in sent:
                yield from self._misfit(point, text, misfit_of_parameter(parameter.shape, text), parameter.shape)

    def _sent(self, parameter: Parameter) -> list[tuple[Point, str]] | None:
        """The values that were sent for a parameter, with their points; None when the source may not tell them."""
        place, name = parameter.place, parameter.name
        if place == "path":
            return self._in_path(name)
        point = Point("request", place, (name,))
        if place == "header":
            value = self._headers.get(name.lower())
            return [(point, value)] if value is not None else [] if self._headers_told else None
        if place == "cookie" and not self._headers_told and "cookie" not in self._headers:
            return None
        pairs = self._reading.query if place == "query" else self._reading.cookies
        return [(point, value) for key, value in pairs if key == name or (parameter.bracketed and key.startswith(f"{name}["))][
            :VALUES_LIMIT
        ]

    def _in_path(self, name: str) -> list[tuple[Point, str]] | None:
        for template in self._operation.templates:
            found = variables(template, self._reading.exchange.path)
            if found is not None and name in found:
                value, number = found[name]
                return [(Point("request", "path", (number,)), value)]
        return None

    def _misfit(self, point: Point, value: Any, subtype: str, shape: Shape) -> Iterator[Finding]:
        if subtype:
            said = f"{self._name} asks for {words(shape)} here"
            yield _finding("invalid_parameter", subtype, point, value, said)

    # --- the body ---

    def _body(self) -> Iterator[Finding]:
        body, message = self._operation.body, self._reading.request
        if body is None:
            return
        if not message.body:
            if body.required and self._is_told_empty():
                kinds = _listed(content.media for content in body.contents)
                yield _finding("missing_parameter", "body", _BODY, "", f"{self._name} asks for a body here: {kinds}")
            return
        if not body.contents:
            return
        content = _content(body.contents, message.kind)
        if content is None:
            said = f"{self._name} asks for a body of {_listed(some.media for some in body.contents)} here"
            yield _finding("invalid_parameter", "media-type", _CONTENT_TYPE, message.content_type, said)
        elif "json" in message.kind:
            yield from self._json(content.shape)
        elif "urlencoded" in message.kind:
            yield from self._fields("body.form", message.form, content.shape)
        elif "multipart" in message.kind:
            yield from self._fields("body.multipart", message.multipart, content.shape)

    def _is_told_empty(self) -> bool:
        return self._headers_told and "transfer-encoding" not in self._headers and self._headers.get("content-length", "0") == "0"

    def _json(self, shape: Shape) -> Iterator[Finding]:
        message = self._reading.request
        if message.json is not None or message.body.strip() == b"null":
            yield from self._structure(message.json, shape)
        elif len(message.body) <= BODY_LIMIT and self._headers.get("content-length") == str(len(message.body)):
            yield _finding("invalid_parameter", "json", _BODY, _beginning(message.body), f"{self._name} asks for JSON here")

    def _structure(self, root: Any, shape: Shape) -> Iterator[Finding]:
        """Every member and item of a JSON value that differs from its shape."""
        waiting: list[tuple[Any, Shape, Steps]] = [(root, shape, ())]
        looked = 0
        for value, expected, steps in waiting:
            point = Point("request", "body.json", steps)
            yield from self._misfit(point, value, misfit(expected, value), expected)
            below = list(islice(_below(value, expected), max(0, NODES_LIMIT - looked)))
            looked += len(below)
            waiting += [(inner, some, (*steps, step)) for step, inner, some in below if some is not ANY and some != ANY]
            if isinstance(value, dict):
                yield from self._members("body.json", steps, value, expected)

    def _members(self, place: str, steps: Steps, sent: dict[str, Any], shape: Shape) -> Iterator[Finding]:
        """Members that are missing, or that a closed object does not have."""
        for name in shape.required:
            if name not in sent:
                asked = words(shape.properties.get(name, ANY))
                said = f"{self._name} asks for the member {name[:NAME_LIMIT]!r} here: {asked}"
                yield _finding("missing_parameter", "body", Point("request", place, (*steps, name)), "", said)
        if shape.closed:
            for name in islice((name for name in sent if name not in shape.properties), FINDINGS_LIMIT):
                said = f"{self._name} has no member {name[:NAME_LIMIT]!r} here; it has {_listed(shape.properties)}"
                yield _finding("undefined_parameter", "body", Point("request", place, (*steps, name)), sent[name], said)

    def _fields(self, place: str, pairs: list[tuple[str, str]], shape: Shape) -> Iterator[Finding]:
        """The fields of a form."""
        fields = pairs[:VALUES_LIMIT]
        if not fields:
            return
        for name, text in fields:
            expected = shape.properties.get(name, ANY)
            if expected.format not in ("binary", "byte"):
                yield from self._misfit(Point("request", place, (name,)), text, misfit_of_parameter(expected, text), expected)
        yield from self._members(place, (), dict(fields), shape)


_BODY = Point("request", "body")
_CONTENT_TYPE = Point("request", "header", ("Content-Type",))


def _below(value: Any, shape: Shape) -> Iterator[tuple[Step, Any, Shape]]:
    """The members and items that a shape says something of."""
    if isinstance(value, dict):
        for name, inner in value.items():
            expected = shape.properties.get(name, shape.others)
            if expected is not None:
                yield name, inner, expected
    elif isinstance(value, list) and shape.items is not None:
        for item in value:
            yield Wild.ITEMS, item, shape.items


def _content(contents: Sequence[Content], kind: str) -> Content | None:
    """What a specification says of a content type: the type itself, then its range, then any."""
    media = kind.partition(";")[0].strip()
    wanted = (media, f"{media.partition('/')[0]}/*", "*/*")
    known = {content.media.partition(";")[0].strip(): content for content in reversed(contents)}
    return next((known[some] for some in wanted if some in known), None)


def _beginning(body: bytes) -> str:
    return body[:PAYLOAD_LIMIT].decode("utf-8", "replace")


def _credential_words(credential: Credential) -> str:
    return f"{credential.kind} in the {credential.place} {credential.name}" if credential.place else credential.kind


def _listed(names: Iterable[str]) -> str:
    """The first of some names, for a message."""
    some = sorted(names)
    return ", ".join(name[:NAME_LIMIT] for name in some[:SHOWN_NAMES]) + (" ..." if len(some) > SHOWN_NAMES else "") or "none"
