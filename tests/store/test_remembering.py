"""Answers are remembered until something is written: never older than that, never more than fit, never of a shared server."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest

from apitrail.store import Store
from apitrail.store.connection import Connections
from apitrail.store.remembering import ANSWER_BYTES, KEPT_BYTES, Remembering

SQL = "SELECT count() AS n FROM records WHERE kind = {kind:String}"


class Counting:
    """Connections that count what they are asked, and answer with so many bytes."""

    def __init__(self, *, embedded: bool = True) -> None:
        self.embedded, self.writes, self.asked, self.size = embedded, 0, 0, 8

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """How many questions there were so far, as many times as it takes."""
        self.asked += 1
        return pa.table({"n": pa.array([self.asked] * (self.size // 8), pa.int64())})


def remembering(counting: Any) -> Remembering:
    """What remembers the answers of counting connections."""
    return Remembering(counting)


def test_the_same_question_is_asked_once_until_something_is_written() -> None:
    """Asked again, a question has its first answer; other values, or a write, have it asked anew."""
    counting = Counting()
    asking = remembering(counting)
    assert [asking.ask(SQL, {"kind": "a"})["n"][0].as_py() for _ in range(3)] == [1, 1, 1]
    assert asking.rows(SQL, {"kind": "b"}) == [{"n": 2}]
    counting.writes += 1
    assert asking.rows(SQL, {"kind": "a"}) == [{"n": 3}]


def test_rows_of_a_remembered_answer_are_the_callers_own() -> None:
    """Changing rows changes nothing for who asks next."""
    asking = remembering(Counting())
    asking.rows(SQL)[0]["n"] = 7
    assert asking.rows(SQL) == [{"n": 1}]


def test_a_server_is_asked_every_time() -> None:
    """Others may write to a server, so nothing of it is remembered."""
    counting = Counting(embedded=False)
    asking = remembering(counting)
    assert [asking.rows(SQL)[0]["n"] for _ in range(3)] == [1, 2, 3]


def test_large_answers_are_not_kept_and_old_ones_go() -> None:
    """Memory is bounded: neither a large answer nor a long question is kept, and what was asked long ago makes room."""
    counting = Counting()
    asking = remembering(counting)
    counting.size = ANSWER_BYTES + 8
    assert asking.ask(SQL)["n"][0].as_py() != asking.ask(SQL)["n"][0].as_py()
    counting.size = 8
    long = f"{SQL} -- {'x' * ANSWER_BYTES}"
    assert asking.rows(long) != asking.rows(long)
    counting.size = ANSWER_BYTES
    for at in range(2 * KEPT_BYTES // ANSWER_BYTES):
        asking.ask(SQL, {"kind": str(at)})
    before = counting.asked
    asking.ask(SQL, {"kind": str(at)})
    assert counting.asked == before
    asking.ask(SQL, {"kind": "0"})
    assert counting.asked == before + 1


def test_an_answer_begun_before_a_write_is_not_kept_after_it() -> None:
    """A slow question whose answer comes when something was written meanwhile is asked anew by the next one."""
    counting = Counting()
    asking = remembering(counting)
    answer = counting.ask

    def slow(sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        counting.ask = answer  # type: ignore[method-assign]
        counting.writes += 1
        asking.rows("SELECT 1 AS n")
        return answer(sql, values)

    counting.ask = slow  # type: ignore[method-assign]
    asking.rows(SQL)
    before = counting.asked
    asking.rows(SQL)
    assert counting.asked == before + 1


@pytest.mark.parametrize("seed", range(3))
def test_nobody_reads_what_was_true_before_an_acknowledged_write(store: Store, seed: int) -> None:
    """While others ask the same all the time, who has written reads it at once."""
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            store.rows(SQL, {"kind": "seen"})

    others = [threading.Thread(target=ask) for _ in range(3)]
    for other in others:
        other.start()
    try:
        rng = random.Random(seed)
        for at in range(15):
            store.records.append("seen", str(at), rng.choice("abc"), "ann")
            assert store.rows(SQL, {"kind": "seen"}) == [{"n": at + 1}]
    finally:
        stop.set()
        for other in others:
            other.join()


def test_a_failed_write_counts_too(chdb_dsn: str) -> None:
    """What failed may have changed something before it did."""
    connections = Connections(chdb_dsn)
    try:
        before = connections.writes
        with pytest.raises(Exception, match="no_such"):
            connections.command("DROP TABLE no_such")
        assert connections.writes > before
    finally:
        connections.close()
