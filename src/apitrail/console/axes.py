"""The axis below a picture with a logarithmic scale: round values where they really stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from markupsafe import Markup

from apitrail.console.charts import WIDTH, places, reach
from apitrail.explore.discovery.distribution import Distribution

TICKS_LIMIT = 6
"""Values on an axis, so that they have room on a phone."""
_STEPS = (
    (10,), (10, 30), (10, 20, 50), (10, 15, 20, 30, 40, 50, 70), (10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 80, 90), range(10, 100),
)  # fmt: skip
"""Which values may stand on an axis, in tenths of a power of ten, from few to many."""
_FINEST: Mapping[str, float] = MappingProxyType({"duration_ms": 0.1, "response_bytes": 1.0})
"""What values are said to: tenths of a millisecond, whole bytes."""


def logarithmic(data: Distribution, said: Callable[[float], str], *, marked: float | None = None) -> Markup:
    """The axis of the picture that `charts.distribution` draws of the same data; empty where there is no picture."""
    if not data.buckets:
        return Markup("")
    place = places(data, marked)
    values = round_values(*reach(data, marked), finest=_FINEST[data.field])
    ticks = [(said(value), 100 * place(value) / WIDTH) for value in values]
    drawn = Markup("").join(
        Markup('<line x1="{:.2f}%" x2="{:.2f}%" y2="4"/><text x="{:.2f}%" y="15">{}</text>').format(at, at, at, words)
        for words, at in ticks
    )
    label = ", ".join(words for words, _ in ticks)
    return Markup('<svg class="axis" role="img" aria-label="Logarithmic scale: {}">{}</svg>').format(label, drawn)


def round_values(low: float, high: float, *, finest: float) -> list[float]:
    """The values between two others that stand on an axis: of the roundest kind of which there are some, or those with room."""
    free = 0.03 * math.log10(high / low)
    inner = (low * 10**free, high / 10**free)
    chosen: list[float] = []
    for steps in _STEPS:
        found = [value for value in _of_powers(steps, low, high, finest) if inner[0] <= value <= inner[1]]
        if len(found) > TICKS_LIMIT:
            return chosen if len(chosen) > 2 else found[:: -(-len(found) // TICKS_LIMIT)]
        chosen = found
    return chosen


def _of_powers(steps: tuple[int, ...] | range, low: float, high: float, finest: float) -> list[float]:
    """The steps of all powers of ten that two values reach over; no values between those that can be told apart in words."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = (step * 10.0 ** (power - 1) for power in powers for step in steps)
    return [value for value in values if math.isclose(value, finest * round(value / finest))]
