"""The analysis across exchanges, run to its end: learned templates, then what is usual for each endpoint."""

from __future__ import annotations

import msgspec

from apitrail.analyze.templates import learn_templates
from apitrail.store import Store

SAMPLES_LEAST = 30
"""Good requests of an endpoint from which is told what is usual for it (S5)."""


class Analysis(msgspec.Struct, frozen=True):
    """What an analysis did: how many endpoints moved to a learned template."""

    moved: int


def analyze(store: Store) -> Analysis:
    """Run the whole analysis now; again at once, it changes nothing."""
    moved = learn_templates(store)
    store.learn_baselines(SAMPLES_LEAST)
    return Analysis(moved)
