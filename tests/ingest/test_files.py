"""Files into the store: what can be read is stored once, what cannot is said, whatever the file is called or packed like."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from apitrail.ingest.files import Options, Summary, ingest_files
from apitrail.sources.contract import Reject
from apitrail.store import Store
from traffic import DAY, HOUR, NOON, agree, combined, counts, log

LOG = log(500)


def read(store: Store, *files: Path | str, **options: object) -> tuple[Summary, list[tuple[int, str]]]:
    """Read files; the summary, and the rejected lines with their reasons."""
    rejects: list[tuple[int, str]] = []

    def note(_file: str, reject: Reject) -> None:
        rejects.append((reject.line, reject.reason))

    return ingest_files(store, [str(file) for file in files], Options(rejected=note, **options)), rejects  # type: ignore[arg-type]


def shown(summary: Summary) -> tuple[int, int, int, int]:
    """Read, stored, duplicates, rejected; they add up."""
    assert summary.read == summary.stored + summary.duplicates + summary.rejected
    return summary.read, summary.stored, summary.duplicates, summary.rejected


PACKS: dict[str, Callable[[bytes], bytes]] = {"log": bytes, "gz": gzip.compress, "bz2": bz2.compress, "zst": zstd.compress}


def test_a_log_is_stored_once(store: Store, tmp_path: Path) -> None:
    """Every line is one request; the same file again stores nothing, in each engine."""
    file = tmp_path / "access.log"
    file.write_text(LOG)
    assert shown(read(store, file)[0]) == (500, 500, 0, 0)
    summary, rejects = read(store, file)
    assert (shown(summary), rejects, summary.format) == ((500, 0, 500, 0), [], "combined")
    assert counts(store) == {"rows": 500, "ids": 500, "sessions": 500, "minutes": 500}
    assert agree(store)


def test_the_same_lines_renamed_packed_and_grown_store_only_what_is_new(chdb_store: Store, tmp_path: Path) -> None:
    """Neither the name nor the compression makes a line new; what was appended is."""
    for number, (ending, pack) in enumerate(PACKS.items()):
        (tmp_path / f"{number}.{ending}").write_bytes(pack(LOG.encode()))
        assert shown(read(chdb_store, tmp_path / f"{number}.{ending}")[0])[1] == (500 if number == 0 else 0)
    grown = tmp_path / "grown.gz"
    grown.write_bytes(gzip.compress((LOG + log(50, first=500)).encode()))
    assert shown(read(chdb_store, grown)[0]) == (550, 50, 500, 0)
    assert counts(chdb_store)["rows"] == 550


def test_identical_lines_are_all_kept(chdb_store: Store, tmp_path: Path) -> None:
    """A client that asks the same thing twice within a second made two requests."""
    line = combined(1, NOON) + "\n"
    (tmp_path / "a.log").write_text(line * 10)
    assert shown(read(chdb_store, tmp_path / "a.log")[0]) == (10, 10, 0, 0)
    (tmp_path / "a.log").write_text(line * 15)
    assert shown(read(chdb_store, tmp_path / "a.log")[0]) == (15, 5, 10, 0)


def test_two_nodes_with_equal_logs_are_told_apart_by_their_label(chdb_store: Store, tmp_path: Path) -> None:
    """With --source the same text is the traffic of another node."""
    (tmp_path / "a.log").write_text(LOG)
    assert shown(read(chdb_store, tmp_path / "a.log", source="node-1")[0])[1] == 500
    assert shown(read(chdb_store, tmp_path / "a.log", source="node-2")[0])[1] == 500
    assert shown(read(chdb_store, tmp_path / "a.log", source="node-2")[0])[1] == 0


@pytest.mark.parametrize("ending", ["gz", "bz2", "zst"])
def test_a_file_that_was_cut_off_gives_what_can_be_read(chdb_store: Store, tmp_path: Path, ending: str) -> None:
    """What comes before the damage is stored, the damage is said; the whole file later adds the rest, each line once."""
    content = "".join(combined(n, NOON + n * 1_000_000, agent=f"agent {n * 7919 % 10007}") + "\n" for n in range(20_000))
    packed = PACKS[ending](content.encode())
    file = tmp_path / f"access.log.{ending}"
    file.write_bytes(packed[: len(packed) * 2 // 3])
    summary, _ = read(chdb_store, file)
    assert len(summary.failures) == 1
    assert "broken" in summary.failures[0]
    assert 0 < summary.stored < 20_000
    file.write_bytes(packed)
    summary, _ = read(chdb_store, file)
    assert summary.failures == []
    assert counts(chdb_store)["rows"] - summary.rejected >= 20_000
    assert counts(chdb_store)["rows"] == counts(chdb_store)["ids"]


def test_each_file_that_cannot_be_read_is_said_and_the_others_go_in(chdb_store: Store, tmp_path: Path) -> None:
    """An empty file, a directory, a missing file, a binary one: each has its own message."""
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 100)
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    (tmp_path / "good.log").write_text(LOG)
    names = ("empty.log", "folder", "missing.log", "binary", "broken.gz", "good.log")
    summary, _ = read(chdb_store, *(tmp_path / name for name in names))
    reasons = {Path(failure.split(": ")[0]).name: failure for failure in summary.failures}
    assert shown(summary)[:2] == (500, 500)
    assert set(reasons) == set(names) - {"good.log"}
    assert "empty" in reasons["empty.log"]
    assert "directory" in reasons["folder"]
    assert "No such file" in reasons["missing.log"]
    assert "--format" in reasons["binary"]
    assert "decompressed" in reasons["broken.gz"]


def test_a_file_without_permission_is_said(chdb_store: Store, tmp_path: Path) -> None:
    """An unreadable file is named with the reason of the system."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    file = tmp_path / "a.log"
    file.write_text(LOG)
    file.chmod(0)
    assert "Permission denied" in read(chdb_store, file)[0].failures[0]


