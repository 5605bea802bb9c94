"""What was answered since something was last written: going back, reloading or opening the next request asks much of it again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from apitrail.store.connection import Connections

ANSWER_BYTES = 1_000_000
"""An answer that is larger is not kept, nor one to a question that is written with more characters."""
KEPT_BYTES = 50_000_000
"""Answers that are kept, together; what was not asked for the longest time goes first."""


class Remembering:
    """Asks a store and keeps small answers until anything is written, so that no answer is older than the last write.

    That is known for an engine inside this process alone, the only writer; of a server every question is asked anew.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._answers: OrderedDict[str, pa.Table] = OrderedDict()
        self._bytes = 0
        self._writes = -1
        self._lock = threading.Lock()

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The same as a list of rows, which are the caller's own."""
        return list(self.ask(sql, values).to_pylist())

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer to a SELECT, which says nothing of the present moment."""
        if not self._connections.embedded:
            return self._connections.ask(sql, values)
        key, writes = f"{sql}\n{values!r}", self._connections.writes
        known = self._known(key, writes)
        if known is None:
            known = self._connections.ask(sql, values)
            self._keep(key, writes, known)
        return known

    def _known(self, key: str, writes: int) -> pa.Table | None:
        with self._lock:
            if writes != self._writes:
                self._answers.clear()
                self._bytes, self._writes = 0, writes
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def _keep(self, key: str, writes: int, answer: pa.Table) -> None:
        if len(key) > ANSWER_BYTES or answer.nbytes > ANSWER_BYTES:
            return
        with self._lock:
            if writes != self._writes or key in self._answers:
                return
            self._answers[key] = answer
            self._bytes += _size(key, answer)
            while self._bytes > KEPT_BYTES:
                self._bytes -= _size(*self._answers.popitem(last=False))


def _size(key: str, answer: pa.Table) -> int:
    return len(key) + int(answer.nbytes)
