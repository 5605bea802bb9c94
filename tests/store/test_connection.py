"""Opening a store: both kinds of DSN, what cannot be opened, and what may be said about it."""

from __future__ import annotations

import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from apitrail.errors import BadQuestion, BrokenMachine, StoreFull, StoreLocked
from apitrail.model.exchange import Exchange
from apitrail.store import Store
from apitrail.store.connection import quote_name, safe_dsn, translate
from apitrail.store.store import as_time
from traffic import exchanges, save


@pytest.mark.parametrize("dsn", ["", "/tmp/x", "sqlite:///x", "http://127.0.0.1:8123", "chdb:/x"])
def test_a_dsn_of_no_known_kind_is_refused(dsn: str) -> None:
    """Anything but chdb:// and clickhouse:// is an error that shows how it should look."""
    with pytest.raises(BadQuestion, match="clickhouse://"):
        Store(dsn)


def test_a_store_stays_as_it_was_when_it_is_opened_again(dsn: str) -> None:
    """Migrations run once; traffic, records and the identity secret are still there."""
    with Store(dsn, retention_days=0) as store:
        save(store, exchanges(seed=1, count=10))
        secret = store.identity_secret()
        steps = len(store.records.history("migration"))
    with Store(dsn, retention_days=0) as store:
        assert store.ask("SELECT count() AS n FROM requests")["n"].to_pylist() == [10]
        assert store.identity_secret() == secret
        assert len(store.records.history("migration")) == steps


def test_each_store_has_a_secret_of_its_own(make_dsn: object, dsn: str) -> None:
    """Session ids of one store say nothing about another."""
    with Store(dsn) as store:
        one = store.identity_secret()
    with Store(make_dsn(dsn.partition(":")[0])) as store:  # type: ignore[operator]
        assert store.identity_secret() != one
        assert len(one) == 32


def test_a_second_process_is_told_that_the_store_is_in_use(chdb_store: Store) -> None:
    """One process owns a chDB path; another one gets StoreLocked, which names the way out."""
    code = f"from apitrail.store import Store\nStore({chdb_store.dsn!r})"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert other.returncode
    last = other.stderr.strip().splitlines()[-1]
    assert last.startswith(f"apitrail.errors.{StoreLocked.__name__}: ")
    assert chdb_store.dsn.removeprefix("chdb://") in last
    assert "--server" in last


def test_a_store_is_free_again_after_it_was_closed(chdb_dsn: str) -> None:
    """Closing lets go of the path."""
    Store(chdb_dsn).close()
    code = f"from apitrail.store import Store\nStore({chdb_dsn!r}).close()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_path_that_cannot_be_made_is_a_broken_machine(tmp_path: Path) -> None:
    """A file where the folder should be is said plainly."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokenMachine, match="file"):
        Store(f"chdb://{tmp_path}/file/store")


def test_a_server_that_is_not_there_is_a_broken_machine() -> None:
    """No connection is an error of ours with the DSN, and without the password."""
    with pytest.raises(BrokenMachine) as caught:
        Store("clickhouse://someone:hidden@127.0.0.1:9/db")
    assert "127.0.0.1" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_password_is_not_shown() -> None:
    """Messages carry the DSN without its password."""
    assert safe_dsn("clickhouse://u:p4ss@h:8123/db") == "clickhouse://u:***@h:8123/db"
    assert safe_dsn("chdb:///tmp/x") == "chdb:///tmp/x"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)", StoreFull),
        ("std::exception. Code: 1001, No space left on device", StoreFull),
        ("Code: 76. DB::Exception: Cannot lock file /x/status. Another server instance is already running", StoreLocked),
        ("Code: 241. DB::Exception: Memory limit exceeded", BrokenMachine),
    ],
)
def test_the_engines_errors_become_ours(text: str, kind: type[BrokenMachine]) -> None:
    """A full disk and a locked store are told apart from other faults."""
    assert type(translate(RuntimeError(text), "chdb:///x")) is kind


def test_a_question_that_is_no_sql_is_a_broken_machine(store: Store) -> None:
    """Engine errors never leave the store's room as they are."""
    with pytest.raises(BrokenMachine):
        store.ask("SELECT nothing FROM nowhere")


def test_many_threads_may_ask_at_once(store: Store) -> None:
    """More threads than connections wait for each other and all get their own answer."""
    with ThreadPoolExecutor(12) as pool:
        found = pool.map(lambda n: store.ask("SELECT {n:Int64} + sleep(0.01) AS n", {"n": n})["n"].to_pylist(), range(48))
        assert [value for (value,) in found] == list(range(48))


VALUES = ("", "'", '"', "\\", "\\'", "`", "{v0:String}", "%s", "a\0b", "tab\tline\nend\r", "😀", "\u2028", "x" * 200_000)


def test_a_bound_value_comes_back_as_it_went_in(store: Store) -> None:
    """No character of a value has a meaning in SQL."""
    for value in VALUES:
        bound = {"v0": value, "v1": [value, "x"]}
        found = store.ask("SELECT {v0:String} AS v, {v1:Array(String)} AS a", bound).to_pylist()
        assert found == [{"v": value, "a": [value, "x"]}]


def test_a_name_between_backticks_cannot_leave_them() -> None:
    """Database names are quoted."""
    assert quote_name("a`b\\c") == "`a\\`b\\\\c`"


def test_times_are_exact_to_the_microsecond() -> None:
    """A time in microseconds is the same moment as a datetime."""
    assert as_time(1_779_278_400_123_457).isoformat() == "2026-05-20T12:00:00.123457+00:00"


def _tmpfs(folder: Path) -> bool:
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True, check=False)
    return done.returncode == 0


def test_a_full_disk_is_said_and_what_was_acknowledged_stays(tmp_path: Path) -> None:
    """When there is no room left the write fails with StoreFull, and everything written before is still there."""
    if not _tmpfs(tmp_path):
        pytest.skip("a small file system can only be mounted by root")
    try:
        stored = _fill(f"chdb://{tmp_path}/store")
        assert stored
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def _fill(dsn: str) -> int:
    with Store(dsn, retention_days=0) as store:
        seeds = iter(range(200))
        stored: list[int] = []
        with pytest.raises(StoreFull, match="full"):
            stored.extend(save(store, _large(seed)).stored for seed in seeds)
        assert store.ask("SELECT count() AS n FROM requests")["n"].to_pylist()[0] >= sum(stored)
    return sum(stored)


def _large(seed: int) -> list[Exchange]:
    chance = random.Random(seed)
    items = exchanges(seed, count=500)
    for number, item in enumerate(items):
        item.id = f"{seed}-{number}"
        item.path = f"/{chance.randbytes(2000).hex()}"
    return items
