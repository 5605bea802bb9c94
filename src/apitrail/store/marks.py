"""What people say of findings: kept in the log of records; a false positive does not count as an attack.

`findings` keeps everything that was found. `requests` and the rollups count what is left: a request whose findings are all false
positives is no malicious one any more.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pyarrow as pa

from apitrail.store import attack_types
from apitrail.store.attack_types import MARK, MARKED
from apitrail.store.connection import Connections
from apitrail.store.write import Writer

_JUST_MARKED = f"({MARKED} AND records.time = fromUnixTimestamp64Micro({{moment:Int64}}))"
_CORRECT_SESSIONS = f"""
INSERT INTO sessions (day, session_id, start, end, requests, attacks, blocked, users, keyed)
WITH marked AS (SELECT DISTINCT day, session_id FROM findings WHERE finding IN {_JUST_MARKED})
SELECT day, session_id, start, end, 0, toUInt64(toInt64(now.attacks) - toInt64(old.attacks)), 0, [], 0
FROM (SELECT day, session_id, min(time) AS start, max(time) AS end, countIf(notEmpty(attack_types)) AS attacks
  FROM requests WHERE (day, session_id) IN marked GROUP BY day, session_id) AS now
INNER JOIN (SELECT day, session_id, sum(sessions.attacks) AS attacks
  FROM sessions WHERE (day, session_id) IN marked GROUP BY day, session_id) AS old USING (day, session_id)
WHERE now.attacks != old.attacks"""
_CORRECT_MINUTES = f"""
INSERT INTO minutes (day, minute, requests, attacks)
WITH marked AS (
  SELECT DISTINCT day, toStartOfMinute(toDateTime(time, 'UTC')) AS minute FROM findings WHERE finding IN {_JUST_MARKED})
SELECT day, minute, 0, toUInt64(toInt64(now.attacks) - toInt64(old.attacks))
FROM (SELECT day, toStartOfMinute(toDateTime(time, 'UTC')) AS minute, countIf(notEmpty(attack_types)) AS attacks
  FROM requests WHERE day IN (SELECT day FROM marked) AND (day, minute) IN marked GROUP BY day, minute) AS now
INNER JOIN (SELECT day, minute, sum(minutes.attacks) AS attacks
  FROM minutes WHERE (day, minute) IN marked GROUP BY day, minute) AS old USING (day, minute)
WHERE now.attacks != old.attacks"""
"""A rollup adds up, so what is to be taken away is a difference that wraps around."""


def mark(connections: Connections, writer: Writer, findings: Sequence[int], value: str, author: str) -> None:
    """Set the mark of findings, or take it away when `value` is empty; the counts of attacks follow at once."""
    every_day = connections.ask("SELECT DISTINCT day FROM findings")["day"].to_pylist() if findings else []
    with writer.changing(every_day):
        moment = {"moment": time.time_ns() // 1000}
        connections.insert("records", _records(findings, value, author, moment["moment"]))
        attack_types.work_out(connections, f"finding IN {_JUST_MARKED}", moment)
        connections.command(_CORRECT_SESSIONS, moment)
        connections.command(_CORRECT_MINUTES, moment)


def _records(findings: Sequence[int], value: str, author: str, moment: int) -> pa.Table:
    count = len(findings)
    return pa.table(
        {
            "kind": pa.array([MARK] * count),
            "key": pa.array([str(one) for one in findings]),
            "value": pa.array([value] * count),
            "author": pa.array([author] * count),
            "time": pa.array([moment] * count, pa.timestamp("us", "UTC")),
        }
    )
