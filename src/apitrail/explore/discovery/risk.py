"""The risk of an endpoint: the highest weight among the factors that hold, each explained (D5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from apitrail.explore.discovery.parameters import Parameter, plain

VULNERABILITY, SENSITIVE, PARAMETERS, OBJECTS, UPLOAD = (
    "vulnerability", "sensitive_data", "many_parameters", "objects", "upload",
)  # fmt: skip
WEIGHTS: Mapping[str, int] = MappingProxyType({VULNERABILITY: 9, SENSITIVE: 8, PARAMETERS: 6, OBJECTS: 6, UPLOAD: 6})
"""The factors with their usual weights; settings may change them."""
LEAST = 1
"""The risk of an endpoint of which no factor holds."""
MANY = 10
"""Request parameters from which an endpoint has many, unless the settings say otherwise."""
MEDIUM, HIGH = 4, 8
"""Where a risk is medium and where it is high."""

_WHY = {
    VULNERABILITY: "Attacks on it worked, and nobody has said that this is mended.",
    SENSITIVE: "Sensitive data goes in or out: {kinds}.",
    PARAMETERS: "It takes {count} parameters; each is a way in.",
    OBJECTS: "It accepts objects in {media}, which can hold more than anybody expects.",
    UPLOAD: "It accepts files.",
}


class Factor(msgspec.Struct, frozen=True):
    """A factor that holds: its name, its weight, and why it does."""

    name: str
    weight: int
    why: str


def factors(
    found: Sequence[Parameter],
    media: Sequence[str],
    *,
    vulnerable: bool,
    weights: Mapping[str, int] = WEIGHTS,
    many: int = MANY,
) -> list[Factor]:
    """The factors that hold for an endpoint with these parameters and content types of requests, the heaviest first."""
    asked = [one for one in plain(found) if one.point.startswith("request.")]
    sensitive = sorted({kind for one in found for kind in one.sensitive})
    objects = sorted({_named(one.point) for one in found if one.type == "object" and one.point.startswith("request.body")} | {
        "XML" for kind in media if "xml" in kind
    })  # fmt: skip
    files = any(one.type == "file" for one in asked)
    holds = {
        VULNERABILITY: vulnerable,
        SENSITIVE: bool(sensitive),
        PARAMETERS: len(asked) >= many,
        OBJECTS: bool(objects),
        UPLOAD: files,
    }
    told = {"kinds": ", ".join(sensitive), "count": len(asked), "media": " and ".join(objects)}
    every = [Factor(name, weights[name], _WHY[name].format_map(told)) for name, true in holds.items() if true and weights[name]]
    return sorted(every, key=lambda factor: -factor.weight)


def risk(found: Sequence[Factor]) -> int:
    """The risk that factors make, 1 to 10."""
    return min(10, max((factor.weight for factor in found), default=LEAST))


def level(number: int) -> str:
    """The word for a risk: low, medium or high."""
    return "high" if number >= HIGH else "medium" if number >= MEDIUM else "low"


def _named(point: str) -> str:
    return "XML" if point.startswith("request.body.xml") else "JSON"
