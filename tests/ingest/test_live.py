"""Live intake: many senders at once, each told what became of its own, bounded, and nothing lost at the end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BrokenMachine, Overloaded
from apitrail.ingest.live import Intake, read_records
from apitrail.model.exchange import Exchange
from apitrail.store import Store
from traffic import DAY, NOON, agree, counts


def some(name: str, count: int, time: int = NOON) -> list[Exchange]:
    """Exchanges with ids of their own."""
    return [Exchange(id=f"{name}-{n}", time=time + n, method="GET", path="/", client_ip="203.0.113.7") for n in range(count)]


@pytest.fixture
def intake(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> Intake:
    """An intake that does not wait for company."""
    monkeypatch.setattr("apitrail.ingest.live.PAUSE_SECONDS", 0.01)
    return Intake(chdb_store, queue=1000)


def test_many_senders_at_once_are_each_told_their_own(chdb_store: Store, intake: Intake) -> None:
    """Deliveries that are written together still have their own counts, also when one of them is a repetition."""
    intake.take(some("again", 20))
    with ThreadPoolExecutor(16) as pool:
        fresh = [pool.submit(intake.take, some(f"s{n}", 10)) for n in range(30)]
        again = [pool.submit(intake.take, some("again", 20)) for _ in range(3)]
        assert [(f.result().stored, f.result().duplicates) for f in fresh] == [(10, 0)] * 30
        assert [(f.result().stored, f.result().duplicates) for f in again] == [(0, 20)] * 3
    intake.close()
    assert counts(chdb_store)["rows"] == counts(chdb_store)["ids"] == 320
    assert intake.stored == 320
    assert agree(chdb_store)


def test_what_was_offered_is_stored_before_the_end(chdb_store: Store, intake: Intake) -> None:
    """Closing writes what is waiting; after that nothing is taken, and it is said."""
    assert all(intake.offer(exchange) for exchange in some("x", 100))
    intake.close()
    assert counts(chdb_store)["rows"] == 100
    assert not intake.offer(some("y", 1)[0])
    assert intake.dropped == 1
    with pytest.raises(Overloaded):
        intake.take(some("y", 1))


def test_a_full_queue_says_no(chdb_store: Store, intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than the limit is refused at once, and the queue empties again."""
    go = threading.Event()
    write = chdb_store.write

    def slow(*args: object, **options: object) -> object:
        go.wait(10)
        return write(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(chdb_store, "write", slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(intake.take, some("a", 900))
        while intake.waiting < 900:
            pass
        with pytest.raises(Overloaded):
            intake.take(some("b", 200))
        assert not all(intake.offer(exchange) for exchange in some("c", 101))
        go.set()
        assert first.result(10).stored == 900
    intake.close()
    assert intake.waiting == 0


def test_a_failing_store_is_told_to_the_sender_and_the_next_one_is_served(
    chdb_store: Store, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error reaches who waits for it; the thread that commits goes on."""
    with monkeypatch.context() as patch:
        patch.setattr(chdb_store, "write", lambda *_a, **_k: (_ for _ in ()).throw(BrokenMachine("disk")))
        with pytest.raises(BrokenMachine, match="disk"):
            intake.take(some("a", 1))
    assert intake.take(some("a", 1)).stored == 1
    intake.close()


def test_rejected_records_are_told_by_their_line(chdb_dsn: str) -> None:
    """Too old or in the future: the receipt names the line of the delivery it belongs to."""
    with Store(chdb_dsn, retention_days=7) as store:
        intake = Intake(store)
        items = [*some("new", 1), *some("old", 1, NOON - 8 * DAY), *some("ahead", 1, NOON + 9000 * DAY)]
        receipt = intake.take(items, lines=(3, 5, 9))
        assert (receipt.stored, [reject.line for reject in receipt.rejects]) == (1, [5, 9])
        intake.close()


def test_the_same_body_gives_the_same_ids() -> None:
    """Records with a time are named by the body and their line; those without one happened now, each time anew."""
    dated = b'{"method":"GET","url":"/a","time":1780000000}\n' * 3
    one, other = read_records(dated)[0], read_records(dated)[0]
    assert [item.id for item in one] == [item.id for item in other]
    assert len({item.id for item in one}) == 3
    now = b'{"method":"GET","url":"/a"}'
    assert read_records(now)[0][0].id != read_records(now)[0][0].id


@given(st.binary(max_size=200) | st.text(st.sampled_from('{}[]":,\\ \n"method""url"0e9-.null'), max_size=80).map(str.encode))
def test_any_body_is_records_or_rejects(body: bytes) -> None:
    """Nothing in a body breaks the reading of it, and every line that is not blank is accounted for."""
    exchanges, lines, receipt = read_records(body)
    assert len(exchanges) == len(lines)
    assert receipt.read == len(exchanges) + receipt.rejected == sum(bool(line.strip()) for line in body.split(b"\n"))
