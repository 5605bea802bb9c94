"""Terms to SQL: identifiers come from the field catalogue, values are always bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from apitrail.errors import BadQuestion
from apitrail.model import fields
from apitrail.model.abuse import BEHAVIOURAL, BOT_TYPES, CONFIRMED, EXCEPTED, REJECTED
from apitrail.model.fields import Field
from apitrail.model.finding import FALSE_POSITIVE, TRUE_POSITIVE
from apitrail.model.request import session_number
from apitrail.query.tree import (
    ABOVE,
    ANY,
    AT_LEAST,
    AT_MOST,
    BELOW,
    BETWEEN,
    IS,
    LIKE,
    WITHIN,
    Either,
    Interval,
    Match,
    Term,
    Terms,
)

DAY = 86_400_000_000


class Values:
    """The bound values of one statement, beside some that have names; each gets a name of its own."""

    def __init__(self, named: Mapping[str, Any] | None = None) -> None:
        self.bound: dict[str, Any] = dict(named or {})

    def bind(self, value: Any, kind: str) -> str:
        """The placeholder of a value of an engine type."""
        name = f"v{len(self.bound)}"
        self.bound[name] = value
        return f"{{{name}:{kind}}}"


REQUESTS = "requests"
_SAID = (
    "(SELECT toDateOrZero(splitByChar('.', key)[1]), reinterpretAsUInt128(reverse(unhex(splitByChar('.', key)[2]))),"
    " splitByChar('.', key)[3] FROM records WHERE kind = 'verdict' GROUP BY key"
    " HAVING JSONExtractString(argMax(value, records.time), 'mark') = '{}')"
)
_BY_VERDICT = (
    f"multiIf((day, session_id, type) IN {_SAID.format(REJECTED)}, '{FALSE_POSITIVE}',"
    f" (day, session_id, type) IN {_SAID.format(CONFIRMED)}, '{TRUE_POSITIVE}', '') AS said FROM behavioural"
)
_MARKS = (
    "(SELECT toUInt64OrZero(key) AS finding, argMax(value, records.time) AS mark FROM records"
    " WHERE kind = 'mark' GROUP BY finding)"
)
FINDINGS = (
    "(SELECT every_one.* EXCEPT said, if(marks.mark != '', marks.mark, said) AS mark FROM"
    f" (SELECT *, '' AS said FROM findings UNION ALL SELECT * EXCEPT (digest, alone), {_BY_VERDICT}) AS every_one"
    f" LEFT ANY JOIN {_MARKS} AS marks USING finding)"
)
SHOWN = (
    "(SELECT every_one.* EXCEPT said FROM"
    f" (SELECT * EXCEPT digest, {_BY_VERDICT}) AS every_one LEFT ANY JOIN {_MARKS} AS marks USING finding"
    f" WHERE if(marks.mark != '', marks.mark, said) != '{FALSE_POSITIVE}')"
)
_REQUEST = "sipHash64(session_id, request_id)"
"""A request as a number: to look up millions of them in a set takes a third of the time that pairs take."""
ENDPOINTS = "(SELECT *, endpoint AS path FROM endpoints WHERE run = (SELECT max(run) FROM endpoints))"
VERDICTS = (
    f"(SELECT judged_ones.*, multiIf(told.said != '', told.said, exception != '', '{EXCEPTED}', '') AS mark"
    " FROM (SELECT *, concat(toString(day), '.', lower(leftPad(hex(session_id), 32, '0')), '.', bot_type) AS id"
    " FROM bots WHERE run = (SELECT max(run) FROM bots)) AS judged_ones"
    " LEFT ANY JOIN (SELECT key AS id, JSONExtractString(argMax(value, records.time), 'mark') AS said FROM records"
    " WHERE kind = 'verdict' GROUP BY id) AS told USING id)"
)
STANDING = f"(SELECT * FROM {VERDICTS} WHERE mark != '{EXCEPTED}')"
EVERY_BOT = f"(SELECT * FROM {VERDICTS} WHERE bot_type IN {BOT_TYPES})"
UNJUDGED = (
    f"(SELECT *, if(exception != '', '{EXCEPTED}', '') AS mark FROM bots WHERE run = (SELECT max(run) FROM bots)"
    f" AND bot_type IN {BOT_TYPES})"
)
BOTS = f"(SELECT * FROM {EVERY_BOT} WHERE mark NOT IN ('{REJECTED}', '{EXCEPTED}'))"
"""What questions are about: requests, or what was found in them, with what people said of it, or the endpoints they went to, or
the bots that their sessions are. `VERDICTS` has also the attacks that behaviour shows, `STANDING` those that no exception holds
for; what was rejected or excepted is left out of `BOTS`. A verdict on a bot marks the findings that show it. `SHOWN` is what
behaviour shows, request by request, but for what somebody called false. `UNJUDGED` is `EVERY_BOT` while nobody gave a verdict."""

_OF_ENDPOINTS = frozenset(("host", "method", "endpoint", "path", "protocol", "flow"))
"""Fields of a request that its endpoint has as well."""
_OF_BOTS = frozenset(("session", "requests", "confidence"))
"""Fields of something else that a bot has as well."""


def where(terms: Terms, interval: Interval, values: Values, *, days_only: bool = False, table: str = REQUESTS) -> str:
    """The condition under which a row of a table belongs to the answer; `1` when all do.

    `days_only` asks for whole days, which is all that the rollups know. BadQuestion for a filter that counts: see `having`.
    """
    context = _Context(interval, values, table, bots=bots_for(terms))
    spans = {ENDPOINTS: ("first_seen", "last_seen"), BOTS: ("start", "end"), EVERY_BOT: ("start", "end")}
    conditions = _seen_in(interval, values, *spans[table]) if table in spans else _interval(interval, values, days_only=days_only)
    return " AND ".join((*conditions, *(context.term(term) for term in terms))) or "1"


def bots_for(terms: Terms) -> str:
    """The bots that a question is about: where it asks what became of them, also those that were rejected or excepted."""
    return EVERY_BOT if asks_for("verdict", terms) else BOTS


def asks_for(word: str, terms: Terms) -> bool:
    """Whether some filter is about a word."""
    return any(
        any(asks_for(word, some) for some in term.alternatives) if isinstance(term, Either) else term.word == word
        for term in terms
    )


def having(terms: Terms, values: Values) -> str:
    """The condition on what an attack adds up to; `terms` must all be of that kind."""
    context = _Context(Interval(), values, FINDINGS, counting=True)
    return " AND ".join(context.term(term) for term in terms) or "1"


def counts(term: Term | Either) -> bool:
    """Whether a term is about what an attack adds up to; BadQuestion when alternatives mix that with something else."""
    if isinstance(term, Term):
        return term.field.scope == fields.METRIC
    found = {counts(one) for some in term.alternatives for one in some}
    if len(found) > 1:
        raise BadQuestion("what an attack adds up to and what it is cannot be alternatives of each other")
    return found == {True}


class _Context(NamedTuple):
    """Where terms become conditions: over which interval, bound to which values, about which table."""

    interval: Interval
    values: Values
    table: str
    counting: bool = False
    bots: str = BOTS

    def term(self, term: Term | Either) -> str:
        """The condition of one term."""
        if isinstance(term, Either):
            condition = " OR ".join(f"({' AND '.join(map(self.term, some))})" for some in term.alternatives)
        else:
            condition = " OR ".join(_condition(term.field, match, self.values) for match in term.matches)
            condition = self.scoped(term.field, condition)
            if self.table == REQUESTS and term.field.word == "attack" and (shown := self._shown(term)):
                condition = f"{condition} OR {shown}"
        return f"NOT ({condition})" if term.negated else f"({condition})"

    def scoped(self, field: Field, condition: str) -> str:
        """A condition on a field as one on the table that is asked."""
        if self.table in (ENDPOINTS, BOTS, EVERY_BOT):
            return self._of_endpoints(field, condition) if self.table == ENDPOINTS else self._of_bots(field, condition)
        if field.scope == fields.METRIC and not self.counting:
            raise BadQuestion(f"{field.word} counts what an attack has; it is a filter of attacks and incidents")
        inside = f"({condition})"
        if field.scope == fields.ENDPOINT:
            return f"(host, method, endpoint) IN (SELECT host, method, endpoint FROM {ENDPOINTS} WHERE {inside})"
        if field.scope == fields.BOT:
            return f"(day, session_id) IN (SELECT day, session_id FROM {self.bots} WHERE {inside})"
        if field.scope == fields.SESSION:
            inside = " AND ".join((*_interval(self.interval, self.values, days_only=True), inside))
            return f"session_id IN (SELECT session_id FROM requests WHERE {inside})"
        if field.scope == fields.FINDING and self.table == REQUESTS:
            inside = " AND ".join((*_interval(self.interval, self.values), inside))
            return f"(session_id, request_id) IN (SELECT session_id, request_id FROM {FINDINGS} WHERE {inside})"
        return condition

    def _shown(self, term: Term) -> str:
        """The condition that a request shows what behaviour shows of its session (A1.3); none when no such type is asked for."""
        asked = [condition for match in term.matches if (condition := _behavioural(match, self.values))]
        if not asked:
            return ""
        inside = " AND ".join((*_interval(self.interval, self.values), f"({' OR '.join(asked)})"))
        sessions = f"session_id IN (SELECT session_id FROM behavioural WHERE {inside})"
        return f"({sessions} AND {_REQUEST} IN (SELECT {_REQUEST} FROM {SHOWN} WHERE {inside}))"

    def _of_endpoints(self, field: Field, condition: str) -> str:
        """A condition on endpoints: their own, or that requests to them are as asked."""
        if field.scope == fields.ENDPOINT or field.word in _OF_ENDPOINTS or field.word == "requests":
            return condition
        if field.scope == fields.METRIC:
            raise BadQuestion(f"{field.word} counts what an attack has; it is a filter of attacks and incidents")
        asked = self._replace(table=REQUESTS).scoped(field, condition)
        inside = " AND ".join((*_interval(self.interval, self.values), f"({asked})"))
        return f"(host, method, endpoint) IN (SELECT host, method, endpoint FROM requests WHERE {inside})"

    def _of_bots(self, field: Field, condition: str) -> str:
        """A condition on bots: their own, or that requests of their session that day are as asked."""
        if field.scope == fields.BOT or field.word in _OF_BOTS:
            return condition
        if field.scope == fields.METRIC:
            raise BadQuestion(f"{field.word} counts what an attack has; it is a filter of attacks and incidents")
        asked = self._replace(table=REQUESTS).scoped(field, condition)
        inside = " AND ".join((*_interval(self.interval, self.values), f"({asked})"))
        return f"(day, session_id) IN (SELECT day, session_id FROM requests WHERE {inside})"


def _seen_in(interval: Interval, values: Values, first: str, last: str) -> list[str]:
    """That something was there within an interval, by the columns that say from when to when."""
    conditions = []
    if interval.start is not None:
        conditions.append(f"{last} >= toDateTime(fromUnixTimestamp64Micro({values.bind(interval.start, 'Int64')}))")
    if interval.end is not None:
        conditions.append(f"{first} < toDateTime(fromUnixTimestamp64Micro({values.bind(interval.end, 'Int64')}))")
    return conditions


def _interval(interval: Interval, values: Values, *, days_only: bool = False) -> list[str]:
    """Both the day, which chooses partitions, and the time, which chooses rows."""
    conditions = []
    if interval.start is not None:
        conditions.append(f"day >= toDate({values.bind(_day(interval.start), 'Int32')})")
        if not days_only:
            conditions.append(f"time >= fromUnixTimestamp64Micro({values.bind(interval.start, 'Int64')})")
    if interval.end is not None:
        conditions.append(f"day <= toDate({values.bind(_day(interval.end - 1), 'Int32')})")
        if not days_only:
            conditions.append(f"time < fromUnixTimestamp64Micro({values.bind(interval.end, 'Int64')})")
    return conditions


def _day(microseconds: int) -> int:
    return min(max(microseconds // DAY, 0), 65_000)


def _behavioural(match: Match, values: Values) -> str:
    """The condition on a type of attack or bot that only behaviour shows; none when the match is of no such type.

    Any attack is one of them too, but no bot: a bot has a filter of its own, and has to be named.
    """
    if match.sign == ANY:
        return f"type IN {BEHAVIOURAL}"
    if match.sign == LIKE:
        return f"type ILIKE {values.bind(like(str(match.value)), 'String')}"
    return f"type = {values.bind(match.value, 'String')}" if match.value in {*BEHAVIOURAL, *BOT_TYPES} else ""


def _condition(field: Field, match: Match, values: Values) -> str:
    if match.sign == ANY:
        return _PRESENT[field.kind](field.sql)
    return _CONDITIONS[field.kind](field, match, values)


_PRESENT: dict[str, Callable[[str], str]] = {
    fields.TEXT: lambda sql: f"{sql} != ''",
    fields.ADDRESS: lambda sql: f"{sql} != ''",
    fields.WORDS: lambda sql: f"notEmpty({sql})",
    fields.NUMBER: lambda sql: f"{sql} IS NOT NULL",
    fields.ID: lambda _sql: "1",
    fields.YES_NO: lambda _sql: "1",
}


def _text(field: Field, match: Match, values: Values) -> str:
    if match.sign == LIKE:
        pattern = f"{field.sql} ILIKE {values.bind(like(str(match.value)), 'String')}"
        if field.word == "endpoint":
            return f"({pattern} OR path ILIKE {values.bind(like(str(match.value)), 'String')})"
        return pattern
    return f"{field.sql} = {values.bind(match.value, 'String')}"


def like(pattern: str) -> str:
    """A pattern with stars as one of the engine's LIKE."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%")


