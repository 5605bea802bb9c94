"""Writing: every exchange exactly once, rollups that agree, and the retention (S1.6), in each engine."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BrokenMachine
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange
from apitrail.store import Store
from apitrail.store.write import RETRY_MICROSECONDS
from engines import ENGINES, shared
from traffic import DAY, HOUR, MINUTE, NOON, SECOND, agree, counts, exchanges, save

TODAY = NOON // DAY * DAY


def one(id: str, time: int = NOON, path: str = "/") -> Exchange:  # noqa: A002
    """A small exchange."""
    return Exchange(id=id, time=time, method="GET", path=path, client_ip="203.0.113.7")


def ids(store: Store) -> list[str]:
    """The ids of all stored requests."""
    return store.ask("SELECT request_id AS id FROM requests ORDER BY id")["id"].to_pylist()


def days(store: Store, table: str) -> list[str]:
    """The days that a table has rows of."""
    found = store.ask(f"SELECT DISTINCT toString(day) AS d FROM {table} ORDER BY d")
    return found["d"].to_pylist() if len(found) else []


def test_a_batch_is_stored_with_its_rollups(store: Store) -> None:
    """What was written is there, and the sessions and minutes made by the engine say the same."""
    written = save(store, exchanges(seed=1))
    assert (written.stored, written.duplicates, written.expired, written.future) == (600, 0, (), ())
    assert counts(store) == {"rows": 600, "ids": 600, "sessions": 600, "minutes": 600}
    assert agree(store)


def test_the_same_token_again_stores_nothing(store: Store) -> None:
    """A batch whose token is known adds only what is missing, also when it has grown since."""
    items = exchanges(seed=2)
    save(store, items[:400], token="block")
    again = save(store, items[:400], token="block")
    grown = save(store, items, token="block")
    assert (again.stored, again.duplicates) == (0, 400)
    assert (grown.stored, grown.duplicates) == (200, 400)
    assert counts(store)["rows"] == 600
    assert agree(store)


def test_equal_records_under_different_ids_are_both_kept(store: Store) -> None:
    """Two identical requests are two requests; only the id says that one is a repetition."""
    save(store, [one("a"), one("b")], token="block")
    assert ids(store) == ["a", "b"]


def test_an_id_twice_in_one_batch_is_stored_once(store: Store) -> None:
    """The first record of an id counts, within a batch too."""
    written = save(store, [one("a", path="/first"), one("b"), one("a", path="/second")], check=True)
    assert (written.stored, written.duplicates) == (2, 1)
    assert store.ask("SELECT path FROM requests WHERE request_id = 'a'")["path"].to_pylist() == ["/first"]


@pytest.mark.parametrize("count", [5, 2500])
def test_ids_from_outside_are_compared_without_a_token(store: Store, count: int) -> None:
    """With `check`, records that came before under another batch are recognised, few or many of them."""
    items = exchanges(seed=3, count=count)
    save(store, items, check=True)
    again = save(store, items[::-1], check=True)
    assert (again.stored, again.duplicates) == (0, count)


def test_a_retry_within_the_hour_is_recognised_though_it_is_dated_anew(store: Store) -> None:
    """A record without a time is dated at arrival; the same id a little later is the same record."""
    save(store, [one("a")], check=True)
    assert save(store, [one("a", NOON + RETRY_MICROSECONDS - SECOND)], check=True).duplicates == 1
    assert save(store, [one("a", NOON + RETRY_MICROSECONDS + SECOND)], check=True).stored == 1


def test_the_first_hours_of_1970_are_times_like_others(store: Store) -> None:
    """Looking an hour back from the beginning of time does not wrap around."""
    for moment in (1, MINUTE, HOUR + 1, DAY):
        save(store, [one(f"at {moment}", moment)], check=True)
        assert save(store, [one(f"at {moment}", moment)], check=True).duplicates == 1
    assert agree(store)


@pytest.mark.parametrize("engine", ENGINES)
@shared(6)
@given(data=st.data())
def test_the_order_of_batches_and_repetitions_do_not_matter(
    make_dsn: Callable[[str], str], engine: str, data: st.DataObject
) -> None:
    """However the same exchanges are cut, ordered and repeated, the store ends up the same."""
    items = exchanges(seed=4, count=60)
    cuts = sorted(data.draw(st.sets(st.integers(1, 59), max_size=4)))
    pieces = [items[low:high] for low, high in zip([0, *cuts], [*cuts, 60], strict=True)]
    order = data.draw(st.permutations(pieces + pieces[:2]))
    with Store(make_dsn(engine), retention_days=0) as store:
        for piece in order:
            save(store, piece, check=True)
        assert ids(store) == sorted(item.id for item in items)
        assert agree(store)


def test_a_batch_cut_off_after_its_rows_is_mended(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between rows and rollups is repaired when the store is opened: the rollups are made again from the rows."""
    monkeypatch.setattr("apitrail.store.write.MEND_AFTER_SECONDS", 0)
    with Store(dsn, retention_days=0) as store:
        save(store, exchanges(seed=5), token="block")
        _crash_after_insert(store, monkeypatch, "another")
        store._connections.command("TRUNCATE TABLE sessions")
        store._connections.command("TRUNCATE TABLE minutes")
        assert not agree(store)
    with Store(dsn, retention_days=0) as store:
        assert counts(store)["rows"] == 700
        days_torn = {item.time // DAY for item in exchanges(seed=6, count=100)}
        assert {item.time // DAY for item in exchanges(seed=5)} <= days_torn
        assert agree(store)
        again = store.write(_distinct(store), token="another")
        assert (again.stored, again.duplicates) == (0, 100)


def _distinct(store: Store) -> object:
    items = exchanges(seed=6, count=100)
    for item in items:
        item.id = f"other-{item.id}"
    return Inspector(Recipe(store.identity_secret())).rows(items)


def _crash_after_insert(store: Store, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    """Write a batch whose process dies before it can say that it is done."""
    writer, log = store._writer, store._writer._log

    def dies(*entries: tuple[str, str, list[dt.date]]) -> None:
        if not entries:
            raise BrokenMachine("killed")
        log(*entries)

    with monkeypatch.context() as patch:
        patch.setattr(writer, "_log", dies)
        rows = _distinct(store)
        with pytest.raises(BrokenMachine):
            store.write(rows, token=token)


def test_a_failed_write_is_mended_before_the_next_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the engine breaks in the middle of a batch, the same process repairs it with the next batch."""
    _crash_after_insert(store, monkeypatch, "torn")
    store._connections.command("TRUNCATE TABLE sessions")
    save(store, [one("after")])
    assert counts(store)["rows"] == 101
    assert agree(store)


@pytest.mark.rows("S1.6")
def test_a_time_in_the_future_is_rejected(store: Store) -> None:
    """More than five minutes ahead is a wrong clock; its position in the batch is told, the rest goes in (S1.6)."""
    now = time.time_ns() // 1000
    written = save(
        store,
        [one("past", now - DAY), one("ahead", now + 6 * MINUTE), one("soon", now + 4 * MINUTE), one("far", now + 900 * DAY)],
    )
    assert (written.stored, written.future, written.expired) == (2, (1, 3), ())
    assert ids(store) == ["past", "soon"]


def test_a_wrong_clock_does_not_empty_the_store(dsn: str) -> None:
    """A rejected future time does not move the retention."""
    now = time.time_ns() // 1000
    with Store(dsn, retention_days=7) as store:
        save(store, [one("old", now - 6 * DAY), one("ahead", now + 30 * DAY)])
        save(store, [one("new", now - 5 * DAY)])
        assert ids(store) == ["new", "old"]


@pytest.mark.rows("S1.6")
def test_retention_counts_back_from_the_newest_exchange(dsn: str) -> None:
    """An old log is kept as it is: what is rejected is older than seven days before its own newest line (S1.6)."""
    with Store(dsn, retention_days=7) as store:
        written = save(store, [one("edge", NOON - 7 * DAY), one("older", NOON - 7 * DAY - 1), one("newest", NOON)])
        assert (written.stored, written.expired) == (2, (1,))
        assert ids(store) == ["edge", "newest"]


def test_a_newer_exchange_drops_the_days_that_are_past(dsn: str) -> None:
    """When time moves on, whole days leave the rows and the rollups; a day that is partly within stays."""
    with Store(dsn, retention_days=7) as store:
        save(store, [one(f"day-{n}", TODAY + n * DAY + HOUR) for n in range(4)])
        save(store, [one("week-later", TODAY + 9 * DAY + 2 * HOUR)])
        for table in ("requests", "sessions", "minutes"):
            assert days(store, table) == ["2026-05-22", "2026-05-23", "2026-05-29"]
        assert agree(store)
        assert store.newest() == TODAY + 9 * DAY + 2 * HOUR


def test_a_retention_of_zero_keeps_everything(dsn: str) -> None:
    """0 switches the retention off."""
    with Store(dsn, retention_days=0) as store:
        written = save(store, [one("ancient", DAY), one("newest", NOON)])
        assert (written.stored, written.expired, store.expire()) == (2, (), 0)


def test_a_shorter_retention_takes_effect_on_what_is_stored(dsn: str) -> None:
    """Opened with fewer days, `expire` drops what is past and says how much that was."""
    with Store(dsn, retention_days=0) as store:
        save(store, [one("a", NOON - 20 * DAY), one("b", NOON - 20 * DAY + 1), one("c", NOON)])
    with Store(dsn, retention_days=7) as store:
        assert store.expire() == 2
        assert ids(store) == ["c"]
        assert agree(store)


def test_an_empty_batch_is_no_trouble(store: Store) -> None:
    """Nothing written is nothing stored."""
    assert save(store, []).stored == 0
    assert store.newest() == 0


def test_random_batches_of_many_days_agree(store: Store) -> None:
    """Over many small batches in random order, with repetitions, the rollups keep agreeing with the rows."""
    items = exchanges(seed=8, count=400, days=6)
    chance = random.Random(8)
    for _ in range(12):
        save(store, chance.sample(items, 80), token=f"batch-{chance.random()}", check=True)
    assert counts(store)["rows"] == counts(store)["ids"] == counts(store)["sessions"] == counts(store)["minutes"]
    assert agree(store)
