"""The Python library: the same answers, as Arrow tables."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import apitrail
from apitrail.model.ignoring import IgnoreRule
from attacking import attacked
from traffic import log, save


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
        compared = trail.compare(session)
        assert (compared.id, sum(stop.requests for stop in compared.path.stops)) == (session, 5)
        assert sum(bar.requests for bar in trail.histogram().bars) == 100
        assert sum(value.requests for value in trail.facet("status").values) == 100
        assert "".join(trail.export(session)).count("\r\n") == 6


def test_attacks_are_asked_and_marked(chdb_dsn: str) -> None:
    """Attacks and incidents are tables too; a mark and a rule name the library as their author."""
    with apitrail.open(chdb_dsn, retention_days=0) as trail:
        save(trail.store, attacked(seed=61, count=80))
        attacks = trail.attacks("requests:>1", group_by="type", sort="-requests")
        assert attacks["requests"].to_pylist() == sorted(attacks["requests"].to_pylist(), reverse=True)
        assert trail.incidents().num_rows == len(list(trail.iterate_incidents())) > 0
        attack = attacks["id"].to_pylist()[0]
        found = list(trail.iterate_attack_requests(attack))
        assert trail.attack(attack).findings == len(found)
        assert trail.mark([found[0].finding], mark="true_positive") == 1
        assert trail.mark(attack=attack, mark="false_positive") == len({one.finding for one in found})
        assert attack not in trail.attacks(group_by="type")["id"].to_pylist()
        rule = trail.add_ignore_rule(IgnoreRule(type="sqli"))
        assert (trail.ignore_rules(), rule.author) == ([rule], "library")
        assert not trail.enable_ignore_rule(rule.id, enabled=False).rule.enabled
        trail.remove_ignore_rule(rule.id)
        assert {record.author for record in trail.store.records.history("mark")} == {"library"}


def test_help_does_not_wait_for_the_engine() -> None:
    """`apitrail --help` imports neither the engine nor Arrow (it answers at once)."""
    code = "import sys; sys.argv = ['apitrail', '--help']\nfrom apitrail.cli import app\ntry: app()\nexcept SystemExit: pass\n"
    code += "heavy = {'chdb', 'pyarrow', 'clickhouse_connect', 'fastapi', 'numpy'} & set(sys.modules)\nassert not heavy, heavy"
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
