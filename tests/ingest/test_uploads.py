"""Files given to a running server: read one after the other, stopped, and refused where there is no room for them."""

from __future__ import annotations

import io
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apitrail.errors import StoreFull
from apitrail.ingest.uploads import DONE, KEPT, Upload, Uploads
from apitrail.store import Store
from serving import serving
from traffic import NOON, combined, exchanges, save

LINES = 200_000


def log(lines: int, *, host: str = "uploads") -> bytes:
    """A log of so many lines, one a second."""
    return "".join(f"{combined(n, NOON + n * 1_000_000, path=f'/{host}/{n}')}\n" for n in range(lines)).encode()


def until(told: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(1200):
        if told():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def done(upload: Upload) -> bool:
    """Whether reading has ended."""
    return upload.state == DONE


def stored(store: Store) -> int:
    """How many requests there are."""
    return int(store.rows("SELECT count() AS n FROM requests")[0]["n"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the copies of files lie."""
    place = tmp_path / "copies"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_a_stopped_file_goes_on_when_it_is_read_again(chdb_store: Store, folder: Path) -> None:
    """Stopped in the middle, what was read is stored; the same file again stores the rest, every line once."""
    uploads, content = Uploads(chdb_store), log(LINES)
    upload = uploads.begin("a.log", io.BytesIO(content))
    until(lambda: upload.lines > 0 or done(upload))
    uploads.stop(upload.id)
    until(lambda: done(upload))
    assert "stopped" in upload.problem
    first = stored(chdb_store)
    assert 0 < first < LINES
    again = uploads.begin("a.log", io.BytesIO(content))
    until(lambda: done(again))
    assert again.summary
    assert (again.problem, again.summary.stored, again.summary.duplicates) == ("", LINES - first, first)
    assert stored(chdb_store) == LINES
    assert list(folder.iterdir()) == []


def test_a_waiting_file_is_not_begun_when_it_is_stopped(chdb_store: Store) -> None:
    """What waits for its turn is not read at all; what is read stays as it is."""
    uploads = Uploads(chdb_store)
    first = uploads.begin("first.log", io.BytesIO(log(3000, host="first")))
    second = uploads.begin("second.log", io.BytesIO(log(3000, host="second")))
    uploads.stop(second.id)
    until(lambda: done(first) and done(second))
    assert stored(chdb_store) == 3000
    assert "stopped" in second.problem
    uploads.stop("no such one")


def test_a_full_disk_answered_500_and_left_a_folder(chdb_store: Store, folder: Path) -> None:
    """A file for whose copy there is no room is refused with the reason, and nothing of it is left."""

    class Full(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreFull, match="No space left"):
        Uploads(chdb_store).begin("a.log", Full())
    assert list(folder.iterdir()) == []


def test_many_at_once_are_all_read(chdb_store: Store) -> None:
    """Files that come at the same time are each read once, and only the newest are remembered."""
    uploads = Uploads(chdb_store)
    begun: list[Upload] = []

    def bring(at: int) -> None:
        begun.append(uploads.begin(f"{at}.log", io.BytesIO(log(2, host=f"many{at}"))))

    threads = [threading.Thread(target=bring, args=(at,)) for at in range(KEPT + 3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    until(lambda: all(map(done, begun)))
    assert stored(chdb_store) == 2 * (KEPT + 3)
    assert len(uploads.newest_first()) == KEPT
    assert {one.id for one in uploads.newest_first()} < {one.id for one in begun}


@pytest.mark.parametrize(("days", "said"), [(7, "Traffic stays for 7 days"), (1, "Traffic stays for 1 day,"), (0, "")])
def test_the_page_says_how_long_traffic_stays(chdb_store: Store, days: int, said: str) -> None:
    """S1.6: who brings traffic in reads before that how much of the earlier traffic the server keeps beside it."""
    save(chdb_store, exchanges(1, 3))
    with serving(chdb_store, retention_days=days) as served, served.client("analyst") as client:
        shown = client.get("/settings/traffic").text
    assert "From a file" in shown
    assert ("Traffic stays for" in shown) == bool(days)
    assert said in shown
