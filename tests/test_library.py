"""The Python library: the same answers, as Arrow tables."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import apitrail
from traffic import log


def test_a_log_is_read_and_asked(dsn: str, tmp_path: Path) -> None:
    """Open, ingest, ask: sessions and requests are tables whose rows add up, in each engine."""
    file = tmp_path / "a.log"
    file.write_text(log(100))
    with apitrail.open(dsn, retention_days=0) as trail:
        assert trail.ingest(str(file)).stored == 100
        sessions = trail.sessions()
        assert sessions["requests"].to_pylist() == [5] * 20
        assert trail.sessions("status:404").num_rows == 0
        session = sessions["id"].to_pylist()[0]
        assert trail.requests(session).num_rows == 5
        assert trail.requests(q="status:201").num_rows == 33
        assert trail.session(session, sq="status:200").general == 5
        assert trail.related(session).sessions == []
        assert sum(bar.requests for bar in trail.histogram().bars) == 100
        assert sum(value.requests for value in trail.facet("status").values) == 100
        assert "".join(trail.export(session)).count("\r\n") == 6


def test_help_does_not_wait_for_the_engine() -> None:
    """`apitrail --help` imports neither the engine nor Arrow (it answers at once)."""
    code = "import sys; sys.argv = ['apitrail', '--help']\nfrom apitrail.cli import app\ntry: app()\nexcept SystemExit: pass\n"
    code += "heavy = {'chdb', 'pyarrow', 'clickhouse_connect', 'fastapi', 'numpy'} & set(sys.modules)\nassert not heavy, heavy"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
