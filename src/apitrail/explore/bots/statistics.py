"""Bots in figures: over time by type, who they are, what they ask for, and which detectors speak together (B7)."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.facets import LIMIT, Facet, FacetValue
from apitrail.explore.histogram import STEPS, closed
from apitrail.model.abuse import EXCEPTED, REJECTED
from apitrail.query.sql import EVERY_BOT, Values, asks_for, bots_for, like, where
from apitrail.query.tree import Question
from apitrail.store import Store

BARS = 40
"""The most steps that bots are shown over; thirty days are shown by day."""
TOP_LIMIT = 100
"""Values of a top list, or pairs of detectors, at most."""
PARTS_LOOKED = 2_000
"""Session parts of bots whose requests are looked at for what they ask for: those with the most requests."""

COLUMNS = {
    "bot": "toString(bot_type)",
    "detector": "arrayJoin(voted)",
    "application": "toString(application)",
    "host": "toString(host)",
    "client": "toString(client)",
    "ip": "arrayJoin(ips)",
    "verdict": "toString(mark)",
}
"""The filter words whose values bots are counted by, with the engine's expression over a bot."""

LISTS = {"application": "[application]", "host": "[host]", "client": "[client]", "detector": "voted"}
"""The filter words that lists of the most frequent values are made of, with the engine's array of those of a bot."""


class Step(msgspec.Struct, frozen=True):
    """A step of time: its start in microseconds since 1970, and the bots that began in it, by type."""

    start: int
    bots: dict[str, int]


class Timeline(msgspec.Struct, frozen=True):
    """All steps from `start` to `end`, also the empty ones; times and `step` in microseconds."""

    start: int
    end: int
    step: int
    steps: list[Step]


class Kind(msgspec.Struct, frozen=True):
    """The bots of one type: sessions, addresses, requests, and the median of the confidence."""

    bot_type: str
    sessions: int
    ips: int
    requests: int
    confidence: float


class Totals(msgspec.Struct, frozen=True):
    """All bots together: how many, in how many sessions, from how many addresses, with how many requests."""

    bots: int
    sessions: int
    ips: int
    requests: int


class LeftOut(msgspec.Struct, frozen=True):
    """The bots that a question leaves out because an exception holds for them, or somebody rejected them."""

    excepted: int
    rejected: int


class Attacker(msgspec.Struct, frozen=True):
    """An address, its country as two letters or empty, and the sessions of bots that came from it."""

    ip: str
    country: str
    sessions: int


class Target(msgspec.Struct, frozen=True):
    """An endpoint that bots ask for, and how often they did."""

    host: str
    endpoint: str
    requests: int


class Pair(msgspec.Struct, frozen=True):
    """Two detectors that spoke of the same session parts, and of how many."""

    one: str
    other: str
    parts: int


