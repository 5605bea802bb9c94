"""The attack types of stored requests, worked out again from what was found in them and what people said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apitrail.model.finding import FALSE_POSITIVE
from apitrail.store.connection import Connections
from apitrail.store.schema import FINDING_ID

MARK = "mark"
"""The kind of record that a mark is."""
MARKED = f"SELECT toUInt64OrZero(key) FROM records WHERE kind = '{MARK}'"
"""The findings that people said something of; conditions on `records.time` may follow."""

_FALSE = f"({MARKED} GROUP BY key HAVING argMax(value, records.time) = '{FALSE_POSITIVE}')"
_LEFT = (
    "arraySort(arrayDistinct(arrayMap(said -> JSONExtractString(said, 'type'),"
    f" arrayFilter(said -> NOT ({FINDING_ID} IN {_FALSE}), JSONExtractArrayRaw(verdicts)))))"
)


def work_out(connections: Connections, which: str, values: Mapping[str, Any] | None = None) -> None:
    """Set the types of the requests of some findings to those that are no false positives; `which` is a condition on findings.

    What behaviour shows of these requests is told whether it stands alone.

    The engine must be free to merge: while it is not, it changes no rows either, and this would wait for ever.
    """
    concerned = f"(day, session_id, request_id) IN (SELECT day, session_id, request_id FROM findings WHERE {which})"
    innocent = f"(SELECT session_id, request_id FROM requests WHERE {concerned} AND empty(attack_types))"
    changes = [f"requests UPDATE attack_types = {_LEFT}"]
    if connections.rows(f"SELECT 1 FROM behavioural WHERE {concerned} LIMIT 1", values):
        changes.append(f"behavioural UPDATE alone = (session_id, request_id) IN {innocent}")
    for change in changes:
        connections.command(f"ALTER TABLE {change} WHERE {concerned} SETTINGS mutations_sync = 1", values)
