"""Marking everything that an attack has, under filters and interval (A2.4)."""

from __future__ import annotations

from apitrail.configure import marks
from apitrail.explore.attacks import grouping
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.opening import finding_ids
from apitrail.store import Store


def mark_attack(store: Store, asked: Asked, value: str, author: str) -> int:
    """Mark the findings of an attack; how many there are. NotFound when the id is none, BadQuestion when the mark is none."""
    marks.check_mark(value)
    grouping.decode(asked.attack)
    return marks.mark(store, finding_ids(store, asked), value, author)
