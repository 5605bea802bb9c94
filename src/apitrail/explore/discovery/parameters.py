"""The parameters of an endpoint, put together from the descriptors of its requests (D2, D3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from apitrail.explore.discovery.templates import path_of
from apitrail.inspect.value_types import UNFIT, widest
from apitrail.model.point import Point

SHARE = 0.01
"""Share of the requests from which a parameter belongs to the endpoint, and its type holds its values (D2)."""
REQUIRED_SHARE = 0.999
"""Share of the requests from which a parameter is required: all of them, but for a rare one that was not read to its end."""
CONTAINERS = ("object", "array")
"""Types of what holds parameters and is none itself."""
STRUCTURES = ("body.json", "body.xml")
"""Places in which one value stands in another; elsewhere a dot or a bracket is part of a name."""
PARAMETERS_LIMIT = 1000
"""Parameters of one endpoint that are told, the most frequent."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of an endpoint: its point, the type that holds its values but for rare ones, and how often it was seen.

    `name` is that of a variable of the path, empty elsewhere. `share` is of the requests that have what it stands in, 0 to 1.
    `sensitive` are the kinds of sensitive data that stood there. `first_seen` and `last_seen` are ISO 8601, to the day where no
    more is known; `status` is `new`, `unused` or empty.
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
    name: str = ""


def path_parameters(endpoint: str, requests: int) -> list[Parameter]:
    """The segments of an endpoint's path that vary, in order: every request has them, and the template tells their types."""
    found: dict[int, Parameter] = {}
    for one in path_of(endpoint).variables:
        point = str(Point("request", "path", (one.segment,)))
        made = Parameter(point=point, type=one.type, requests=requests, share=1.0, required=True, name=one.name)
        known = found.setdefault(one.segment, made)
        if not one.alone:
            name = one.name if known is made else f"{known.name}, {one.name}"
            found[one.segment] = msgspec.structs.replace(made, type="string", name=name)
    return list(found.values())


def parameters(seen: Mapping[str, int], requests: int, *, share: float = SHARE) -> list[Parameter]:
    """The parameters of an endpoint with so many requests, containers among them, the most frequent first.

    `seen` counts descriptors (see `inspect.describing`); those that are in fewer than `share` of the requests are left out, and
    so are types of fewer than `share` of the values at a point.
    """
    counts: Counter[str] = Counter()
    types: dict[str, Counter[str]] = {}
    kinds: dict[str, Counter[str]] = {}
    for descriptor, count in seen.items():
        point, type_, *told = descriptor.split(" ")
        counts[point] += count
        types.setdefault(point, Counter())[type_] += count
        if told:
            kinds.setdefault(point, Counter()).update(dict.fromkeys(told[0].split(","), count))
    least = max(1.0, share * requests)
    holding = {point: sum(map(seen_types.__getitem__, CONTAINERS)) for point, seen_types in types.items()}
    found = []
    for point, count in counts.most_common(PARAMETERS_LIMIT):
        if count < least:
            continue
        of = min(1.0, count / (_around(point, holding) or max(requests, 1)))
        sensitive = tuple(sorted(kind for kind, times in kinds.get(point, {}).items() if times >= least))
        found.append(
            Parameter(
                point=point, type=_type(types[point], share), requests=count, share=round(of, 4), required=of >= REQUIRED_SHARE,
                sensitive=sensitive,
            )
        )  # fmt: skip
    return found


def _type(seen: Mapping[str, int], share: float) -> str:
    """The type that holds the values but for fewer than `share` of them; unfit ones tell it only when there are no others."""
    told = {kind: count for kind, count in seen.items() if not kind.startswith(UNFIT)}
    told = told or {kind.removeprefix(UNFIT): count for kind, count in seen.items()}
    told.pop("null", None)
    left = share * sum(told.values())
    for kind, count in sorted(told.items(), key=lambda pair: (pair[1], pair[0])):
        if count >= left:
            break
        left -= count
        del told[kind]
    return widest(told)


def plain(found: Sequence[Parameter]) -> list[Parameter]:
    """Parameters without what only holds others."""
    return [one for one in found if one.type not in CONTAINERS]


def _around(point: str, holding: Mapping[str, int]) -> int:
    """How many requests have what a parameter stands in: the object or list around it; 0 where there is none."""
    if not point.partition(".")[2].startswith(STRUCTURES):
        return 0
    place = point
    while True:
        end = max(place.rfind("."), place.rfind("["))
        if end <= 0:
            return 0
        place = place[:end]
        if holding.get(place):
            return holding[place]
