"""The specifications that describe an endpoint (D6)."""

from __future__ import annotations

import msgspec

from apitrail.configure import specifications
from apitrail.explore.discovery.listing import Endpoint
from apitrail.inspect.specifications.matching import Matcher
from apitrail.store import Store


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
