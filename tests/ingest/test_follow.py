"""Following files as they grow: through rotation, truncation and late arrival, every line once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apitrail.ingest.files import Options, Summary, ingest_files
from apitrail.ingest.follow import follow_files
from apitrail.store import Store
from traffic import NOON, combined, counts, log

pytestmark = pytest.mark.rows("L1")


class Follower:
    """`follow_files` in a thread, which can be waited for and stopped."""

    def __init__(self, store: Store, *names: Path) -> None:
        self._store = store
        self._stop = threading.Event()
        self._summary: list[Summary] = []
        self._thread = threading.Thread(target=self._run, args=([str(name) for name in names],))
        self._thread.start()

    def _run(self, names: list[str]) -> None:
        self._summary.append(follow_files(self._store, names, Options(), stopped=self._stop.is_set))

    def wait(self, rows: int) -> None:
        """Wait until so many requests are stored, and see that it stays so."""
        deadline = time.monotonic() + 20
        while counts(self._store)["rows"] < rows:
            assert time.monotonic() < deadline, counts(self._store)
            assert self._thread.is_alive()
            time.sleep(0.01)
        time.sleep(0.05)
        assert counts(self._store)["rows"] == rows

    def stop(self) -> Summary:
        """End it; what it did."""
        self._stop.set()
        self._thread.join(20)
        return self._summary[0]


Follow = Callable[..., Follower]


@pytest.fixture
def follow(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Follow]:
    """Starts followers that look a hundred times a second, and ends them."""
    monkeypatch.setattr("apitrail.ingest.follow.POLL_SECONDS", 0.01)
    started: list[Follower] = []

    def start(*names: Path) -> Follower:
        started.append(Follower(chdb_store, *names))
        return started[-1]

    yield start
    for follower in started:
        follower.stop()


def append(file: Path, text: str) -> None:
    """Write at the end."""
    with file.open("a") as out:
        out.write(text)


def test_lines_are_stored_as_they_come(chdb_store: Store, follow: Follow, tmp_path: Path) -> None:
    """What is there is read, what is appended follows, and half a line waits for its end."""
    file = tmp_path / "a.log"
    file.write_text(log(10))
    follower = follow(file)
    follower.wait(10)
    line = combined(10, NOON + 10)
    append(file, line[:80])
    time.sleep(0.1)
    follower.wait(10)
    append(file, line[80:] + "\n" + log(5, first=11))
    follower.wait(16)
    summary = follower.stop()
    assert (summary.read, summary.stored, summary.duplicates, summary.rejected) == (16, 16, 0, 0)


def test_half_a_line_at_the_stop_is_left_for_the_next_time(chdb_store: Store, follow: Follow, tmp_path: Path) -> None:
    """Stopping in the middle of a line stores no half of it; started again, the whole line comes once."""
    file = tmp_path / "a.log"
    line = combined(10, NOON + 10)
    file.write_text(log(10) + line[:-5])
    first = follow(file)
    first.wait(10)
    first.stop()
    append(file, line[-5:] + "\n")
    second = follow(file)
    second.wait(11)
    assert second.stop().duplicates == 10


def test_following_and_reading_store_a_line_once(chdb_store: Store, follow: Follow, tmp_path: Path) -> None:
    """The ids are the same whether a file is followed in pieces or read as a whole."""
    file = tmp_path / "a.log"
    file.write_text("")
    follower = follow(file)
    for number in range(20):
        append(file, log(7, first=7 * number))
    follower.wait(140)
    follower.stop()
    summary = ingest_files(chdb_store, [str(file)])
    assert (summary.stored, summary.duplicates) == (0, 140)


def test_rotation_is_followed(chdb_store: Store, follow: Follow, tmp_path: Path) -> None:
    """When the file is renamed and a new one takes its name, neither the old one's last lines nor the new ones are lost."""
    file = tmp_path / "a.log"
    file.write_text(log(10))
    follower = follow(file)
    follower.wait(10)
    for round_ in range(3):
        append(file, log(3, first=100 * round_ + 50))
        file.replace(tmp_path / f"a.log.{round_}")
        append(tmp_path / f"a.log.{round_}", log(2, first=100 * round_ + 60))
        time.sleep(0.05)
        file.write_text(log(4, first=100 * round_ + 70))
        follower.wait(10 + 9 * (round_ + 1))
    follower.stop()
    assert counts(chdb_store) == {"rows": 37, "ids": 37, "sessions": 37, "minutes": 37}


def test_truncation_is_followed(chdb_store: Store, follow: Follow, tmp_path: Path) -> None:
    """When the file is cut to nothing and written anew (copytruncate), it is read from its start again."""
    file = tmp_path / "a.log"
    file.write_text(log(50))
    follower = follow(file)
    follower.wait(50)
    with file.open("r+") as out:
        out.truncate(0)
    time.sleep(0.1)
    append(file, log(5, first=200))
    follower.wait(55)


def test_a_file_that_comes_later_is_read(chdb_store: Store, follow: Follow, tmp_path: Path) -> None:
    """A name, or a match of a glob, that does not exist yet is waited for."""
    follower = follow(tmp_path / "late.log", tmp_path / "*.access")
    time.sleep(0.1)
    (tmp_path / "late.log").write_text(log(3))
    (tmp_path / "x.access").write_text(log(4, first=50))
    follower.wait(7)
