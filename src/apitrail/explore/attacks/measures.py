"""THE MEASURES: everything that an attack adds up to, declared once, as `fields` does for what a request is (A2.1, A2.5)."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from apitrail.errors import BadQuestion
from apitrail.explore.answers import by_count
from apitrail.explore.times import epoch_microseconds
from apitrail.model.finding import FALSE_POSITIVE, TRUE_POSITIVE
from apitrail.query.interval import iso

SAMPLES = 20
"""Values of one list that an attack shows; the counts beside it count all."""


def _same(value: Any) -> Any:
    return value


def _time(value: Any) -> str:
    return iso(epoch_microseconds(value))


def _counted(value: Any) -> dict[str, int]:
    return by_count({str(key): count for key, count in dict(value).items()})


def _members(value: Any) -> list[str]:
    return list(value.values() if isinstance(value, dict) else value)


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that an attack adds up to: its name, how the engine counts it over findings, and what it says to people.

    `rank` is the number by which attacks are ordered, empty when they cannot be ordered by it.
    """

    name: str
    sql: str
    help: str
    rank: str = ""
    read: Callable[[Any], Any] = _same


def _number(name: str, sql: str, help: str) -> Measure:  # noqa: A002
    return Measure(name, sql, help, rank=f"toInt64({name})")


def _map(name: str, column: str, help: str) -> Measure:  # noqa: A002
    return Measure(name, f"sumMap(map(toString({column}), toUInt64(1)))", help, read=_counted)


def _list(name: str, column: str, help: str) -> Measure:  # noqa: A002
    return Measure(name, f"groupUniqArrayIf({SAMPLES})(toString({column}), toString({column}) != '')", help, read=sorted)


MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in (
    _number("requests", "uniqExact(request_id)", "Malicious requests."),
    _number("findings", "count()", "Findings: a request may have several."),
    _number("sessions", "uniqExact(session_id)", "Sessions they are in."),
    _number("users", "uniqExactIf(user, user != '')", "Users of those sessions."),
    _number("ips", "uniqExactIf(ip, ip != '')", "Client addresses."),
    _number("payloads", "uniqExact(payload)", "Different payloads."),
    _number("blocked", "uniqExactIf(request_id, findings.blocked)", "Requests that were blocked."),
    _number("incidents", "uniqExactIf(request_id, evidence != '')", "Requests whose response shows that the attack worked."),
    _number("false_positives", f"countIf(mark = '{FALSE_POSITIVE}')", "Findings marked as false positives."),
    _number("true_positives", f"countIf(mark = '{TRUE_POSITIVE}')", "Findings marked as true positives."),
    Measure("confidence", "round(toFloat64(max(findings.confidence)), 3)", "How sure the surest finding is, 0 to 1.",
            rank="toInt64(confidence * 1000)"),
    Measure("started", "min(time)", "The first request.", rank="toUnixTimestamp64Micro(started)", read=_time),
    Measure("last_seen", "max(time)", "The last request.", rank="toUnixTimestamp64Micro(last_seen)", read=_time),
    _map("attack_types", "type", "Findings by attack type."),
    _map("subtypes", "subtype", "Findings by subtype."),
    _map("points", "point", "Findings by point."),
    _map("hosts", "host", "Findings by API host."),
    _map("endpoints", "endpoint", "Findings by endpoint."),
    _map("methods", "method", "Findings by HTTP method."),
    _map("statuses", "status", "Findings by response code."),
    _map("countries", "country", "Findings by country."),
    _map("applications", "application", "Findings by application."),
    _map("signatures", "rule", "Findings by signature."),
    _map("engines", "engine", "Findings by who found them."),
    _map("cwes", "cwe", "Findings by CWE number."),
    _map("owasp", "findings.owasp", "Findings by OWASP API class."),
    _map("evidence", "findings.evidence", "Findings by what shows that they worked."),
    Measure("proof", "argMaxIf((findings.evidence, shown, shown_at), time, findings.evidence != '')",
            "Of the newest that worked: what kind of evidence, its words, and their point.", read=_members),
    _list("paths", "path", "Some of the paths."),
    _list("addresses", "if(ip = '', '', trimRight(concat(ip, ' ', country)))",
          "Some of the client addresses, each with its country."),
    _list("user_names", "user", "Some of the users."),
    _list("payload_samples", "payload", "Some of the payloads, secrets masked."),
)})  # fmt: skip


COUNTED = ("requests", "sessions", "users", "ips", "payloads")
"""The measures that filters ask for."""


def measure_named(name: str) -> Measure:
    """The measure of a name; BadQuestion with the nearest when there is none."""
    found = MEASURES.get(name)
    if found:
        return found
    near = difflib.get_close_matches(name.lower(), MEASURES, 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(MEASURES)}"
    raise BadQuestion(f"there is no measure {name[:60]!r}{hint}", position=0, suggestion=near[0] if near else None)
