"""The `start` of the many formats whose lines need no header line to be understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from apitrail.sources.contract import ParseLine


def headerless(parse: ParseLine) -> Callable[[Sequence[str]], ParseLine]:
    """A `start` that always answers the same parser."""

    def start(_headers: Sequence[str]) -> ParseLine:
        return parse

    return start
