"""`apitrail scan` as a process of its own: one answer a line, in order, whatever the line is (A1.1, A1.2)."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from apitrail.model.attack import TITLES
from apitrail.model.point import parse

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