def test_lines_that_do_not_parse_are_named_and_the_rest_stored(chdb_store: Store, tmp_path: Path) -> None:
    """NUL bytes, wrong encodings, garbage, impossible dates, a 10 MB line: each is rejected with its number or stored readably."""
    good = [combined(n, NOON + n).encode() for n in range(6)]
    lines = [
        good[0], b"total garbage", good[1], b"\0\0\0", combined(9, NOON, path="/caf\xe9").encode("latin-1"), b"\xff\xfe" + "utf-16".encode("utf-16-le"),
        good[2].replace(b"20/May/2026", b"32/May/2026"), b"x" * (10 << 20), good[3], combined(10, NOON, path="/nul\0byte").encode(), b"", good[4] + b"\r",
    ]  # fmt: skip
    (tmp_path / "a.log").write_bytes(b"\n".join(lines))
    summary, rejects = read(chdb_store, tmp_path / "a.log")
    numbers = sorted(line for line, _ in rejects)
    assert numbers == [2, 4, 6, 7, 8]
    assert all(reason for _, reason in rejects)
    assert "longer than" in dict(rejects)[8]
    assert shown(summary) == (11, 6, 0, 5)
    assert shown(read(chdb_store, tmp_path / "a.log")[0]) == (11, 0, 6, 5)


