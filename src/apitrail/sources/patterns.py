"""Formats that one regular expression reads: its named groups are slots."""

from __future__ import annotations

import re
from collections.abc import Callable

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources import slots
from apitrail.sources.contract import LineFormat, ParseLine
from apitrail.sources.headerless import headerless

Adjust = Callable[[dict[str, str | None]], None]
"""Changes the values in place for what a pattern cannot say."""

QUOTED = r'"(?:[^"\\]++|\\.)*+"'
"""A quoted value with escapes, the quotes with it; no group inside."""


def quoted(slot: str) -> str:
    """A pattern for a quoted value that goes into a slot."""
    return rf'"(?P<{slot}>(?:[^"\\]++|\\.)*+)"'


def parser(pattern: re.Pattern[str], adjust: Adjust | None = None) -> ParseLine:
    """A parser for lines that match the pattern from their start."""

    def parse(line: str) -> Exchange:
        found = pattern.match(line)
        if found is None:
            raise RejectedLine("not a line of this format")
        values = found.groupdict()
        if adjust:
            adjust(values)
        return slots.exchange(values)

    return parse


def pattern_format(
    name: str,
    title: str,
    pattern: re.Pattern[str],
    samples: tuple[str, ...],
    *,
    adjust: Adjust | None = None,
    score: float = 0.95,
) -> LineFormat:
    """The format whose lines are those that match the pattern."""

    def recognise(line: str) -> float:
        return score if pattern.match(line) else 0.0

    return LineFormat(name=name, title=title, samples=samples, recognise=recognise, start=headerless(parser(pattern, adjust)))
