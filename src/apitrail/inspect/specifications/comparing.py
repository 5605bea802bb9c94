"""Traffic compared with specifications: what nobody specified, what was retired and still answers, what nobody calls (D6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from apitrail.inspect.specifications.matching import Matcher
from apitrail.inspect.specifications.specification import Match

Rogue = Literal["shadow", "zombie", ""]


class Endpoint(NamedTuple):
    """An endpoint of the inventory, in one application; None when it is not known in which."""

    host: str
    method: str
    endpoint: str
    application: str | None = None


def rogue(endpoint: Endpoint, current: Matcher, earlier: Matcher) -> Rogue:
    """Whether an endpoint of the traffic is a shadow or a zombie, or neither.

    `current` has the newest version of each specification, `earlier` all those before. A zombie is in an earlier version, and not
    in the current one or deprecated there; a shadow is in none. Where no specification is in force, nothing is either.
    """
    now = current.operations_of_template(*endpoint)
    if any(not match.operation.deprecated for match in now):
        return ""
    if earlier.operation_of_template(*endpoint):
        return "zombie"
    return "shadow" if not now and current.covers(endpoint.host, endpoint.application) else ""


def orphans(current: Matcher, seen: Iterable[Endpoint]) -> list[Match]:
    """The operations that are specified and that no endpoint of the traffic belongs to."""
    found: set[int] = set()
    for endpoint in seen:
        found.update(id(match.operation) for match in current.operations_of_template(*endpoint))
    return [
        Match(specification, operation)
        for specification in current.specifications
        for operation in specification.operations
        if id(operation) not in found
    ]
