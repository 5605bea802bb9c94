"""The measure of work fails work that is slow, and only that."""

from __future__ import annotations

import time

from apitrail.inspect.client import _parse, parse
from timing import TRIES, cost, growth


def times(count: int) -> int:
    """Work that grows with a number."""
    return sum(len(str(number)) for number in range(count))


def squared(count: int) -> int:
    """Work that grows with the square of a number."""
    return times(count * count // 100)


def test_work_is_told_in_ordinary_seconds() -> None:
    """Ten times the yardstick takes about ten times what it takes on an ordinary machine."""
    assert 0.01 < cost(lambda: times(1_000_000), below=0.2) < 0.2


def test_waiting_costs_nothing() -> None:
    """A thread that has no turn is not slow."""
    assert cost(lambda: time.sleep(0.1), below=0.05) < 0.05


def test_quick_work_is_done_once_and_slow_work_five_times() -> None:
    """The first try below the limit is enough."""
    done: list[str] = []
    cost(lambda: done.append("quick"), below=1)
    cost(lambda: done.append("slow"), below=0)
    assert done == ["quick", *["slow"] * TRIES]


def test_work_in_a_square_is_told_from_work_that_grows_evenly() -> None:
    """Ten times as much takes ten times as long, or a hundred times."""
    assert growth(times, lambda: 20_000, lambda: 200_000, below=40) < 40
    assert growth(squared, lambda: 2000, lambda: 20_000, below=40) > 40


def test_a_try_gains_nothing_from_the_one_before() -> None:
    """What was remembered is worked out again."""
    misses: list[int] = []

    def asked() -> None:
        parse("curl/8.1")
        misses.append(_parse.cache_info().misses)

    cost(asked, below=0)
    assert misses[1:] == [1] * (TRIES - 1)