def test_a_half_written_last_line_is_stored_once_it_is_whole(chdb_store: Store, tmp_path: Path) -> None:
    """A line that was cut off before its status is rejected, and stored when it is there as a whole."""
    file = tmp_path / "a.log"
    last = combined(3, NOON + 3)
    for cut in (10, 30, len(last) // 2, len(last)):
        file.write_text(log(3) + last[:cut])
        read(chdb_store, file)
    file.write_text(log(3) + last + "\n" + combined(4, NOON + 4) + "\n")
    read(chdb_store, file)
    assert counts(chdb_store)["rows"] == 5


def test_several_formats_in_one_file_are_all_read(chdb_store: Store, tmp_path: Path) -> None:
    """A line that is not in the file's own format is read by the format that knows it."""
    record = json.dumps(
        {"method": "GET", "url": "https://a.example/x", "time": NOON / 1e6, "status": 200, "client_ip": "203.0.113.9"}
    )
    (tmp_path / "a.log").write_text(LOG + record + "\n" + "neither\n" + combined(900, NOON) + "\n")
    summary, rejects = read(chdb_store, tmp_path / "a.log")
    assert shown(summary) == (503, 502, 0, 1)
    assert rejects[0][0] == 502


@pytest.mark.rows("S1.6")
def test_what_is_too_old_or_in_the_future_is_rejected_with_its_line(chdb_dsn: str, tmp_path: Path) -> None:
    """Retention counts back from the newest exchange that was there before; the reasons are told apart (S1.6)."""
    now = time.time_ns() // 1000
    times = [now - HOUR, now - 8 * DAY, now + HOUR, now - 2 * HOUR]
    (tmp_path / "before.log").write_text(combined(99, now - HOUR) + "\n")
    (tmp_path / "a.log").write_text("".join(combined(n, moment) + "\n" for n, moment in enumerate(times)))
    with Store(chdb_dsn, retention_days=7) as store:
        read(store, tmp_path / "before.log")
        summary, rejects = read(store, tmp_path / "a.log")
        assert shown(summary) == (4, 2, 0, 2)
        assert "older than the retention" in dict(rejects)[2]
        assert "future" in dict(rejects)[3]


@pytest.mark.rows("S1.6")
def test_an_old_log_is_explored_as_it_is(chdb_dsn: str, tmp_path: Path) -> None:
    """A log of years ago is there as a whole, and still is when it is read again (S1.6)."""
    start = NOON - 3000 * DAY
    (tmp_path / "a.log").write_text("".join(combined(n, start + n * DAY) + "\n" for n in range(10)))
    with Store(chdb_dsn, retention_days=7) as store:
        assert shown(read(store, tmp_path / "a.log")[0]) == (10, 10, 0, 0)
        assert read(store, tmp_path / "a.log")[0].stored == 0
        assert counts(store) == dict.fromkeys(("rows", "ids", "sessions", "minutes"), 10)


def test_later_traffic_drops_what_is_past_the_retention(chdb_dsn: str, tmp_path: Path) -> None:
    """When a newer log is read, the days of the older one that are past the retention go, from rows and rollups."""
    start = NOON - 3000 * DAY
    for name, first in (("a.log", 0), ("b.log", 12)):
        lines = "".join(combined(n, start + n * DAY) + "\n" for n in range(first, first + 4))
        (tmp_path / name).write_text(lines)
    with Store(chdb_dsn, retention_days=7) as store:
        read(store, tmp_path / "a.log")
        read(store, tmp_path / "b.log")
        assert counts(store) == dict.fromkeys(("rows", "ids", "sessions", "minutes"), 4)
        assert agree(store)


def test_globs_and_names_are_read_once_each(chdb_store: Store, tmp_path: Path) -> None:
    """A file that a glob and a name both mean is read once; files come in their order."""
    for number in range(3):
        (tmp_path / f"{number}.log").write_text(log(10, first=number * 10))
    summary, _ = read(chdb_store, str(tmp_path / "*.log"), tmp_path / "1.log")
    assert shown(summary) == (30, 30, 0, 0)


def test_many_blocks_by_many_workers_are_the_same_as_one(chdb_dsn: str, tmp_path: Path, make_dsn: Callable[[str], str]) -> None:
    """A file of several blocks, parsed by other processes, gives the rows of a small piece-by-piece read."""
    content = "".join(combined(n, NOON + n * 1000, agent=f"agent {n % 977} " + "x" * 150) + "\n" for n in range(60_000))
    file = tmp_path / "big.log"
    file.write_text(content)
    assert file.stat().st_size > 12 << 20
    with Store(chdb_dsn, retention_days=0) as store:
        assert shown(read(store, file, workers=2)[0]) == (60_000, 60_000, 0, 0)
        ids = store.ask("SELECT sum(cityHash64(request_id)) AS h, uniqExact(request_id) AS n FROM requests").to_pylist()
        assert agree(store)
        done = subprocess.run(["cat", str(file)], capture_output=True, check=True)
        assert len(done.stdout) == len(content)
        packed = tmp_path / "big.gz"
        packed.write_bytes(gzip.compress(done.stdout, 1))
        assert shown(read(store, packed, workers=1)[0]) == (60_000, 0, 60_000, 0)
    assert ids[0]["n"] == 60_000


def test_an_ndjson_file_with_ids_is_known_from_elsewhere(chdb_store: Store, tmp_path: Path) -> None:
    """Records with ids of their own are stored once, in whatever file they come."""
    records = [json.dumps({"method": "GET", "url": f"/x/{n}", "time": NOON / 1e6 + n, "id": f"own-{n}"}) for n in range(20)]
    (tmp_path / "a.jsonl").write_text("\n".join(records))
    (tmp_path / "b.jsonl").write_text("\n".join(reversed(records)))
    assert shown(read(chdb_store, tmp_path / "a.jsonl")[0]) == (20, 20, 0, 0)
    assert shown(read(chdb_store, tmp_path / "b.jsonl")[0]) == (20, 0, 20, 0)


@pytest.mark.parametrize(
    "content",
    [b'{"log":{"entries":[{"request":{"method":"GET","url":"https://a.example/x"', b"{}", b"[1,2", b'{"log":{"entries":[{}]}}'],
)
def test_a_broken_har_is_said(chdb_store: Store, tmp_path: Path, content: bytes) -> None:
    """A HAR file of which nothing can be read is a message and not a crash, packed or not."""
    (tmp_path / "a.har").write_bytes(content)
    (tmp_path / "a.har.gz").write_bytes(gzip.compress(content * 3000)[:60])
    summary, rejects = read(chdb_store, tmp_path / "a.har", tmp_path / "a.har.gz", format="har")
    assert summary.stored == 0
    assert len(summary.failures) + len(rejects) >= 2