def timeline(store: Store, question: Question, *, bars: int = BARS) -> Timeline:
    """Bots by the time they began and by type; an open interval is closed around the traffic there is."""
    span = closed(store, question.interval)
    if span.start is None or span.end is None:
        return Timeline(0, 0, STEPS[0], [])
    step = next((one for one in STEPS if (span.end - span.start) / one <= bars), STEPS[-1])
    values = Values()
    condition, width = _where(question, values), values.bind(step, "Int64")
    began = f"greatest(toUnixTimestamp64Micro(start), {values.bind(span.start, 'Int64')})"
    rows = store.rows(
        f"SELECT intDiv({began}, {width}) * {width} AS step, toString(bot_type) AS kind, count() AS n"
        f" FROM {_bots(question)} AS bots WHERE {condition} GROUP BY step, kind ORDER BY step, kind",
        values.bound,
    )
    counted: dict[int, dict[str, int]] = {}
    for row in rows:
        counted.setdefault(row["step"], {})[row["kind"]] = row["n"]
    steps = [Step(at, counted.get(at, {})) for at in range(span.start // step * step, span.end, step)]
    return Timeline(span.start, span.end, step, steps)


def kinds(store: Store, question: Question) -> list[Kind]:
    """The types of the bots under a question, the one with the most sessions first; filters on the type itself do not count."""
    question, values = _without(question, "bot"), Values()
    condition = _where(question, values)
    rows = store.rows(
        "SELECT toString(bot_type) AS kind, uniqExact(session_id) AS visits, uniqExactArray(ips) AS addresses,"
        f" sum(requests) AS asked, quantileExact(0.5)(confidence) AS sure FROM {_bots(question)} AS bots WHERE {condition}"
        " GROUP BY kind ORDER BY visits DESC, kind",
        values.bound,
    )
    return [Kind(row["kind"], row["visits"], row["addresses"], row["asked"], round(row["sure"], 3)) for row in rows]


def totals(store: Store, question: Question) -> Totals:
    """All bots under a question together; a session part of several types has its requests counted once."""
    values = Values()
    row = store.rows(
        "SELECT sum(types) AS found, uniqExact(session_id) AS visits, uniqExactArray(addresses) AS every, sum(asked) AS sent"
        " FROM (SELECT day, session_id, count() AS types, any(ips) AS addresses, max(requests) AS asked"
        f" FROM {_bots(question)} AS bots WHERE {_where(question, values)} GROUP BY day, session_id)",
        values.bound,
    )[0]
    return Totals(row["found"], row["visits"], row["every"], row["sent"])


def left_out(store: Store, question: Question) -> LeftOut:
    """How many bots a question leaves out as excepted or rejected; none when it asks what became of them itself."""
    if asks_for("verdict", question.all_terms):
        return LeftOut(0, 0)
    values = Values()
    condition = where(question.all_terms, question.interval, values, table=EVERY_BOT)
    row = store.rows(
        f"SELECT countIf(mark = '{EXCEPTED}') AS excepted, countIf(mark = '{REJECTED}') AS rejected FROM {EVERY_BOT} AS bots"
        f" WHERE {condition}",
        values.bound,
    )[0]
    return LeftOut(row["excepted"], row["rejected"])


def held(store: Store) -> dict[str, int]:
    """How many bots each exception held in the newest analysis, by its id, but for those that somebody confirmed."""
    rows = store.rows(
        f"SELECT exception AS held_by, count() AS n FROM {EVERY_BOT} AS bots WHERE held_by != ''"
        f" AND mark IN ('{EXCEPTED}', '{REJECTED}') GROUP BY held_by"
    )
    return {row["held_by"]: row["n"] for row in rows}


def tops(store: Store, question: Question, words: Sequence[str], *, limit: int = 8) -> dict[str, list[FacetValue]]:
    """The values with the most sessions of bots, of each of some filter words of `LISTS`; BadQuestion for another limit."""
    if not 1 <= limit <= TOP_LIMIT:
        raise BadQuestion(f"limit is from 1 to {TOP_LIMIT}, not {limit}", position=0)
    values = Values()
    each = ", ".join(f"arrayMap(one -> ('{word}', toString(one)), {LISTS[word]})" for word in words)
    rows = store.rows(
        "SELECT one.1 AS word, one.2 AS value, uniqExact(session_id) AS n FROM (SELECT session_id,"
        f" arrayJoin(arrayConcat({each})) AS one FROM {_bots(question)} AS bots WHERE {_where(question, values)})"
        f" WHERE value != '' GROUP BY word, value ORDER BY n DESC, value LIMIT {int(limit)} BY word",
        values.bound,
    )
    return {word: [FacetValue(row["value"], row["n"]) for row in rows if row["word"] == word] for word in words}


def facet(store: Store, question: Question, word: str, *, search: str = "", limit: int = LIMIT) -> Facet:
    """The values of a filter word under every filter but those on the word itself; counts are sessions.

    Verdicts are counted over every bot, also those that are left out otherwise.
    """
    asked = _without(question, word)
    table = EVERY_BOT if word == "verdict" else _bots(asked)
    return _counted(store, asked, word, search=search, limit=limit, table=table)


def attackers(store: Store, question: Question, *, limit: int = 8) -> list[Attacker]:
    """The addresses with the most sessions of bots."""
    values = Values()
    rows = store.rows(
        f"SELECT address, uniqExact(session_id) AS visits, any(session_id) AS one FROM (SELECT session_id,"
        f" arrayJoin(ips) AS address FROM {_bots(question)} AS bots WHERE {_where(question, values)}) WHERE address != ''"
        f" GROUP BY address ORDER BY visits DESC, address LIMIT {min(int(limit), TOP_LIMIT)}",
        values.bound,
    )
    countries = _countries(store, rows) if rows else {}
    return [Attacker(row["address"], countries.get(row["address"], ""), row["visits"]) for row in rows]


def _countries(store: Store, rows: list[dict[str, Any]]) -> dict[str, str]:
    values = Values()
    sessions = values.bind([int.from_bytes(row["one"], "little") for row in rows], "Array(UInt128)")
    addresses = values.bind([row["address"] for row in rows], "Array(String)")
    found = store.rows(
        f"SELECT toString(ip) AS address, toString(any(country)) AS place FROM requests WHERE session_id IN {sessions}"
        f" AND ip IN {addresses} GROUP BY address",
        values.bound,
    )
    return {row["address"]: row["place"] for row in found}


def targets(store: Store, question: Question, *, limit: int = 8) -> list[Target]:
    """The endpoints that bots ask for most, by the session parts with the most requests."""
    values = Values()
    parts = (
        f"SELECT day, session_id FROM {_bots(question)} AS bots WHERE {_where(question, values)}"
        f" ORDER BY requests DESC LIMIT {PARTS_LOOKED}"
    )
    rows = store.rows(
        f"SELECT toString(host) AS place, toString(endpoint) AS template, count() AS asked FROM requests"
        f" WHERE (day, session_id) IN ({parts}) GROUP BY place, template ORDER BY asked DESC, place, template"
        f" LIMIT {min(int(limit), TOP_LIMIT)}",
        values.bound,
    )
    return [Target(row["place"], row["template"], row["asked"]) for row in rows]


def pairs(store: Store, question: Question, *, limit: int = 8) -> list[Pair]:
    """Detectors that spoke together of most session parts, by the order of their names in each pair."""
    values = Values()
    each = (
        "arrayJoin(arrayFlatten(arrayMap((one, at) -> arrayMap(other -> (one, other), arraySlice(arraySort(voted), at + 1)),"
        " arraySort(voted), arrayEnumerate(voted))))"
    )
    rows = store.rows(
        f"SELECT pair.1 AS one, pair.2 AS other, uniqExact(day, session_id) AS parts FROM (SELECT day, session_id, {each} AS pair"
        f" FROM {_bots(question)} AS bots WHERE {_where(question, values)}) GROUP BY pair ORDER BY parts DESC, one, other"
        f" LIMIT {min(int(limit), TOP_LIMIT)}",
        values.bound,
    )
    return [Pair(row["one"], row["other"], row["parts"]) for row in rows]


def _where(question: Question, values: Values) -> str:
    return where(question.all_terms, question.interval, values, table=_bots(question))


def _bots(question: Question) -> str:
    return bots_for(question.all_terms)


def _without(question: Question, word: str) -> Question:
    others = tuple(term for term in question.all_terms if term.word != word)
    return dataclasses.replace(question, terms=others, session_terms=())


def _counted(store: Store, question: Question, word: str, *, search: str, limit: int, table: str) -> Facet:
    if word not in COLUMNS:
        raise BadQuestion(f"{word} has no dropdown over bots; there are {', '.join(COLUMNS)}", position=0, suggestion="bot")
    values = Values()
    condition = where(question.all_terms, question.interval, values, table=table)
    kept = f"value ILIKE {values.bind(like(f'*{search}*'), 'String')}" if search else "1"
    rows = store.rows(
        f"SELECT value, n, count() OVER () AS distinct FROM (SELECT value, uniqExact(session_id) AS n FROM (SELECT session_id,"
        f" {COLUMNS[word]} AS value FROM {table} AS bots WHERE {condition}) GROUP BY value)"
        f" WHERE value != '' AND {kept} ORDER BY n DESC, value LIMIT {int(limit)}",
        values.bound,
    )
    return Facet(word, [FacetValue(row["value"], row["n"]) for row in rows], rows[0]["distinct"] if rows else 0)
