"""Brings exchanges from an application to an apitrail server, with nothing but the standard library."""

from __future__ import annotations

import atexit
import gzip
import http.client
import logging
import queue
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

from apitrail.model.exchange import Exchange
from apitrail.model.record import encode

UNREACHABLE = 0
"""Stands for a status when no answer came."""
TRY_AGAIN = frozenset({UNREACHABLE, 429, 502, 503, 504})
"""Answers after which the same batch is sent again."""
LONGEST_PAUSE_SECONDS = 30.0
BATCH_BYTES = 4_000_000
"""A batch is closed when its records, before compression, come to this size."""

log = logging.getLogger(__name__)


class Courier:
    """A bounded queue and a background thread that posts what is in it to `{server}/api/v1/ingest`.

    Call it with an exchange: that takes microseconds and never blocks. When the queue is full the exchange is dropped
    and counted in `dropped`. A batch is sent again until the server takes it; every record has an id, so the server
    stores it once however often it comes. What the server refuses for good is counted in `refused`.
    """

    def __init__(
        self,
        server: str,
        token: str,
        *,
        capacity: int = 10_000,
        batch_size: int = 500,
        linger_seconds: float = 1.0,
        timeout_seconds: float = 10.0,
        first_pause_seconds: float = 0.5,
    ) -> None:
        self.url = f"{server.rstrip('/')}/api/v1/ingest"
        self.sent = 0
        self.dropped = 0
        self.refused = 0
        self._headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": "gzip",
        }
        self._opener = urllib.request.build_opener(_Straight)
        self._batch_size = batch_size
        self._linger_seconds = linger_seconds
        self._timeout_seconds = timeout_seconds
        self._first_pause_seconds = first_pause_seconds
        self._queue: queue.Queue[Exchange] = queue.Queue(capacity)
        self._closing = threading.Event()
        self._deadline = float("inf")
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def __call__(self, exchange: Exchange) -> None:
        """Take an exchange along, or drop it when there is no room or the courier is closed."""
        if self._closing.is_set():
            self.dropped += 1
            return
        # The thread starts with the first exchange, not before: servers fork their workers after import.
        if self._thread is None:
            self._start()
        try:
            self._queue.put_nowait(exchange)
        except queue.Full:
            self.dropped += 1

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Send what is waiting and stop; what the server did not take within the time is dropped and counted."""
        self._deadline = time.monotonic() + timeout_seconds
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout_seconds + self._timeout_seconds)
            atexit.unregister(self.close)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="apitrail-courier", daemon=True)
                thread.start()
                self._thread = thread
                atexit.register(self.close)

    def _run(self) -> None:
        while not (self._closing.is_set() and self._queue.empty()):
            lines = [line for line in self._batch() if line]
            if lines:
                self._deliver(lines)

    def _batch(self) -> Iterator[bytes]:
        size = 0
        closes_at = time.monotonic() + self._linger_seconds
        for _ in range(self._batch_size):
            try:
                line = self._encode(self._queue.get(timeout=self._patience_seconds(closes_at)))
            except queue.Empty:
                return
            yield line
            size += len(line)
            if size >= BATCH_BYTES:
                return

    def _patience_seconds(self, closes_at: float) -> float:
        return 0.001 if self._closing.is_set() else max(closes_at - time.monotonic(), 0.001)

    def _encode(self, exchange: Exchange) -> bytes:
        # Written once and sent as often as it takes: with an id from here even an exchange without one is stored once.
        exchange.id = exchange.id or uuid.uuid4().hex
        try:
            return encode(exchange)
        except Exception:
            # One odd exchange must not end the thread.
            log.warning("an exchange could not be written as a record", exc_info=True)
            self.refused += 1
            return b""

    def _deliver(self, lines: list[bytes]) -> None:
        body = gzip.compress(b"".join(lines), compresslevel=3)
        pause = self._first_pause_seconds
        while True:
            status, retry_after = self._post(body)
            if status not in TRY_AGAIN:
                return self._settle(status, len(lines))
            if not self._rest(max(retry_after, pause * random.uniform(0.5, 1.0))):  # noqa: S311 - spreads retries
                self.dropped += len(lines)
                return None
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _settle(self, status: int, records: int) -> None:
        if 200 <= status < 300:
            self.sent += records
        else:
            self.refused += records
            log.warning("%s refused %d records with status %d", self.url, records, status)

    def _rest(self, seconds: float) -> bool:
        """Wait before the next attempt, cut short by close(); False when there is no time for another one."""
        if not self._closing.wait(seconds):
            return True
        left = self._deadline - time.monotonic()
        time.sleep(max(min(self._first_pause_seconds, left), 0.0))
        return left > self._first_pause_seconds

    def _post(self, body: bytes) -> tuple[int, float]:
        request = urllib.request.Request(self.url, data=body, method="POST", headers=self._headers)  # noqa: S310 - the address is configured
        try:
            with self._opener.open(request, timeout=self._timeout_seconds) as answer:
                return answer.status, 0.0
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, _seconds(answer.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException):
            return UNREACHABLE, 0.0


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: urllib would turn the POST into a GET and lose the batch without a word."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _seconds(retry_after: str | None) -> float:
    return min(float(retry_after), LONGEST_PAUSE_SECONDS) if retry_after and retry_after.isdecimal() else 0.0
