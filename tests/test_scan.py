"""`apitrail scan` as a process of its own: one answer a line, in order, whatever the line is (A1.1, A1.2)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apitrail import scanning
from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading
from apitrail.model.attack import TITLES
from apitrail.model.point import parse
from apitrail.model.request import session_hex
from apitrail.sources.ndjson import parse as parse_record

COMMAND = (sys.executable, "-c", "from apitrail.cli import main; main()", "scan")


def scanned(*lines: str) -> tuple[int, list[dict[str, Any]], str]:
    """What the command answers to lines on its standard input."""
    given = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    done = subprocess.run([*COMMAND, "-"], input=given, capture_output=True, check=False, timeout=120)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    return done.returncode, answers, done.stderr.decode()


def record(**members: Any) -> str:
    """One exchange record."""
    return json.dumps({"method": "GET", "url": "https://api.example/users/5", **members})


def test_every_line_has_its_answer_in_order() -> None:
    """Records, broken lines and hostile ones are answered one by one, with id, attacks, endpoint and session."""
    code, answers, said = scanned(
        record(id="a"),
        "no record",
        record(url="https://api.example/users/5?id=1%27%20or%20%271%27=%271", headers=[["Cookie", "sid=abcdefgh"]]),
        record(url="https://api.example/\ud800"),
    )
    assert code == 0
    assert [answer["id"] for answer in answers] == ["a", "2", "3", "4"]
    assert answers[0] == {
        "id": "a", "attacks": [], "endpoint": "/users/{id}", "session": {"id": answers[0]["session"]["id"], "key": "client.ip"},
    }  # fmt: skip
    assert "error" in answers[1]
    assert "-:2:" in said
    (attack,) = answers[2]["attacks"]
    assert (attack["type"], attack["point"]) == ("sqli", "request.query.id")
    assert answers[2]["session"]["key"] == "request.cookie.sid"


def test_types_and_points_are_those_of_the_house() -> None:
    """Every type is a code with a title, every point one that the parser reads, also behind decoders."""
    texts = ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "../../../../etc/passwd", "1;cat /etc/passwd",
             "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "{{7*7}}", "\\u003cscript>alert(1)</script>")  # fmt: skip
    _, answers, _ = scanned(
        *(
            record(method="POST", headers=[["Content-Type", "application/json"]], body=json.dumps({"note": text}))
            for text in texts
        )
    )
    for text, answer in zip(texts, answers, strict=True):
        assert answer["attacks"], text
        for attack in answer["attacks"]:
            assert attack["type"] in TITLES
            assert str(parse(attack["point"])) == attack["point"]


def test_decoys_before_an_attack_do_not_hide_it() -> None:
    """Many harmless places of the same kind in front of an attack are no cover."""
    text = "{{name}} " * 200 + "{{7*7}}"
    _, (answer,), _ = scanned(record(method="POST", body=json.dumps({"note": text})))
    assert [attack["type"] for attack in answer["attacks"]] == ["ssti"]


def test_nothing_readable_is_an_error() -> None:
    """A file without one record ends with a code, and says why."""
    code, answers, said = scanned("x", "y")
    assert (code, len(answers)) == (1, 2)
    assert "not a record" in said


def test_a_file_is_shared_by_processes_and_answered_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file has the answers of its lines in their order, with their numbers, whoever worked them out."""
    given = [
        record(id=f"r{at}", url=f"https://api.example/users/{at}?q=%3Cscript%3Ealert({at})%3C/script%3E") for at in range(500)
    ]
    given[7] = given[123] = given[490] = "no record"
    given[200] = ""
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(given), encoding="utf-8")
    _, expected, said = scanned(*given)
    monkeypatch.setattr(scanning, "SHARED_BYTES", 10_000)
    monkeypatch.setattr(scanning.os, "cpu_count", lambda: 4)
    with (tmp_path / "out").open("wb") as out, (tmp_path / "errors").open("wb") as errors:
        counted = scanning._by_pieces(str(file), out, errors)
    answers = [json.loads(line) for line in (tmp_path / "out").read_text(encoding="utf-8").splitlines()]
    assert answers == expected
    assert [line.split(":")[1] for line in (tmp_path / "errors").read_text().splitlines()] == ["8", "124", "491"]
    assert (len(counted), sum(one.read for one in counted), sum(one.failed for one in counted)) == (4, 499, 3)
    assert said.count("not a record") == 3


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A file that cannot be opened is named with the reason, and the exit code is 1."""
    done = subprocess.run([*COMMAND, str(tmp_path / "none.jsonl")], capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "none.jsonl" in done.stderr.decode()


def test_the_id_of_a_session_is_written_as_everywhere() -> None:
    """A scan shows session ids as the store does."""
    answer = scanning.answer_to(record(), 1)
    exchange = parse_record(record())
    identity = scanning._identifier.say(Reading(exchange, read_headers(exchange.headers))).identity
    assert answer["session"]["id"] == session_hex(identity.session_id)


def test_an_answer_is_one_line_for_everybody_who_reads_lines() -> None:
    """A payload with signs that some programs take for line ends, such as U+2028, breaks no answer in two."""
    payload = "1' or '1'='1 \u2028\u2029\x85\x0b\x1c"
    done = subprocess.run(
        [*COMMAND, "-"], input=record(url="/find", query=payload, body=f"id={payload}"), capture_output=True, text=True,
        encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 1
    assert any("\u2028" in attack["payload"] for attack in answers[0]["attacks"])
