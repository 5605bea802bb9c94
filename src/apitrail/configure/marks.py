"""What people say of findings: checked, and written with the name of who says it (A2.4)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from apitrail.errors import BadQuestion, NotFound
from apitrail.model.finding import FALSE_POSITIVE, TRUE_POSITIVE
from apitrail.store import Store
from apitrail.store.attack_types import MARK

NONE = ""
MARKS = (FALSE_POSITIVE, TRUE_POSITIVE, NONE)
"""What a finding can be marked as; the last takes a mark away."""
NAMED_LIMIT = 1_000
"""Findings that can be named one by one in one go."""
_ID = re.compile(r"[0-9a-fA-F]{16}")


def any_marks(store: Store) -> bool:
    """Whether people have marked anything."""
    return bool(store.rows(f"SELECT 1 AS x FROM records WHERE kind = '{MARK}' LIMIT 1"))


def check_mark(value: str) -> str:
    """The mark as given; BadQuestion when there is none of that name."""
    if value not in MARKS:
        near = difflib.get_close_matches(value.lower().replace(" ", "_"), MARKS[:2], 1, 0.4)
        raise BadQuestion(
            f"a mark is {FALSE_POSITIVE}, {TRUE_POSITIVE}, or empty to take it away, not {value[:40]!r}",
            suggestion=near[0] if near else FALSE_POSITIVE,
        )
    return value


def numbers(findings: Sequence[str]) -> list[int]:
    """The numbers of finding ids, each once; BadQuestion when one is none, or there are none or too many."""
    if not 1 <= len(findings) <= NAMED_LIMIT:
        raise BadQuestion(f"1 to {NAMED_LIMIT:,} findings are marked by their ids, not {len(findings):,}; more as a whole attack")
    wrong = next((one for one in findings if not _ID.fullmatch(one)), None)
    if wrong is not None:
        raise BadQuestion(f"a finding's id has 16 hex digits, {wrong[:40]!r} is none")
    return list(dict.fromkeys(int(one, 16) for one in findings))


def mark_named(store: Store, findings: Sequence[str], value: str, author: str) -> int:
    """Mark findings by their ids; NotFound, and nothing is marked, when one of them is not stored."""
    check_mark(value)
    wanted = numbers(findings)
    found = store.rows(
        "SELECT DISTINCT finding FROM (SELECT finding FROM findings UNION ALL SELECT finding FROM behavioural)"
        " WHERE finding IN {ids:Array(UInt64)}",
        {"ids": wanted},
    )
    stored = {row["finding"] for row in found}
    missing = next((one for one in wanted if one not in stored), None)
    if missing is not None:
        raise NotFound(f"there is no finding {missing:016x}")
    return mark(store, wanted, value, author)


def mark(store: Store, findings: Sequence[int], value: str, author: str) -> int:
    """Mark stored findings, or take their marks away; how many have what was asked for afterwards, as they may have before."""
    check_mark(value)
    if findings:
        store.mark(findings, value, author)
    return len(findings)
