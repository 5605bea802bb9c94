"""Made-up attacks for tests, some of which worked, and what a plain count over their findings says."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from apitrail.explore.attacks import grouping
from apitrail.model.exchange import Exchange, Verdict
from apitrail.store import Store
from explore.plain import Row
from traffic import exchanges

Finding = dict[str, Any]
DATABASE_ERROR = (
    b'{"error":"You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version"}'
)
PASSWD = b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
HTML = (("content-type", "text/html"),)

KINDS: tuple[dict[str, Any], ...] = (
    {"query": "id=1%27%20OR%20%271%27%3D%271"},
    {"query": "id=1%27%20OR%20%271%27%3D%271", "response_body": DATABASE_ERROR, "status": 500},
    {"query": "name=1%27%20UNION%20SELECT%20login%2Cpassword%20FROM%20users--%20"},
    {"query": "file=..%2F..%2F..%2F..%2Fetc%2Fpasswd"},
    {"query": "file=..%2F..%2F..%2F..%2Fetc%2Fpasswd", "response_body": PASSWD, "status": 200},
    {"query": "q=%3Cscript%3Ealert(1)%3C%2Fscript%3E"},
    {
        "query": "q=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "response_body": b"<p><script>alert(1)</script></p>",
        "response_headers": HTML, "status": 200,
    },
    {"verdicts": (Verdict("rce", "932100", "Remote command", "request.body", "; cat /etc/hosts"),), "blocked": True},
    {"verdicts": (Verdict("xss", "941100", "a", "request.query.q", "<b>"), Verdict("xss", "941110", "b", "request.query.q", "<b>"))},
)  # fmt: skip
"""What some exchanges are made to; the last has two verdicts on one point, which are one finding to mark."""


def attacked(seed: int, count: int = 400) -> list[Exchange]:
    """Made-up traffic in which every third exchange is an attack, and every fifth of these has the same point as another."""
    chance = random.Random(seed)
    items = exchanges(seed=seed, count=count)
    for item in items:
        if chance.random() < 0.35:
            for name, value in chance.choice(KINDS).items():
                setattr(item, name, value)
    return items


def findings_of(store: Store, rows: Sequence[Row]) -> list[Finding]:
    """Everything that was found in rows, with what each finding says of its request, and its id as the store has it."""
    ids = {
        (row["request_id"], row["type"], row["point"]): row["finding"]
        for row in store.rows("SELECT request_id, type, point, finding FROM findings")
    }
    found = []
    for row in rows:
        for said in json.loads(row["verdicts"] or "[]"):
            proof = said.get("evidence") or {}
            place = (row["request_id"], said["type"], said.get("point", ""))
            found.append(
                {**row, "type": said["type"], "attack_types": [said["type"]], "attack": said["type"], "id": ids[place], "mark": "",
                 **{name: said.get(name, "") for name in ("subtype", "point", "payload", "rule", "message", "owasp")},
                 "cwe": said.get("cwe", 0), "engine": said.get("engine", "apitrail"), "confidence": said.get("confidence", 1.0),
                 "evidence": proof.get("kind", ""), "shown": proof.get("text", ""), "shown_at": proof.get("point", "")}
            )  # fmt: skip
    return found


def value_of(finding: Finding, word: str) -> str:
    """The value by which a finding is grouped, as an answer shows it."""
    if word == "finding":
        return f"{finding['id']:016x}"
    return str(finding["rule" if word == "signature" else word])


def groups_of(found: Iterable[Finding], words: Sequence[str]) -> dict[tuple[str, ...], list[Finding]]:
    """Findings by the values of words."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for one in found:
        groups.setdefault(tuple(value_of(one, word) for word in words), []).append(one)
    return groups


MAPS = {
    "attack_types": "type", "subtypes": "subtype", "points": "point", "hosts": "host", "endpoints": "endpoint", "methods": "method",
    "statuses": "status", "countries": "country", "applications": "application", "signatures": "rule", "engines": "engine",
    "cwes": "cwe", "owasp": "owasp", "evidence": "evidence",
}  # fmt: skip
LISTS: dict[str, Callable[[Finding], str]] = {
    "paths": lambda one: one["path"],
    "addresses": lambda one: f"{one['ip']} {one['country']}".rstrip() if one["ip"] else "",
    "user_names": lambda one: one["user"],
    "payload_samples": lambda one: one["payload"],
}


def measured(found: Sequence[Finding]) -> dict[str, Any]:
    """What findings add up to: every measure but `proof`; times in microseconds, lists whole."""
    requests = {one["request_id"] for one in found}
    return {
        "requests": len(requests),
        "findings": len(found),
        "sessions": len({one["session"] for one in found}),
        "users": len({one["user"] for one in found} - {""}),
        "ips": len({one["ip"] for one in found} - {""}),
        "payloads": len({one["payload"] for one in found}),
        "blocked": len({one["request_id"] for one in found if one["blocked"]}),
        "incidents": len({one["request_id"] for one in found if one["evidence"]}),
        "false_positives": sum(one["mark"] == "false_positive" for one in found),
        "true_positives": sum(one["mark"] == "true_positive" for one in found),
        "confidence": round(max(one["confidence"] for one in found), 3),
        "started": min(one["time"] for one in found),
        "last_seen": max(one["time"] for one in found),
        **{name: _counted(str(one[column]) for one in found) for name, column in MAPS.items()},
        **{name: sorted({read(one) for one in found} - {""}) for name, read in LISTS.items()},
    }


def _counted(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(value for value in values if value)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def status_of(measures: dict[str, Any]) -> str:
    """The status of an attack."""
    if not measures["blocked"]:
        return "monitored"
    return "blocked" if measures["blocked"] == measures["requests"] else "partially blocked"


def mark_of(found: Sequence[Finding]) -> str:
    """The mark of an attack."""
    marks = {one["mark"] for one in found}
    return marks.pop() if len(marks) == 1 else "mixed"


def attack_id(words: Sequence[str], values: Sequence[str]) -> str:
    """The id of an attack, from its values as they are shown."""
    raw = [str(int(value, 16)) if word == "finding" else value for word, value in zip(words, values, strict=True)]
    return grouping.encode(words, raw)


def said(value: Any) -> Any:
    """An answer as it leaves over HTTP."""
    return json.loads(msgspec.json.encode(value))
