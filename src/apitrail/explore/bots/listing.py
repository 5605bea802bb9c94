"""The bots that the newest analysis found, one page at a time, and one of them (B4, B6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.answers import Page
from apitrail.explore.disputed import is_judged
from apitrail.explore.requests import parse_session
from apitrail.explore.times import epoch_microseconds
from apitrail.model.abuse import EXCEPTED, REJECTED
from apitrail.model.request import session_hex
from apitrail.query import cursor as cursors
from apitrail.query.interval import iso
from apitrail.query.sql import EVERY_BOT, UNJUDGED, Values, bots_for, where
from apitrail.query.text import write
from apitrail.query.tree import Question
from apitrail.store import Store

PAGE_LIMIT = 1000
ORDER = "-end"
SORTS = ("end", "start", "confidence", "requests", "bot_type")
"""What bots may be sorted by; a minus before it turns the order around."""

_ID = re.compile(r"(\d{4}-\d\d-\d\d)\.([0-9a-f]{32})\.([a-z_]{1,40})")
_COLUMNS = (
    "day, session_id, bot_type, confidence, scope, application, host, client, ips, start, end, requests, detectors, mark,"
    " exception"
)


class Seen(msgspec.Struct, frozen=True):
    """What a detector saw in a session: the value, the normal, how many times the one is the other, and whether it voted.

    `because` names the features that moved a detector most which looks at all of them together.
    """

    name: str
    value: float
    normal: float
    multiplier: float
    vote: bool
    because: list[str] = []


class Bot(msgspec.Struct, kw_only=True, frozen=True):
    """A session part that is a bot of one type, with what every detector of this type saw, those that voted first.

    `confidence` is 0 to 1, `scope` the application or host whose sessions are the normal, `client` the program that it says it
    is, `requests` how many the part has, `flagged` the ids of those that show it best. `mark` is `confirmed` or `rejected` where
    somebody said so, `excepted` where the exception with the id `exception` holds, else empty.
    """

    id: str
    session_id: str
    day: str
    ips: list[str]
    bot_type: str
    confidence: float
    detectors: list[Seen]
    scope: str
    application: str
    host: str
    client: str
    mark: str
    exception: str
    start: str
    end: str
    requests: int
    flagged: list[str]


def list_bots(store: Store, question: Question, *, sort: str = ORDER, limit: int = 50, cursor: str = "") -> Page:
    """One page of bots and how many there are in all; those of sessions within the interval, when there is one."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadQuestion(f"limit is from 1 to {PAGE_LIMIT}, not {limit}", position=0, suggestion=str(PAGE_LIMIT))
    column = sort.removeprefix("-")
    if column not in SORTS:
        raise BadQuestion(f"bots are sorted by {', '.join(SORTS)}, not {column[:40]!r}", position=0, suggestion=ORDER)
    asked = f"{write(question.all_terms)}\n{sort}"
    start = 0
    if cursor:
        _, (start,) = cursors.decode(asked, question.interval, cursor, (int,))
    values, table = Values(), bots_for(question.all_terms)
    condition = where(question.all_terms, question.interval, values, table=table)
    order = f"{column} {'DESC' if sort.startswith('-') else 'ASC'}, day, session_id, bot_type"
    found = store.rows(
        f"SELECT {_COLUMNS} FROM {table} WHERE {condition} ORDER BY {order}"
        f" LIMIT {limit + 1} OFFSET {values.bind(start, 'UInt64')}",
        values.bound,
    )
    following = cursors.encode(asked, question.interval, [start + limit]) if len(found) > limit else None
    return Page(items=_told(store, found[:limit]), total=count_bots(store, question), next_cursor=following)


def bots_of_session(store: Store, session: str) -> list[Bot]:
    """Every bot that a session is, the surest first, also those that were rejected or excepted; NotFound for no id."""
    found = store.rows(
        f"SELECT {_COLUMNS} FROM {_every(store)} WHERE session_id = {{id:UInt128}}"
        f" ORDER BY confidence DESC, day, session_id, bot_type LIMIT {PAGE_LIMIT}",
        {"id": parse_session(session)},
    )
    return _told(store, found) if found else []


