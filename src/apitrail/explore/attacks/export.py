"""Attacks and their findings as CSV for spreadsheets, piece by piece, secrets masked as shown (A2.2)."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from apitrail.explore.attacks.listing import Attack
from apitrail.explore.attacks.opening import AttackRequest
from apitrail.explore.export import FLUSH_ROWS, safe_cell

COLUMNS = tuple(name for name in Attack.__struct_fields__ if name != "group")
"""The columns of an attack; the attributes by which it is grouped stand before them, each as `group.` and its word."""
FINDING_COLUMNS = AttackRequest.__struct_fields__


def attacks_csv(attacks: Iterable[Attack], words: Sequence[str]) -> Iterator[str]:
    """Attacks that are grouped by these words, one line each."""
    rows = ([*(one.group[word] for word in words), *(getattr(one, name) for name in COLUMNS)] for one in attacks)
    return _begun(_written([*(f"group.{word}" for word in words), *COLUMNS], rows))


def findings_csv(findings: Iterable[AttackRequest]) -> Iterator[str]:
    """Findings, one line each."""
    return _begun(_written(FINDING_COLUMNS, ([getattr(one, name) for name in FINDING_COLUMNS] for one in findings)))


def _begun(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces with the first one made at once, so that a wrong question is told before any of the answer."""
    first = next(pieces, "")
    return itertools.chain((first,), pieces)


def _written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for number, row in enumerate(rows, 1):
        writer.writerow([safe_cell(_cell(value)) for value in row])
        if number % FLUSH_ROWS == 0:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _cell(value: Any) -> Any:
    """Counted values as `value: count`, most frequent first, and lists, both with `; ` between them."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {count}" for name, count in value.items())
    return "; ".join(value) if isinstance(value, list) else value