def _words(field: Field, match: Match, values: Values) -> str:
    if match.sign == LIKE:
        return f"arrayExists(x -> x ILIKE {values.bind(like(str(match.value)), 'String')}, {field.sql})"
    return f"has({field.sql}, {values.bind(match.value, 'String')})"


_SIGNS = {IS: "=", ABOVE: ">", AT_LEAST: ">=", BELOW: "<", AT_MOST: "<="}


def _number(field: Field, match: Match, values: Values) -> str:
    low = values.bind(match.value, "Float64")
    if match.sign == BETWEEN:
        high = values.bind(match.upper, "Float64")
        return f"ifNull({field.sql} >= {low} AND {field.sql} <= {high}, 0)"
    return f"ifNull({field.sql} {_SIGNS[match.sign]} {low}, 0)"


def _address(field: Field, match: Match, values: Values) -> str:
    if match.sign == WITHIN:
        # The engine refuses to compare what is no address, so such a one is replaced before it is asked.
        network = values.bind(match.value, "String")
        valid = f"(isIPv4String({field.sql}) OR isIPv6String({field.sql}))"
        return f"({valid} AND isIPAddressInRange(if({valid}, toString({field.sql}), '::'), {network}))"
    return _text(field, match, values)


def _id(field: Field, match: Match, values: Values) -> str:
    if field.word == "session":
        return f"session_id = {values.bind(session_number(str(match.value)), 'UInt128')}"
    if field.word == "finding":
        return f"finding = {values.bind(int(str(match.value), 16), 'UInt64')}"
    return f"{field.sql} = {values.bind(match.value, 'String')}"


_CONDITIONS: dict[str, Callable[[Field, Match, Values], str]] = {
    fields.TEXT: _text,
    fields.WORDS: _words,
    fields.NUMBER: _number,
    fields.ADDRESS: _address,
    fields.ID: _id,
    fields.YES_NO: _number,
}
