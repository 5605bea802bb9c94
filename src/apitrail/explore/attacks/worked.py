"""The requests whose response shows that an attack worked, session part by session part (A2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apitrail.explore.attacks.asking import Asked
from apitrail.explore.disputed import is_disputed
from apitrail.query.sql import FINDINGS, Values
from apitrail.query.tree import Question
from apitrail.store import Store

_UNMARKED = "(SELECT *, '' AS mark FROM findings)"
"""The findings while nobody called any of them false."""


def of_parts(store: Store, question: Question, keys: Sequence[dict[str, Any]]) -> dict[tuple[Any, bytes], int]:
    """How many requests of a question are incidents in some session parts, by day and session; parts without any are left out."""
    values = Values()
    asked = Asked(question, incidents=True)
    table = FINDINGS if asked.asks_for_marks or is_disputed(store) else _UNMARKED
    ids = values.bind(list({int.from_bytes(key["session_id"], "little") for key in keys}), "Array(UInt128)")
    found = store.rows(
        f"SELECT day, session_id, uniqExact(request_id) AS n FROM {table} AS findings"
        f" WHERE {asked.findings(values)} AND session_id IN {ids} GROUP BY day, session_id",
        values.bound,
    )
    return {(row["day"], row["session_id"]): row["n"] for row in found}
