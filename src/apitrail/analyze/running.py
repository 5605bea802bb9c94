"""The analysis across exchanges, run to its end: learned templates, what is usual for each endpoint, the inventory, bots."""

from __future__ import annotations

import threading
import time

import msgspec

from apitrail.analyze import endpoints
from apitrail.analyze.bots import running as bots
from apitrail.analyze.templates import learn_templates
from apitrail.explore.discovery.rules import Rules
from apitrail.store import Store

SAMPLES_LEAST = 30
"""Good requests of an endpoint from which is told what is usual for it (S5)."""
_ONE_AT_A_TIME = threading.Lock()


class Analysis(msgspec.Struct, frozen=True):
    """What an analysis did: how many endpoints moved to a learned template, how many the inventory has,
    how many session parts are bots, and how long it took.
    """

    moved: int
    endpoints: int
    bots: int
    seconds: float


def analyze(store: Store, rules: Rules | None = None) -> Analysis:
    """Run the whole analysis now, after one that runs in this process already; again at once, it changes nothing."""
    with _ONE_AT_A_TIME:
        started = time.monotonic()
        moved = learn_templates(store)
        store.learn_baselines(SAMPLES_LEAST)
        found = endpoints.refresh(store, rules or Rules(), SAMPLES_LEAST)
        sessions = bots.refresh(store, moved=moved > 0)
        return Analysis(moved, found, sessions, round(time.monotonic() - started, 3))
