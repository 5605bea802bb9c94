"""Bars over time hold exactly the requests of a plain computation, from the rollup as from the rows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apitrail.explore.histogram import STEPS, histogram
from apitrail.query.tree import Interval, Question
from engines import shared
from explore.asking import FILTERS, INTERVALS, question
from explore.plain import Filter, select
from traffic import DAY, MINUTE, NOON


@pytest.mark.rows("S3.5")
@shared(60)
@given(filters=FILTERS, interval=INTERVALS, bars=st.integers(1, 200))
@example(filters=[], interval=(None, None), bars=96)
@example(filters=[], interval=(NOON, NOON + DAY), bars=96)
@example(filters=[], interval=(NOON + MINUTE, None), bars=10)
def test_bars_hold_the_requests_and_attacks_of_their_time(
    world: Any, filters: list[Filter], interval: tuple[int | None, int | None], bars: int
) -> None:
    """Bar by bar and in sum, the histogram counts what the list counts (S3.5)."""
    chosen = select(world.rows, filters, *interval)
    found = histogram(world.store, question(filters, interval), bars=bars)
    assert sum(bar.requests for bar in found.bars) == len(chosen)
    for bar in found.bars:
        own = [row for row in chosen if bar.start <= row["time"] < bar.start + found.step]
        assert (bar.requests, bar.attacks) == (len(own), sum(bool(row["attack_types"]) for row in own))
    starts = [bar.start for bar in found.bars]
    assert starts == list(range(found.start // found.step * found.step, found.end, found.step))
    assert found.step in STEPS
    assert len(starts) <= bars + 1 or found.step == STEPS[-1]


def test_an_open_interval_closes_around_the_traffic(world: Any) -> None:
    """Without edges the histogram spans from the first to the last stored request."""
    found = histogram(world.store, Question())
    times = [row["time"] for row in world.rows]
    assert (found.start, found.end) == (min(times), max(times) + 1)


def test_an_interval_that_ends_before_all_traffic_counts_none(world: Any) -> None:
    """An open start does not pull the first request into an interval that ended before it."""
    found = histogram(world.store, Question(interval=Interval(None, NOON - DAY)))
    assert found.bars
    assert not any(bar.requests for bar in found.bars)


def test_an_interval_without_traffic_has_empty_bars(world: Any) -> None:
    """Bars are there also where nothing happened."""
    found = histogram(world.store, Question(interval=Interval(NOON - 9 * DAY, NOON - 8 * DAY)))
    assert found.bars
    assert not any(bar.requests for bar in found.bars)
