"""Attacks and their findings as CSV for spreadsheets, piece by piece, secrets masked as shown (A2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from apitrail.explore.attacks.listing import Attack
from apitrail.explore.attacks.opening import AttackRequest
from apitrail.explore.tables import csv_table

COLUMNS = tuple(name for name in Attack.__struct_fields__ if name != "group")
"""The columns of an attack; the attributes by which it is grouped stand before them, each as `group.` and its word."""
FINDING_COLUMNS = AttackRequest.__struct_fields__


def attacks_csv(attacks: Iterable[Attack], words: Sequence[str]) -> Iterator[str]:
    """Attacks that are grouped by these words, one line each."""
    rows = ([*(one.group[word] for word in words), *(getattr(one, name) for name in COLUMNS)] for one in attacks)
    return csv_table([*(f"group.{word}" for word in words), *COLUMNS], rows)


def findings_csv(findings: Iterable[AttackRequest]) -> Iterator[str]:
    """Findings, one line each."""
    return csv_table(FINDING_COLUMNS, ([getattr(one, name) for name in FINDING_COLUMNS] for one in findings))
