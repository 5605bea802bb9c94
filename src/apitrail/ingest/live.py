"""Live traffic into the store: many small deliveries become few writes, and a sender hears when it is too much.

One thread commits. What it takes at once is one batch, so that the engine gets parts of a useful size however many senders there
are; a sender that waits gets its answer when its records survive a crash.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from apitrail.configure.recipes import Recipes
from apitrail.errors import ApitrailError, Overloaded, RejectedLine
from apitrail.ingest.parse import inspector
from apitrail.inspect.attacks.matching import matcher
from apitrail.model.exchange import Exchange
from apitrail.sources import ndjson
from apitrail.sources.contract import Reject
from apitrail.store import Store, Written

PAUSE_SECONDS = 0.05
"""How long the committer collects before it writes, when a sender waits for it."""
IDLE_SECONDS = 1.0
"""How long it collects when nobody waits, so that little traffic costs few writes."""
BATCH_ROWS = 50_000
RECENT = 200
"""Exchanges that are kept in memory, never on disk, for trying out session parameters on them (S1.8)."""
RECENT_BYTES = 65_536
"""Bytes of the bodies of an exchange that is kept so."""


@dataclass(slots=True)
class Receipt:
    """What became of a delivery; `rejects` names the lines that were not stored and why."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejects: list[Reject] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many lines were not stored."""
        return len(self.rejects)


@dataclass(slots=True)
class _Delivery:
    exchanges: Sequence[Exchange]
    lines: Sequence[int]
    receipt: Receipt
    done: Future[Receipt]
    patient: bool = False


class Intake:
    """Takes exchanges from any thread and stores them; bounded by `queue` waiting exchanges."""

    def __init__(self, store: Store, *, queue: int = 50_000, geo_file: str = "") -> None:
        self._store = store
        self.recipes = Recipes(store, geo_file)
        self.recent: deque[Exchange] = deque(maxlen=RECENT)
        self._limit = queue
        self._waiting: list[_Delivery] = []
        self._size = 0
        self._wake = threading.Condition()
        self._open = True
        self.dropped = 0
        self.stored = 0
        self._thread = threading.Thread(target=self._work, name="apitrail-intake", daemon=True)
        self._thread.start()

    def take(self, exchanges: Sequence[Exchange], receipt: Receipt | None = None, lines: Sequence[int] = ()) -> Receipt:
        """Store exchanges and come back when they are safe; Overloaded when too many are waiting already."""
        delivery = _Delivery(exchanges, lines or range(1, len(exchanges) + 1), receipt or Receipt(), Future())
        if not self._enqueue(delivery):
            raise Overloaded(f"{self._size} exchanges are waiting for the store; send again later")
        return delivery.done.result()

    def offer(self, exchange: Exchange) -> bool:
        """Store an exchange later, without waiting; False, and counted as dropped, when too many are waiting."""
        taken = self._enqueue(_Delivery((exchange,), (1,), Receipt(), Future(), patient=True))
        self.dropped += not taken
        return taken

    @property
    def waiting(self) -> int:
        """How many exchanges wait for the store."""
        return self._size

    def close(self) -> None:
        """Store what is waiting, then stop."""
        with self._wake:
            self._open = False
            self._wake.notify()
        self._thread.join()

    def _enqueue(self, delivery: _Delivery) -> bool:
        with self._wake:
            if not self._open or (self._size and self._size + len(delivery.exchanges) > self._limit):
                return False
            self._waiting.append(delivery)
            self._size += len(delivery.exchanges)
            self._wake.notify()
        return True

    def _work(self) -> None:
        with contextlib.suppress(Exception):  # what is wrong with it, the first sender hears
            matcher()  # takes seconds on a new machine, which the first sender need not wait for
        while True:
            with self._wake:
                while self._open and not self._waiting:
                    self._wake.wait()
                if not self._waiting:
                    return
            self._collect()
            self._commit(self._next_batch())

    def _collect(self) -> None:
        """Wait for company: a moment when somebody waits for an answer, longer when nobody does."""
        time.sleep(PAUSE_SECONDS if self._open else 0)
        with self._wake:
            patient = self._open and all(delivery.patient for delivery in self._waiting)
            if patient:
                self._wake.wait_for(lambda: not self._open or not self._waiting[-1].patient, IDLE_SECONDS)

    def _next_batch(self) -> list[_Delivery]:
        batch: list[_Delivery] = []
        rows = 0
        with self._wake:
            while self._waiting and (not batch or rows + len(self._waiting[0].exchanges) <= BATCH_ROWS):
                batch.append(self._waiting.pop(0))
                rows += len(batch[-1].exchanges)
        return batch

    def _commit(self, batch: list[_Delivery]) -> None:
        try:
            self._store_all(batch)
        except ApitrailError as error:
            for delivery in batch:
                delivery.done.set_exception(error)
        except Exception as error:  # noqa: BLE001 - one broken delivery must not end the thread that serves all others
            for delivery in batch:
                delivery.done.set_exception(error)
        finally:
            with self._wake:
                self._size -= sum(len(delivery.exchanges) for delivery in batch)

    def _store_all(self, batch: list[_Delivery]) -> None:
        exchanges = [exchange for delivery in batch for exchange in delivery.exchanges]
        self.recent.extend(exchange for exchange in exchanges[-RECENT:] if _is_small(exchange))
        rows = inspector(self.recipes.current()).rows(exchanges)
        written = self._store.write(rows, check=True)
        self.stored += written.stored
        _tell(batch, rows["request_id"].to_pylist(), written)
        for delivery in batch:
            delivery.done.set_result(delivery.receipt)


