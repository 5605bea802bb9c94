"""What a format of traffic is: how it is recognised, and how a line or a document of it becomes exchanges."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from apitrail.model.exchange import Exchange

ParseLine = Callable[[str], Exchange | None]
"""One line, without its line end, to an exchange; None for a line that carries no request (a comment, a header).

Raises RejectedLine with a short reason when the line should have been one and is not.
"""


@dataclass(frozen=True, slots=True)
class Reject:
    """A line or record that could not be read, with the reason; `line` counts from 1."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class LineFormat:
    """A format in which each line is one exchange, so that any process can read any block of lines.

    `start` makes a parser from the header lines (`#Fields: ...`) in force, none for most formats.
    `header` matches such header lines; a later one replaces the earlier ones of the same first word.
    `samples` are lines the format must read, `recognise` scores one line from 0 (not mine) to 1 (surely mine).
    """

    name: str
    title: str
    samples: tuple[str, ...]
    recognise: Callable[[str], float]
    start: Callable[[Sequence[str]], ParseLine]
    header: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """A format in which exchanges span lines (HAR, flows, native audit logs); read by one process, front to back.

    `recognise` scores the first bytes, decompressed, from 0 to 1. `read` yields rejects beside exchanges and raises
    UnreadableSource only when nothing can be read at all: a document broken in its middle yields what came before.
    """

    name: str
    title: str
    recognise: Callable[[bytes], float]
    read: Callable[[BinaryIO], Iterator[Exchange | Reject]]


Format = LineFormat | DocumentFormat
