"""The past week of the shop, acted out in seconds: the same application and visitors, on a clock that leaps."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterator
from itertools import takewhile

from apitrail.demo.client import Client
from apitrail.demo.clock import Clock, LeapingLoop
from apitrail.demo.programme import Arrival, Scene, scenes
from apitrail.demo.shop.app import build
from apitrail.demo.shop.state import Shop
from apitrail.demo.transport import InProcess
from apitrail.middleware import SessionTrail
from apitrail.model.exchange import MICROSECOND, Exchange

Deliver = Callable[[Exchange], None]
Progress = Callable[[int, float], None]
"""Is told how many exchanges have been made, and which share of the whole that is, from 0 to 1."""

log = logging.getLogger(__name__)


def play(
    deliver: Deliver,
    *,
    now: float,
    days: float = 7,
    seed: int = 1,
    progress: Progress = lambda count, share: None,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Deliver the exchanges of the last days up to now, the newest day first, each day in the order of its answers."""
    count = 0
    programme = list(scenes(now, days, seed))
    for number, scene in takewhile(lambda _: not stopped(), enumerate(programme, 1)):
        for exchange in exchanges(scene):
            if stopped():
                return
            deliver(exchange)
            count += 1
        progress(count, number / len(programme))


def exchanges(scene: Scene) -> Iterator[Exchange]:
    """Everything that was asked and answered in a scene."""
    seen: list[Exchange] = []
    loop = LeapingLoop()
    try:
        loop.run_until_complete(_act(scene, loop, seen.append))
    finally:
        loop.close()
    first, last = scene.start * MICROSECOND, scene.end * MICROSECOND
    return (exchange for exchange in seen if first <= exchange.time < last)


async def _act(scene: Scene, loop: LeapingLoop, deliver: Deliver) -> None:
    begin = min((arrival.at for arrival in scene.arrivals), default=scene.start)
    clock = loop.clock(begin)
    stage = _Stage(scene, clock, loop, deliver)
    for arrival in scene.arrivals:
        if arrival.at < scene.end:
            await clock.sleep(arrival.at - clock.now())
            stage.enter(arrival)
    await clock.sleep(scene.end - clock.now())
    await stage.clear()


class _Stage:
    """The shop during one scene, and everybody in it."""

    def __init__(self, scene: Scene, clock: Clock, loop: LeapingLoop, deliver: Deliver) -> None:
        self._name = scene.name
        self._clock = clock
        self._open = True
        self._deliver = deliver
        self._visitors: list[asyncio.Future[None]] = []
        ids = random.Random(f"{scene.name}/ids")
        self._transport = InProcess(
            SessionTrail(
                build(Shop(clock, scene.name)),
                self._take,
                application="shop",
                trust_forwarded=True,
                source="demo",
                clock=clock.now,
                stopwatch=loop.time,
                make_id=lambda: f"{ids.getrandbits(128):032x}",
            )
        )

    def enter(self, arrival: Arrival) -> None:
        """Somebody comes in."""
        rng = random.Random(f"{self._name}/{arrival.role.name}/{arrival.key}")
        client = Client(self._transport, arrival.role.look(rng))
        self._visitors.append(asyncio.ensure_future(arrival.role.actor(client, self._clock, rng)))

    async def clear(self) -> None:
        """Everybody leaves; what was not answered by then has not happened."""
        self._open = False
        for task in self._visitors:
            task.cancel()
        for outcome in await asyncio.gather(*self._visitors, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.warning("a visitor stumbled", exc_info=outcome)

    def _take(self, exchange: Exchange) -> None:
        if self._open:
            self._deliver(exchange)
