"""Specifications beside the traffic: which describe an endpoint, and which of their operations nobody calls (D6)."""

from __future__ import annotations

import msgspec

from apitrail.configure import specifications
from apitrail.configure.kept_specification import OpenedSpecification
from apitrail.explore.discovery.listing import Endpoint
from apitrail.inspect.specifications import comparing
from apitrail.inspect.specifications.matching import Matcher
from apitrail.store import Store

ENDPOINTS_COMPARED = 100_000
"""Endpoints that an opened specification is compared with, those with most requests."""

_SEEN = f"""SELECT host, method, endpoint, arrayJoin(emptyArrayToSingle(groupUniqArrayArray(applications))) AS application
FROM inventory GROUP BY host, method, endpoint ORDER BY sum(requests) DESC LIMIT {ENDPOINTS_COMPARED}"""


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


class ComparedSpecification(OpenedSpecification, frozen=True, kw_only=True):
    """A specification with its operations, the problems of its document, and those operations that are orphans."""

    orphans: tuple[Orphan, ...]


def compared(store: Store, name: str) -> ComparedSpecification:
    """One specification beside all good requests that are kept; NotFound when there is none of this name."""
    found = specifications.opened(store, name)
    matcher = Matcher(one for one in specifications.current(store) if one.name == found.name)
    seen = (
        comparing.Endpoint(row["host"], row["method"], row["endpoint"], row["application"] or None) for row in store.rows(_SEEN)
    )
    orphans = (Orphan(match.operation.method, match.operation.path) for match in comparing.orphans(matcher, seen))
    members = {member: getattr(found, member) for member in found.__struct_fields__}
    return ComparedSpecification(**members, orphans=tuple(orphans))
