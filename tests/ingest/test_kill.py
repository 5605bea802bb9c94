"""kill -9 at any moment of an ingest, then the same command again: every line exactly once, and the rollups agree."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apitrail.store import Store
from traffic import agree, counts, log

LINES = 300_000
KILLS = 3
MAIN = "from apitrail.cli import main; main()"


@pytest.mark.timeout(300)
def test_killed_at_random_moments_every_line_is_there_once(chdb_dsn: str, tmp_path: Path) -> None:
    """Kills spread over the run lose nothing, store nothing twice, and leave no rollup that disagrees."""
    file = tmp_path / "access.log"
    file.write_text(log(LINES, step=2_000_000))
    command = [sys.executable, "-c", MAIN, "ingest", "--json", "--retention-days", "0", "--store", chdb_dsn, str(file)]
    chance = random.Random(time.time_ns())
    alive = 0
    for _ in range(KILLS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for_rows(chdb_dsn, process)
        time.sleep(chance.uniform(0, 0.6))
        alive += process.poll() is None
        process.kill()
        process.wait()
    assert alive, "every run ended before it was killed: the log is too small for this machine"
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert (told["read"], told["stored"] + told["duplicates"], told["rejected"]) == (LINES, LINES, 0)
    with Store(chdb_dsn, retention_days=0) as store:
        assert counts(store) == dict.fromkeys(("rows", "ids", "sessions", "minutes"), LINES)
        assert agree(store)


def _wait_for_rows(dsn: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the process writes, as parts in its folder show; a run that ends early does as well."""
    folder = Path(dsn.removeprefix("chdb://"))
    before = _parts(folder)
    deadline = time.monotonic() + 60
    while process.poll() is None and _parts(folder) == before and time.monotonic() < deadline:
        time.sleep(0.02)


def _parts(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("store/*/*/2026*")}
