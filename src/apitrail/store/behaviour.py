"""How sessions behave, as figures, and the verdicts made of these: tables that an analysis fills in the engine itself.

`behaviour` holds one row a session part: its features, as the analysis names them; `around` what other sessions say of it. Both
are made of the requests, so that ones with other columns are made anew. `bots` holds the verdicts of the newest analysis, like
the inventory, and `behavioural` the requests that show them best, day by day.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from apitrail.store.connection import Connections
from apitrail.store.schema import OF_THE_REQUEST

LIMITS = "max_memory_usage = 4000000000, max_bytes_before_external_group_by = 1000000000, compile_expressions = 0"
"""What an analysis may take of the machine, in bytes; grouping that needs more goes to disk."""
FLAGGED = 50
"""Requests of a session that are kept as those that show a bot best."""

_PART = {"day": "Date", "session_id": "UInt128"}
_KEY = "day, session_id, bot_type"


class Excepted(NamedTuple):
    """An exception: its id, the types of verdicts that it is for (all when there are none), and a condition.

    The condition is one on requests, of which most must be so, or with `of_session` one on the verdict itself.
    """

    id: str
    types: Sequence[str]
    condition: str
    of_session: bool = False


class Shown(NamedTuple):
    """How requests show verdicts: expressions over a request by name, and for each type the condition on those that show it best.

    Types in `alone` are shown by such requests only, the others also by their first ones. `codes` has the CWE and the OWASP API
    class of each.
    """

    expressions: Mapping[str, str]
    best: Mapping[str, str]
    alone: Sequence[str]
    codes: Mapping[str, tuple[int, str]]


def prepare(connections: Connections, features: Mapping[str, str], around: Mapping[str, str]) -> None:
    """Have tables `behaviour` and `around` with these columns, name -> type of the engine."""
    _have(connections, "behaviour", {**_PART, "version": "UInt64", **features}, "ReplacingMergeTree(version) PARTITION BY day")
    _have(connections, "around", {**_PART, **around}, "MergeTree")


def _have(connections: Connections, table: str, columns: Mapping[str, str], engine: str) -> None:
    found = connections.rows(
        "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String} ORDER BY position",
        {"database": connections.database, "table": table},
    )
    if [(row["name"], row["type"]) for row in found] == list(columns.items()):
        return
    connections.command(f"DROP TABLE IF EXISTS {table}")
    connections.command(
        f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())}) ENGINE = {engine}"
        f" ORDER BY (day, session_id)"
    )


def add(connections: Connections, columns: Iterable[str], select: str, values: Mapping[str, Any], *, few: bool) -> None:
    """Fill in the features of some session parts by a SELECT of day, session and `columns`; the newest row of a part holds.

    Those of a `few` parts are worked out side by side, those of a whole day one after the other in little memory.
    """
    names = ", ".join(columns)
    version = time.time_ns() // 1000
    connections.command(
        f"INSERT INTO behaviour (day, session_id, version, {names}) SELECT day, session_id, {version:d}, {names} FROM ({select})"
        f" SETTINGS {LIMITS}, optimize_aggregation_in_order = {not few:d}, prefer_column_name_to_alias = 1",
        values,
    )


def forget(connections: Connections, days: Iterable[dt.date]) -> None:
    """Drop the features of days whose requests are gone, or are measured anew."""
    for day in days:
        connections.command(f"ALTER TABLE behaviour DROP PARTITION '{day.isoformat()}'")


def replace_around(connections: Connections, columns: Iterable[str], select: str, values: Mapping[str, Any]) -> None:
    """Put what a SELECT says of each session in the place of what was known."""
    names = ", ".join(("day", "session_id", *columns))
    connections.command("TRUNCATE TABLE around")
    connections.command(f"INSERT INTO around ({names}) SELECT {names} FROM ({select}) SETTINGS {LIMITS}", values)


def replace_bots(
    connections: Connections,
    columns: Iterable[str],
    select: str,
    excepted: Sequence[Excepted],
    values: Mapping[str, Any],
) -> None:
    """Put the verdicts that a SELECT gives in the place of those before, each with the first exception that holds for it."""
    names = ", ".join(columns)
    run = time.time_ns() // 1000
    with connections.writing():
        connections.command("TRUNCATE TABLE judged")
        connections.command(f"INSERT INTO judged ({names}) SELECT {names} FROM ({select}) SETTINGS {LIMITS}", values)
        connections.command(
            f"INSERT INTO bots (run, {names}, exception) SELECT {run:d}, {names}, {_exception(excepted)} AS exception"
            f" FROM judged {_holding(excepted)} SETTINGS {LIMITS}",
            values,
        )
        if not connections.ask("SELECT count() AS n FROM judged")["n"][0].as_py():
            connections.command("TRUNCATE TABLE bots")
        old = connections.ask("SELECT DISTINCT run FROM bots WHERE run != {run:UInt64}", {"run": run})["run"].to_pylist()
        for one in old:
            connections.command(f"ALTER TABLE bots DROP PARTITION {one:d}")


def _exception(excepted: Sequence[Excepted]) -> str:
    """The id of the first exception that holds for a verdict, else nothing."""
    branches = []
    for at, one in enumerate(excepted, 1):
        condition = one.condition if one.of_session else f"ifNull(holds[{at}], 0)"
        types = f" AND bot_type IN {tuple(one.types)}" if one.types else ""
        branches.append(f"({condition}){types}, '{one.id}'")
    return f"multiIf({', '.join(branches)}, '')" if branches else "''"


def _holding(excepted: Sequence[Excepted]) -> str:
    """The join that says of each session for which exceptions most of its requests are as asked."""
    if all(one.of_session for one in excepted):
        return ""
    counted = ", ".join("0" if one.of_session else f"2 * countIf({one.condition}) >= count()" for one in excepted)
    return (
        f"LEFT JOIN (SELECT day, session_id, [{counted}] AS holds FROM requests"
        " WHERE (day, session_id) IN (SELECT day, session_id FROM judged) GROUP BY day, session_id) AS h USING (day, session_id)"
    )


def replace_shown(connections: Connections, columns: Iterable[str], verdicts: str, shown: Shown) -> list[dt.date]:
    """Keep the requests that show each of some verdicts best, at most FLAGGED of one; the days in which these changed.

    `verdicts` is a table with the columns of verdicts, those that stand.
    """
    names = ", ".join(columns)
    connections.command("TRUNCATE TABLE judged")
    connections.command(f"INSERT INTO judged ({names}) SELECT {names} FROM {verdicts}")
    now = _digests(connections, f"SELECT day, sum(cityHash64({_KEY}, requests, confidence)) AS digest FROM judged GROUP BY day")
    before = _digests(connections, "SELECT day, any(digest) AS digest FROM behavioural GROUP BY day")
    for day in before.keys() - now.keys():
        connections.command(f"ALTER TABLE behavioural DROP PARTITION '{day.isoformat()}'")
    changed = sorted(day for day, digest in now.items() if before.get(day) != digest)
    connections.command("TRUNCATE TABLE behavioural_made")
    for day in changed:
        connections.command(
            f"INSERT INTO behavioural_made {_showing(shown)} SETTINGS {LIMITS}",
            {"day": day, "digest": now[day]},
        )
        connections.command(f"ALTER TABLE behavioural REPLACE PARTITION '{day.isoformat()}' FROM behavioural_made")
    connections.command("TRUNCATE TABLE behavioural_made")
    return changed


def _digests(connections: Connections, question: str) -> dict[dt.date, int]:
    return {row["day"]: row["digest"] for row in connections.rows(question)}


def _showing(shown: Shown) -> str:
    """The rows of `behavioural` for one day."""
    of_day = f"(SELECT {_KEY}, confidence FROM judged WHERE day = {{day:Date}})"
    sessions = f"day = {{day:Date}} AND session_id IN (SELECT session_id FROM {of_day})"
    given = ", ".join(f"({sql}) AS {name}" for name, sql in shown.expressions.items())
    best = ", ".join(f"bot_type = '{kind}', {condition}" for kind, condition in shown.best.items())
    chosen = (
        f"SELECT {_KEY}, confidence, arrayJoin(arrayMap(one -> one.3,"
        f" groupArraySorted({FLAGGED})((NOT tells, time, request_id)))) AS request_id"
        f" FROM (SELECT {_KEY}, confidence, time, request_id, toBool(multiIf({best}, 0)) AS tells"
        f" FROM (SELECT *, {given} FROM requests WHERE {sessions}) AS r INNER JOIN {of_day} AS v USING (day, session_id))"
        f" WHERE tells OR bot_type NOT IN {tuple(shown.alone)} GROUP BY {_KEY}, confidence"
    )
    cwe = ", ".join(f"bot_type = '{kind}', {number}" for kind, (number, _) in shown.codes.items())
    owasp = ", ".join(f"bot_type = '{kind}', '{code}'" for kind, (_, code) in shown.codes.items())
    own = {
        "day": "day", "finding": "sipHash64(request_id, toString(bot_type), '')", "attack_types": "[toString(bot_type)]",
        "type": "bot_type", "subtype": "''", "point": "''", "payload": "''", "rule": "concat('behaviour.', bot_type)",
        "message": "''", "engine": "'apitrail'", "confidence": "confidence", "cwe": f"toUInt16(multiIf({cwe}, 0))",
        "owasp": f"multiIf({owasp}, '')",
        "evidence": "''", "shown": "''", "shown_at": "''",
    }  # fmt: skip
    names = [*(f"{sql} AS {name}" for name, sql in own.items()), *(name for name, _ in OF_THE_REQUEST)]
    return (
        f"SELECT {', '.join(names)}, {{digest:UInt64}} AS digest, empty(found) AS alone"
        f" FROM (SELECT * EXCEPT attack_types, requests.attack_types AS found FROM requests WHERE {sessions}) AS r"
        f" INNER JOIN ({chosen}) AS c USING (day, session_id, request_id)"
    )
