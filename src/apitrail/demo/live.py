"""The shop of this minute: served on a loopback port, with visitors who come over real HTTP until they are told to stop."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import uvicorn

from apitrail.demo import cast
from apitrail.demo.cast import Role
from apitrail.demo.client import Client
from apitrail.demo.clock import Clock, real_clock
from apitrail.demo.shop.app import build
from apitrail.demo.shop.state import Shop
from apitrail.demo.transport import Headers, Loopback, Reply, Transport
from apitrail.middleware import SessionTrail
from apitrail.model.exchange import Exchange

SMALLEST_GAP_SECONDS = 0.1
"""No two requests follow each other faster than this, whoever sends them."""

PLACES: tuple[tuple[Role, ...], ...] = (
    *((cast.SHOPPER,),) * 24,
    *((cast.APP_USER,),) * 12,
    *((cast.AGENT,),) * 2,
    *((cast.COLLEAGUE,),) * 2,
    (cast.CRAWLER,),
    (cast.SCRAPER,),
    (cast.SCANNER, cast.HOARDER, cast.SQL_INJECTOR, cast.PROBER, cast.HIJACKER),
    (cast.INTRUDER,),
    (cast.STUFFER, cast.TAKER),
    (cast.ENUMERATOR, cast.BRUTE),
    *((resident,) for resident in cast.RESIDENTS),
)
"""As many are in the shop at a time as there are rows; who leaves is followed by the next of the same row."""

log = logging.getLogger(__name__)


class Live:
    """The running shop; `url` is where it can be visited."""

    def __init__(self, deliver: Callable[[Exchange], None], *, seed: int) -> None:
        self._deliver = deliver
        self._seed = seed
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="apitrail-demo", daemon=True)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Open the shop and let the visitors in."""
        self._thread.start()

    def stop(self) -> None:
        """Close the shop and wait until everybody is gone."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        clock = real_clock()
        shop = build(Shop(clock, f"live/{clock.now()}"))
        trail = SessionTrail(shop, self._deliver, application="shop", trust_forwarded=True, source="demo")
        server = uvicorn.Server(_config(trail))
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        async with connections(self.url) as http:
            visitors = self._let_in(_Paced(Loopback(http), clock), clock)
            while not self._stop.is_set() and not serving.done():
                await asyncio.sleep(0.1)
            for visitor in visitors:
                visitor.cancel()
            await asyncio.gather(*visitors, return_exceptions=True)
        server.should_exit = True
        await serving

    def _let_in(self, transport: Transport, clock: Clock) -> list[asyncio.Task[None]]:
        rng = random.Random(f"{self._seed}/{clock.now()}")
        turns = (_take_turns(roles, transport, clock, random.Random(rng.random())) for roles in PLACES)
        return [asyncio.create_task(turn) for turn in turns]


@dataclass(slots=True)
class _Paced:
    """A transport that everybody shares and that lets one request through at a time, a little apart."""

    transport: Transport
    clock: Clock
    free_at: float = 0.0

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        now = self.clock.now()
        self.free_at = max(self.free_at, now) + SMALLEST_GAP_SECONDS
        await self.clock.sleep(self.free_at - SMALLEST_GAP_SECONDS - now)
        return await self.transport.send(method, target, headers, body)


async def _take_turns(roles: tuple[Role, ...], transport: Transport, clock: Clock, rng: random.Random) -> None:
    for role in itertools.cycle(roles):
        await clock.sleep(rng.uniform(0, 12))
        try:
            await role.actor(Client(transport, role.look(rng)), clock, rng)
        except httpx.HTTPError:
            log.debug("%s found the shop closed", role.name)
        except Exception:
            log.warning("%s stumbled", role.name, exc_info=True)


def _config(app: SessionTrail) -> uvicorn.Config:
    return uvicorn.Config(
        app, lifespan="off", log_config=None, log_level="warning", access_log=False, timeout_graceful_shutdown=2
    )


def connections(url: str) -> httpx.AsyncClient:
    """One pool of connections for all visitors, whose cookies are their own: what a page sets must not be sent by everybody."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(base_url=url, timeout=30, limits=httpx.Limits(max_connections=20), cookies=jar)
