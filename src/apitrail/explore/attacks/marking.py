"""Marking everything that an attack has, under filters and interval (A2.4); what it says of bots is a verdict on them (B6)."""

from __future__ import annotations

from apitrail.configure import bot_verdicts, marks
from apitrail.explore.attacks import grouping
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.opening import finding_ids
from apitrail.explore.bots.listing import bots_shown_by
from apitrail.model.abuse import CONFIRMED, REJECTED
from apitrail.model.finding import FALSE_POSITIVE, TRUE_POSITIVE
from apitrail.store import Store

_VERDICTS = {FALSE_POSITIVE: REJECTED, TRUE_POSITIVE: CONFIRMED}


def mark_attack(store: Store, asked: Asked, value: str, author: str) -> int:
    """Mark the findings of an attack; how many there are. NotFound when the id is none, BadQuestion when the mark is none."""
    marks.check_mark(value)
    grouping.decode(asked.attack)
    findings = finding_ids(store, asked)
    bots = bots_shown_by(store, findings)
    if bots:
        bot_verdicts.mark(store, bots, _VERDICTS.get(value, ""), author)
    return marks.mark(store, findings, value, author)
