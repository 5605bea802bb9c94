"""Imports of history: what one import brings is kept as a whole, whatever comes between, and counted for what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apitrail.ingest.files import Options, ingest_files
from apitrail.store import Store
from traffic import DAY, NOON, SECOND, combined, counts

START = NOON - 3000 * DAY


def month(path: Path) -> Path:
    """A log of thirty days, one line a day, newest first."""
    path.write_text("".join(combined(n, START + (30 - n) * DAY) + "\n" for n in range(30)))
    return path


@pytest.mark.rows("S1.6")
def test_a_log_of_a_month_read_again_is_all_duplicates(chdb_dsn: str, tmp_path: Path) -> None:
    """Lines that are stored count as duplicates also when they are older than the retention by now (S1.6)."""
    with Store(chdb_dsn, retention_days=7) as store:
        first = ingest_files(store, [str(month(tmp_path / "a.log"))])
        again = ingest_files(store, [str(tmp_path / "a.log")])
    assert (first.read, first.stored, first.rejected) == (30, 30, 0)
    assert (again.read, again.stored, again.duplicates, again.rejected) == (30, 0, 30, 0)


@pytest.mark.rows("S1.6")
def test_live_traffic_lets_an_import_expire(chdb_dsn: str, tmp_path: Path) -> None:
    """The days of an import that are past the retention go when later traffic arrives, and only those (S1.6)."""
    with Store(chdb_dsn, retention_days=7) as store:
        ingest_files(store, [str(month(tmp_path / "a.log"))])
        record = {"method": "GET", "url": "/x", "time": (START + 31 * DAY) / SECOND}
        (tmp_path / "live.ndjson").write_text(json.dumps(record) + "\n")
        ingest_files(store, [str(tmp_path / "live.ndjson")], Options(format="ndjson"))
        assert counts(store)["rows"] == 1 + 7


@pytest.mark.rows("S1.6")
def test_records_of_the_project_are_measured_against_the_newest(chdb_dsn: str, tmp_path: Path) -> None:
    """A record that is sent as it happens and is a week too old has a wrong clock: rejected, with its line (S1.6)."""
    lines = [json.dumps({"method": "GET", "url": f"/{n}", "time": (START + n * 8 * DAY) / SECOND}) for n in (1, 0)]
    (tmp_path / "a.ndjson").write_text("\n".join(lines) + "\n")
    rejects: list[int] = []
    with Store(chdb_dsn, retention_days=7) as store:
        options = Options(rejected=lambda _file, reject: rejects.append(reject.line))
        summary = ingest_files(store, [str(tmp_path / "a.ndjson")], options)
    assert (summary.stored, summary.rejected, rejects) == (1, 1, [2])


def test_an_import_that_was_cut_off_goes_on_as_it_had_begun(chdb_dsn: str, tmp_path: Path) -> None:
    """After a crash in the middle, the same command stores the rest, although it is old by what is stored already."""
    log = month(tmp_path / "a.log")
    with Store(chdb_dsn, retention_days=7) as store:
        whole = log.read_text()
        store.records.append("load", _name(log), "0", "test")
        log.write_text("".join(whole.splitlines(keepends=True)[:10]))
        ingest_files(store, [str(log)])
        store.records.append("load", _name(log), "0", "test")
        log.write_text(whole)
        summary = ingest_files(store, [str(log)])
        assert (summary.stored, summary.duplicates, summary.rejected) == (20, 10, 0)
        assert counts(store)["rows"] == 30


def _name(log: Path) -> str:
    from apitrail.ingest.files import load_name

    return load_name([str(log)], Options())