def _is_small(exchange: Exchange) -> bool:
    return len(exchange.body) + len(exchange.response_body) <= RECENT_BYTES


EXPIRED = "older than the retention"
FUTURE = "in the future by more than 5 minutes"


def _tell(batch: list[_Delivery], ids: list[str], written: Written) -> None:
    """Write into each delivery's receipt what became of its own exchanges; of an id that came twice the first was stored."""
    refused = dict.fromkeys(written.expired, EXPIRED) | dict.fromkeys(written.future, FUTURE)
    fresh = set(written.ids.to_pylist() if written.ids is not None else ())
    owners = ((delivery.receipt, line) for delivery in batch for line in delivery.lines)
    for at, (request_id, (receipt, line)) in enumerate(zip(ids, owners, strict=True)):
        if at in refused:
            receipt.rejects.append(Reject(line, refused[at], ""))
        elif request_id in fresh:
            fresh.discard(request_id)
            receipt.stored += 1
        else:
            receipt.duplicates += 1


def read_records(body: bytes) -> tuple[list[Exchange], list[int], Receipt]:
    """The exchanges of an NDJSON body with their lines, and a receipt that already holds what could not be read.

    A record without an id gets one: made of the body and its line when it has a time of its own, so that the same body sent again
    stores nothing twice; at random when it has none, because then it happened now.
    """
    parse = ndjson.NDJSON.start(())
    name = hashlib.blake2b(body, digest_size=12).hexdigest()
    now = time.time_ns() // 1000
    exchanges, lines, receipt = [], [], Receipt()
    for number, raw in enumerate(body.split(b"\n"), 1):
        if not raw.strip():
            continue
        receipt.read += 1
        try:
            exchange = parse(raw.decode("utf-8", "surrogateescape"))
        except RejectedLine as error:
            receipt.rejects.append(Reject(number, str(error), raw[:500].decode("utf-8", "replace")))
            continue
        if exchange is not None:
            _complete(exchange, f"{name}{number:x}", now)
            exchanges.append(exchange)
            lines.append(number)
    return exchanges, lines, receipt


def _complete(exchange: Exchange, name: str, now: int) -> None:
    exchange.id = exchange.id or (name if exchange.time else secrets.token_hex(12))
    exchange.time = exchange.time or now
