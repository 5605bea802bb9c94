"""Rows as CSV for spreadsheets, piece by piece."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

FLUSH_ROWS = 500
"""Rows of one piece."""
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def csv_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A head and rows; the first piece is made at once, so that a wrong question is told before any of the answer."""
    pieces = _written(head, rows)
    return itertools.chain((next(pieces, ""),), pieces)


def safe_cell(value: Any) -> str:
    """A value that no spreadsheet takes for a formula; None is empty."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, (int, float)) else text


def taken(out: io.StringIO) -> str:
    """What was written so far, taken away."""
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for number, row in enumerate(rows, 1):
        writer.writerow([safe_cell(_cell(value)) for value in row])
        if number % FLUSH_ROWS == 0:
            yield taken(out)
    yield taken(out)


def _cell(value: Any) -> Any:
    """Counted values as `value: count`, most frequent first, and lists, both with `; ` between them."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {count}" for name, count in value.items())
    return "; ".join(value) if isinstance(value, list) else value
