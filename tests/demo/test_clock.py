"""The clock that leaps over every pause."""

from __future__ import annotations

import asyncio
import time

import pytest

from apitrail.demo.clock import Clock, LeapingLoop


def test_a_week_passes_in_no_time_and_in_order() -> None:
    """Those who sleep shorter wake first, and the clock shows the time each of them asked for."""
    loop = LeapingLoop()
    clock = loop.clock(1_780_000_000)
    woken: list[float] = []
    started = time.monotonic()
    loop.run_until_complete(_sleep_all(clock, (604_800, 60, 3600), woken))
    loop.close()
    assert woken == [1_780_000_060, 1_780_003_600, 1_780_604_800]
    assert time.monotonic() - started < 10


def test_waiting_for_nothing_is_an_error() -> None:
    """When nobody will ever go on, the loop says so instead of standing still."""
    loop = LeapingLoop()
    with pytest.raises(RuntimeError, match="nothing will ever happen"):
        loop.run_until_complete(_wait_forever())
    loop.close()


async def _sleep_all(clock: Clock, seconds: tuple[float, ...], woken: list[float]) -> None:
    async def sleeper(pause: float) -> None:
        await clock.sleep(pause)
        woken.append(clock.now())

    await asyncio.gather(*(sleeper(pause) for pause in seconds))


async def _wait_forever() -> None:
    await asyncio.Event().wait()
