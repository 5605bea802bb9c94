"""What `apitrail demo` starts: the shop's past week, and its present."""

from __future__ import annotations

import threading
from collections.abc import Callable

from apitrail.demo.history import Progress, play
from apitrail.demo.live import Live
from apitrail.model.exchange import Exchange

DAYS = 7 - 1 / 24
"""A week, less what passes while it is being made: a store that keeps seven days refuses what is older."""


class Demo:
    """The shop with its past and its present; both go to one `deliver`, from two threads."""

    def __init__(self, deliver: Callable[[Exchange], None], *, now: float, seed: int = 1) -> None:
        self._deliver = deliver
        self._now = now
        self._seed = seed
        self._stopped = threading.Event()
        self._live = Live(deliver, seed=seed)

    @property
    def shop_url(self) -> str:
        """Where the live shop can be visited."""
        return self._live.url

    def history(self, progress: Progress = lambda count, share: None) -> None:
        """Deliver the week up to now, the newest day first; takes some seconds, so call it in a thread."""
        play(self._deliver, now=self._now, days=DAYS, seed=self._seed, progress=progress, stopped=self._stopped.is_set)

    def live(self) -> None:
        """Open the shop and begin the live traffic; returns at once."""
        self._live.start()

    def stop(self) -> None:
        """End both."""
        self._stopped.set()
        self._live.stop()


def start(deliver: Callable[[Exchange], None], *, now: float, seed: int = 1) -> Demo:
    """A demo that delivers to `deliver`; nothing runs before `history` or `live` is called."""
    return Demo(deliver, now=now, seed=seed)
