"""Specifications beside the traffic: which describe an endpoint, and which of their operations nobody calls (D6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from apitrail.configure import specifications
from apitrail.configure.kept_specification import OpenedSpecification
from apitrail.explore.discovery.listing import Endpoint
from apitrail.inspect.specifications import comparing
from apitrail.inspect.specifications.matching import Matcher
from apitrail.query.sql import ENDPOINTS
from apitrail.store import Store

ENDPOINTS_COMPARED = 100_000
"""Endpoints that an opened specification is compared with, those with most requests."""

_SEEN = f"""SELECT host, method, endpoint, application, known.id AS id
FROM (SELECT host, method, endpoint, sum(requests) AS total,
    arrayJoin(emptyArrayToSingle(groupUniqArrayArray(applications))) AS application
  FROM inventory GROUP BY host, method, endpoint ORDER BY total DESC LIMIT {ENDPOINTS_COMPARED}) AS seen
LEFT ANY JOIN (SELECT host, method, endpoint, id FROM {ENDPOINTS}) AS known USING (host, method, endpoint)
ORDER BY total DESC, host, endpoint, method, application"""
"""The endpoints of good requests, busy ones first; those that the list has by now with their id there."""


class SpecifiedIn(msgspec.Struct, frozen=True):
    """A current specification that has an endpoint: its name, its version, the path as it is written there."""

    name: str
    version: str
    path: str
    deprecated: bool


class Specified(msgspec.Struct, frozen=True):
    """The specifications that have an endpoint, and whether any is in force for its host at all."""

    found: list[SpecifiedIn]
    covered: bool


def specified_in(store: Store, endpoint: Endpoint) -> Specified:
    """Where an endpoint is described; nowhere when no specification has it."""
    matcher = Matcher(specifications.current(store))
    matches = matcher.operations_of_template(endpoint.host, endpoint.method, endpoint.endpoint)
    return Specified(
        [
            SpecifiedIn(match.specification.name, match.specification.version, match.operation.path, match.operation.deprecated)
            for match in matches
        ],
        matcher.covers(endpoint.host),
    )


class Orphan(msgspec.Struct, frozen=True):
    """An operation that is specified and that no good request was for."""

    method: str
    path: str


class Called(msgspec.Struct, frozen=True):
    """An operation that an endpoint of the inventory belongs to, with the id of that endpoint: of several, the busiest."""

    method: str
    path: str
    endpoint_id: str


class ComparedSpecification(OpenedSpecification, frozen=True, kw_only=True):
    """A specification with its operations, the problems of its document, and which operations are orphans, and which called."""

    orphans: tuple[Orphan, ...]
    called: tuple[Called, ...]


def compared(store: Store, name: str) -> ComparedSpecification:
    """One specification beside all good requests that are kept; NotFound when there is none of this name."""
    found = specifications.opened(store, name)
    matcher = Matcher(one for one in specifications.current(store) if one.name == found.name)
    rows = store.rows(_SEEN)
    orphans = tuple(
        Orphan(match.operation.method, match.operation.path) for match in comparing.orphans(matcher, map(_endpoint, rows))
    )
    members = {member: getattr(found, member) for member in found.__struct_fields__}
    called = _called(matcher, rows, len(found.operations) - len(orphans))
    return ComparedSpecification(**members, orphans=orphans, called=tuple(called))


def _called(matcher: Matcher, rows: Sequence[Mapping[str, Any]], most: int) -> Iterator[Called]:
    """The operations with their busiest endpoint that the list has; nothing is looked for once that many are found."""
    found: set[tuple[str, str]] = set()
    for row in rows:
        if len(found) >= most:
            return
        for match in matcher.operations_of_template(*_endpoint(row)) if row["id"] else ():
            operation = (match.operation.method, match.operation.path)
            if operation not in found:
                found.add(operation)
                yield Called(*operation, row["id"])


def _endpoint(row: Mapping[str, Any]) -> comparing.Endpoint:
    return comparing.Endpoint(row["host"], row["method"], row["endpoint"], row["application"] or None)
