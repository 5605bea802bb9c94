"""The parameters of an endpoint, put together from the descriptors of its requests (D2, D3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from apitrail.inspect.value_types import widest

SHARE = 0.01
"""Share of the requests from which a parameter belongs to the endpoint (D2)."""
REQUIRED_SHARE = 0.99
"""Share of the requests from which a parameter is required."""
CONTAINERS = ("object", "array")
"""Types of what holds parameters and is none itself."""
PARAMETERS_LIMIT = 1000
"""Parameters of one endpoint that are told, the most frequent."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of an endpoint: its point, the widest type that was seen, and how often.

    `share` is of the requests that have what it stands in, 0 to 1. `sensitive` are the kinds of sensitive data that stood there.
    `first_seen` and `last_seen` are ISO 8601, to the day where no more is known; `status` is `new`, `unused` or empty.
    """

    point: str
    type: str
    requests: int
    share: float
    required: bool
    sensitive: tuple[str, ...] = ()
    first_seen: str = ""
    last_seen: str = ""
    status: str = ""


def parameters(seen: Mapping[str, int], requests: int, *, share: float = SHARE) -> list[Parameter]:
    """The parameters of an endpoint with so many requests, containers among them, the most frequent first.

    `seen` counts descriptors (see `inspect.describing`); those that are in fewer than `share` of the requests are left out.
    """
    counts: Counter[str] = Counter()
    types: dict[str, set[str]] = {}
    kinds: dict[str, Counter[str]] = {}
    for descriptor, count in seen.items():
        point, type_, *told = descriptor.split(" ")
        counts[point] += count
        types.setdefault(point, set()).add(type_)
        if told:
            kinds.setdefault(point, Counter()).update(dict.fromkeys(told[0].split(","), count))
    least = max(1.0, share * requests)
    found = []
    for point, count in counts.most_common(PARAMETERS_LIMIT):
        if count < least:
            continue
        of = min(1.0, count / (_around(point, counts) or max(requests, 1)))
        sensitive = tuple(sorted(kind for kind, times in kinds.get(point, {}).items() if times >= least))
        found.append(
            Parameter(
                point=point, type=widest(tuple(types[point])), requests=count, share=round(of, 4), required=of >= REQUIRED_SHARE,
                sensitive=sensitive,
            )
        )  # fmt: skip
    return found


def plain(found: Sequence[Parameter]) -> list[Parameter]:
    """Parameters without what only holds others."""
    return [one for one in found if one.type not in CONTAINERS]


def _around(point: str, counts: Mapping[str, int]) -> int:
    """How many requests have what a parameter stands in: the object around it, else the body; 0 where that is not known."""
    place = point
    while True:
        end = max(place.rfind("."), place.rfind("["))
        if end <= 0:
            return 0
        place = place[:end]
        if place in counts:
            return counts[place]
