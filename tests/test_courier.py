"""The courier brings every exchange exactly once to a server that is slow, full, or not there."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from apitrail.courier import Courier
from apitrail.model.exchange import Exchange

NOWHERE = "http://127.0.0.1:9"
"""The discard port; nobody listens there."""


class _Server(ThreadingHTTPServer):
    """Behaves as its moods say, one a request, then well; keeps what it took by id."""

    def __init__(self, moods: tuple[str, ...]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.moods = list(moods)
        self.times_taken: Counter[str] = Counter()
        self.tokens: set[str | None] = set()
        self.batches = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        mood = self.server.moods.pop(0) if self.server.moods else "take"
        lines = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))).splitlines()
        if mood in ("take", "take and hang up"):
            self.server.times_taken.update(json.loads(line)["id"] for line in lines)
            self.server.tokens.add(self.headers["Authorization"])
            self.server.batches += 1
        if mood != "take and hang up":
            self._answer(int(mood) if mood.isdecimal() else 200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server names it
        pass


@contextmanager
def _server(*moods: str) -> Iterator[_Server]:
    with _Server(moods) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _courier(url: str, capacity: int = 1000, batch_size: int = 10, linger_seconds: float = 0.05) -> Courier:
    return Courier(
        url, "secret", capacity=capacity, batch_size=batch_size, linger_seconds=linger_seconds, first_pause_seconds=0.02
    )


def _exchange(number: int) -> Exchange:
    return Exchange(method="GET", path=f"/{number}", id=f"id-{number}", time=1_780_000_000_000_000)


def test_every_exchange_arrives_although_the_server_is_flaky() -> None:
    """Refusals for now and lost answers lead to another attempt; a record sent twice has the same id."""
    with _server("503", "take and hang up", "429", "502") as server:
        courier = _courier(server.url)
        for number in range(95):
            courier(_exchange(number))
        courier.close(timeout_seconds=20)
    assert set(server.times_taken) == {f"id-{number}" for number in range(95)}
    assert set(server.times_taken.values()) == {1, 2}
    assert (courier.sent, courier.dropped, courier.refused) == (95, 0, 0)
    assert server.tokens == {"Bearer secret"}


def test_exchanges_travel_in_batches() -> None:
    """A hundred exchanges that come at once need ten requests, not a hundred."""
    with _server() as server:
        courier = _courier(server.url, linger_seconds=10)
        for number in range(100):
            courier(_exchange(number))
        courier.close(timeout_seconds=20)
    assert server.batches <= 11


def test_what_waits_is_sent_without_being_asked() -> None:
    """A batch that is not full leaves after the linger time."""
    with _server() as server:
        courier = _courier(server.url)
        courier(_exchange(1))
        deadline = time.monotonic() + 20
        while courier.sent == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert courier.sent == 1
        courier.close()


def test_a_full_queue_drops_and_counts_and_never_blocks() -> None:
    """With nobody at the other end, handing over stays fast and each exchange is accounted for."""
    courier = _courier(NOWHERE, capacity=50)
    started = time.monotonic()
    for number in range(2000):
        courier(_exchange(number))
    assert time.monotonic() - started < 5
    courier.close(timeout_seconds=0.2)
    assert courier.sent == 0
    assert courier.dropped == 2000


def test_close_gives_up_in_time() -> None:
    """A server that is not there does not hold up the end of the program."""
    courier = _courier(NOWHERE)
    courier(_exchange(1))
    started = time.monotonic()
    courier.close(timeout_seconds=0.3)
    assert time.monotonic() - started < 3
    assert courier.dropped == 1


def test_a_closed_courier_takes_nothing() -> None:
    """What comes after the end is counted as dropped."""
    courier = _courier(NOWHERE)
    courier.close()
    courier(_exchange(1))
    assert courier.dropped == 1


def test_what_the_server_refuses_for_good_is_counted_and_not_sent_again() -> None:
    """A wrong token or a redirect ends the batch; the next one is tried anew."""
    with _server("401", "302") as server:
        courier = _courier(server.url)
        for number in range(30):
            courier(_exchange(number))
        courier.close()
    assert (courier.refused, courier.sent) == (20, 10)
    assert sum(server.times_taken.values()) == 10