def count_bots(store: Store, question: Question) -> int:
    """How many bots there are under a question."""
    values, table = Values(), bots_for(question.all_terms)
    condition = where(question.all_terms, question.interval, values, table=table)
    return int(store.ask(f"SELECT count() AS total FROM {table} WHERE {condition}", values.bound)["total"][0].as_py())


def every_bot(store: Store, question: Question, *, sort: str = ORDER) -> Iterator[Bot]:
    """All bots, read page by page."""
    cursor = ""
    while True:
        page = list_bots(store, question, sort=sort, limit=PAGE_LIMIT, cursor=cursor)
        yield from page.items
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def open_bot(store: Store, bot_id: str) -> Bot:
    """The bot of an id, also one that was rejected or excepted; NotFound when the newest analysis found none of it."""
    named = _ID.fullmatch(bot_id)
    values = Values()
    if named:
        day, session, kind = named.groups()
        found = store.rows(
            f"SELECT {_COLUMNS} FROM {EVERY_BOT} WHERE day = toDateOrZero({values.bind(day, 'String')})"
            f" AND session_id = {values.bind(int(session, 16), 'UInt128')} AND bot_type = {values.bind(kind, 'String')}",
            values.bound,
        )
        if found:
            return _told(store, found)[0]
    raise NotFound(f"there is no bot {bot_id[:80]}")


def bots_shown_by(store: Store, findings: list[int]) -> list[Bot]:
    """The bots that findings show best, also those that were rejected or excepted."""
    if not findings:
        return []
    shown = "SELECT day, session_id, type FROM behavioural WHERE finding IN {findings:Array(UInt64)}"
    found = store.rows(
        f"SELECT {_COLUMNS} FROM {EVERY_BOT} WHERE (day, session_id, bot_type) IN ({shown})", {"findings": findings}
    )
    return _told(store, found) if found else []


def types_of_parts(store: Store, keys: list[dict[str, Any]]) -> dict[tuple[Any, bytes], list[str]]:
    """The bot types of session parts, by day and session; parts without any are left out."""
    values = Values()
    ids = values.bind([int.from_bytes(key["session_id"], "little") for key in keys], "Array(UInt128)")
    found = store.rows(
        f"SELECT day, session_id, arraySort(groupUniqArray(toString(bot_type))) AS bots FROM {_every(store)} AS every_one"
        f" WHERE session_id IN {ids} AND mark NOT IN ('{REJECTED}', '{EXCEPTED}') GROUP BY day, session_id",
        values.bound,
    )
    return {(row["day"], row["session_id"]): row["bots"] for row in found}


def _every(store: Store) -> str:
    """The table of all bots, with what people said of them."""
    return EVERY_BOT if is_judged(store) else UNJUDGED


def _told(store: Store, rows: list[dict[str, Any]]) -> list[Bot]:
    """Rows of bots as people see them, with the requests that show each best."""
    shown = store.rows(
        "SELECT day, session_id, toString(type) AS bot_type, arraySort(groupArray((time, request_id))).2 AS flagged"
        " FROM behavioural WHERE session_id IN {ids:Array(UInt128)} GROUP BY day, session_id, bot_type",
        {"ids": list({int.from_bytes(row["session_id"], "little") for row in rows})},
    )
    flagged = {(row["day"], row["session_id"], row["bot_type"]): row["flagged"] for row in shown}
    return [_bot(row, flagged.get((row["day"], row["session_id"], row["bot_type"]), [])) for row in rows]


def _bot(row: dict[str, Any], flagged: list[str]) -> Bot:
    session = session_hex(row["session_id"])
    return Bot(
        id=f"{row['day'].isoformat()}.{session}.{row['bot_type']}",
        session_id=session,
        day=row["day"].isoformat(),
        ips=row["ips"],
        bot_type=row["bot_type"],
        confidence=round(row["confidence"], 3),
        detectors=msgspec.json.decode(row["detectors"], type=list[Seen]),
        scope=row["scope"],
        application=row["application"],
        host=row["host"],
        client=row["client"],
        mark=row["mark"],
        exception=row["exception"],
        start=iso(epoch_microseconds(row["start"])),
        end=iso(epoch_microseconds(row["end"])),
        requests=row["requests"],
        flagged=flagged,
    )
