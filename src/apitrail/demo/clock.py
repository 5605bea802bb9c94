"""The time the demo lives in: the real one, or one that leaps over every pause so that a day passes in seconds."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Clock:
    """What the shop and its visitors know of time: seconds since 1970, and how to wait."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


def real_clock() -> Clock:
    """The clock of the live traffic."""
    return Clock(time.time, asyncio.sleep)


class LeapingLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: when nothing is left to do now, it is at once as late as the next timer says."""

    def __init__(self) -> None:
        self.moment = 0.0
        super().__init__(_Leap(self))

    def time(self) -> float:
        """Seconds that have passed inside this loop."""
        return self.moment

    def clock(self, start: float) -> Clock:
        """A clock that shows `start` when the loop begins."""
        return Clock(lambda: start + self.moment, asyncio.sleep)


class _Leap(selectors.BaseSelector):
    """Stands where a loop waits for its sockets; here there are none, so that only time can come."""

    def __init__(self, loop: LeapingLoop) -> None:
        self._loop = loop
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._keys[fileobj] = selectors.SelectorKey(fileobj, fd, events, data)
        return self._keys[fileobj]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits and nothing will ever happen")
        self._loop.moment += max(timeout, 0.0)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys
