"""How a list of requests is sorted: by time, by what they took, by how far that is from what is usual (S4.4, S5.1)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from apitrail.errors import BadQuestion
from apitrail.explore.answers import Request
from apitrail.model.fields import field_named

RANK_LIMIT = 9 * 10**18
"""The largest rank; also that of what is not known when the smallest comes first, so that it comes last either way."""


@dataclass(frozen=True, slots=True)
class Order:
    """A filter word and whether its largest values come first; requests with equal ones are in order of time.

    The rank of a request is a whole number, so that a cursor says it exactly: its value times `scale`.
    """

    word: str
    scale: int
    descending: bool = False

    @property
    def name(self) -> str:
        """The order as an address has it."""
        return f"-{self.word}" if self.descending else self.word

    @property
    def by_time(self) -> bool:
        """Whether requests have no rank but their time."""
        return not self.scale

    @property
    def sql(self) -> str:
        """The rank of a row of `requests`."""
        known = f"round(toFloat64({field_named(self.word).sql}) * {self.scale})"
        return f"toInt64(least(ifNull({known}, {self._unknown:g}), {RANK_LIMIT:g}))"

    def rank(self, request: Request) -> int:
        """The rank of a request."""
        value: float | None = getattr(request, self.word)
        return self._unknown if value is None else min(round(value * self.scale), RANK_LIMIT)

    @property
    def _unknown(self) -> int:
        return -1 if self.descending else RANK_LIMIT


_SCALES = {"time": 0, "duration_ms": 1000, "response_bytes": 1, "duration_ratio": 100, "size_ratio": 100}
ORDERS = {
    order.name: order for word, scale in _SCALES.items() for order in (Order(word, scale), Order(word, scale, descending=True))
}
"""A minus before the name puts the largest, or newest, first."""


def order_named(name: str) -> Order:
    """The order of a name; BadQuestion with the nearest name when there is none."""
    if name in ORDERS:
        return ORDERS[name]
    near = difflib.get_close_matches(name[:40].lower(), ORDERS, 1, 0.5)
    said = f"sort is one of {', '.join(ORDERS)}, not {name[:40]!r}"
    raise BadQuestion(said, position=0, suggestion=near[0] if near else "-time")
