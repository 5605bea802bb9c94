"""What an exchange says of the API it was sent to: endpoint, flows, descriptors, authentication, media types (D1 to D4, D8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from apitrail.inspect import endpoints
from apitrail.inspect.authentication import auth_in_query, auth_of
from apitrail.inspect.describing import Describer, media_of
from apitrail.inspect.flows import flows_of
from apitrail.inspect.masking import MASK
from apitrail.inspect.mcp import McpCall
from apitrail.inspect.operations import MARK, operation_of
from apitrail.inspect.own_patterns import OwnPattern
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.protocol import by_path
from apitrail.inspect.sensitive import Sensitive
from apitrail.inspect.value_types import UNFIT
from apitrail.model.exchange import Exchange
from apitrail.model.finding import Finding
from apitrail.model.memo import Memo
from apitrail.model.place import Learned, placed

Words = tuple[str, ...]
Flows = tuple[tuple[tuple[str, str, str], Words], ...]
"""The flows that people gave to endpoints: pairs of (host, method, endpoint) and flows."""

OPERATIONS_LIMIT = 500
"""Operations of one path that a process tells apart; a sender may write any into a request."""
PATHS_LIMIT = 2000
"""Paths with operations that a process remembers."""
UNSAID = ("HEAD", "OPTIONS")
"""Methods that say nothing of an API."""
INVALID = "invalid_parameter"
"""The type of a finding that says that a value is not as specified."""

_INDEX = re.compile(r"\[[0-9]{1,9}\]")


class Outline(NamedTuple):
    """What headers and bodies say of the API; `operation` is empty where the path tells all."""

    operation: str = ""
    described: Words = ()
    auth: Words = ()
    media: str = ""
    response_media: str = ""


NO_OUTLINE = Outline()


class Outliner:
    """Outlines exchanges, with the templates that were learned and the flows that people gave."""

    def __init__(self, learned: Learned, flows: Flows, own: Sequence[OwnPattern] = ()) -> None:
        self._learned = {host: dict(places) for host, places in learned}
        self._given = dict(flows)
        self._describer = Describer(Sensitive(own) if own else None)
        self._shapes: Memo[str, tuple[str, str]] = Memo(_shape)
        self._placed: Memo[tuple[str, str], str] = Memo(lambda where: placed(where[1], self._learned[where[0]]))
        self._flows: Memo[str, Words] = Memo(flows_of)
        self._operations: Memo[tuple[str, str], set[str]] = Memo(lambda _where: set(), most=PATHS_LIMIT)

    def outline(self, reading: Reading, call: McpCall, protocol: str) -> Outline:
        """What an exchange says beside its target."""
        exchange, headers = reading.exchange, reading.request.headers
        operation = self._known_operation(reading, call, protocol) if exchange.body or protocol else ""
        if not is_good(exchange):
            return Outline(operation) if operation else NO_OUTLINE
        return Outline(
            operation,
            self._describer.sender(reading),
            auth_of(reading),
            media_of(headers.get("content-type", "")),
            media_of(reading.response.headers.get("content-type", "")) if exchange.response_headers else "",
        )

    def _known_operation(self, reading: Reading, call: McpCall, protocol: str) -> str:
        """The operation, unless a path has so many that somebody makes them up."""
        operation = operation_of(reading, call, protocol)
        if operation:
            known = self._operations[reading.exchange.host, reading.exchange.path]
            if operation not in known and len(known) >= OPERATIONS_LIMIT:
                return ""
            known.add(operation)
        return operation

    def endpoint(self, host: str, path: str, operation: str) -> tuple[str, str]:
        """The endpoint of a masked path on a host, and the protocol that the path suggests."""
        endpoint, protocol = self._shapes[endpoints.without_ids(path)]
        if host in self._learned:
            endpoint = self._placed[host, endpoint]
        return f"{endpoint}{MARK}{operation}" if operation else endpoint, protocol

    def flows_of_all(self, exchanges: Sequence[Exchange], endings: Sequence[tuple[str, str]]) -> list[Words]:
        """The flows of exchanges at endpoints: those that people gave the endpoint, else those that its words tell."""
        told, given = self._flows, self._given
        if not given:
            return [told[endpoint] for endpoint, _ in endings]
        ends = zip(exchanges, endings, strict=True)
        wheres = [(exchange.host, exchange.method, endpoint) for exchange, (endpoint, _) in ends]
        return [given[where] if where in given else told[where[2]] for where in wheres]

    def described(self, exchange: Exchange, outline: Outline) -> Words:
        """The descriptors of a good exchange."""
        return (*outline.described, *self._describer.query(exchange.query)) if exchange.query else outline.described


def auth(exchange: Exchange, outline: Outline) -> Words:
    """The kinds of authentication of a good exchange."""
    return tuple(dict.fromkeys((*outline.auth, *auth_in_query(exchange.query)))) if exchange.query else outline.auth


def fitting(described: Words, verdicts: str) -> Words:
    """Descriptors in which the types of what was found to be not as specified, and of what stands in it, are marked UNFIT.

    `verdicts` are findings in JSON.
    """
    found = msgspec.json.decode(verdicts, type=list[Finding])
    points = {_alike(one.point) for one in found if one.type == INVALID}
    return tuple(_marked(descriptor, points) for descriptor in described)


def _marked(descriptor: str, points: set[str]) -> str:
    point, told = descriptor.split(" ", 1)
    alike = _alike(point)
    is_unfit = any(alike == one or alike.startswith((f"{one}.", f"{one}[")) for one in points)
    return f"{point} {UNFIT}{told}" if is_unfit else descriptor


def _alike(point: str) -> str:
    """A point without the numbers of items, and a header in small letters."""
    point = _INDEX.sub("[*]", point)
    return point.lower() if point.startswith("request.header.") else point


def is_good(exchange: Exchange) -> bool:
    """Whether an exchange says what an API is: answered well, and asking for something (D2)."""
    return (200 <= exchange.status < 300 or not exchange.status) and exchange.method not in UNSAID


def _shape(path: str) -> tuple[str, str]:
    return endpoints.template(path.replace(f"/{MASK}", "/{token}") if MASK in path else path), by_path(path)
