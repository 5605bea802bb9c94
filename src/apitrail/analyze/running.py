"""The analysis across exchanges, run to its end: learned templates, what is usual for each endpoint, the inventory."""

from __future__ import annotations

import time

import msgspec

from apitrail.analyze import endpoints
from apitrail.analyze.rules import Rules
from apitrail.analyze.templates import learn_templates
from apitrail.store import Store

SAMPLES_LEAST = 30
"""Good requests of an endpoint from which is told what is usual for it (S5)."""


class Analysis(msgspec.Struct, frozen=True):
    """What an analysis did: how many endpoints moved to a learned template, how many the inventory has, and how long it took."""

    moved: int
    endpoints: int
    seconds: float


def analyze(store: Store, rules: Rules | None = None) -> Analysis:
    """Run the whole analysis now; again at once, it changes nothing."""
    started = time.monotonic()
    moved = learn_templates(store)
    store.learn_baselines(SAMPLES_LEAST)
    found = endpoints.refresh(store, rules or Rules())
    return Analysis(moved, found, round(time.monotonic() - started, 3))
