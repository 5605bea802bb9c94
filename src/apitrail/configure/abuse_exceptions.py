"""The exceptions of a store: sessions that are no bots whatever the detectors say, with end date and history (B5, B6)."""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections.abc import Iterator
from itertools import chain

import msgspec

from apitrail.configure import changes
from apitrail.configure.changes import HISTORY_LIMIT, Change
from apitrail.configure.profiles import one_of
from apitrail.errors import BadQuestion, NotFound
from apitrail.model import fields
from apitrail.model.abuse import BEHAVIOURAL, BOT_TITLES, BOT_TYPES, AbuseException
from apitrail.model.attack import TITLES
from apitrail.query import text
from apitrail.query.interval import MICROSECOND, instant, iso
from apitrail.query.tree import ABOVE, ANY, AT_LEAST, LIKE, WITHIN, Either, Match, Term, Terms
from apitrail.store import Store
from apitrail.store.records import Record

KIND = "abuse-exception"
EXCEPTIONS_LIMIT = 1000
"""Exceptions of one store."""
REASON_LIMIT = 500
"""Characters of a reason."""
TYPES = (*BOT_TYPES, *BEHAVIOURAL)
"""The types of bots, and of attacks that only behaviour shows, for which an exception may hold."""

_EVERYBODYS = frozenset(
    (
        "host",
        "method",
        "endpoint",
        "path",
        "status",
        "ip",
        "country",
        "network",
        "user_agent",
        "client",
        "client_kind",
        "protocol",
    )
)
"""Fields that every usual request has; to have any value of them tells nobody apart."""
_EVERY_PATTERN = {"ip": "*.:", "path": "*/", "endpoint": "*/"}
"""The characters of a pattern that fits every value, where it is not the star alone."""
_REFUSED = {fields.METRIC: "what an attack adds up to", fields.BOT: "a bot", fields.FINDING: "what was found in a request"}


class KeptException(msgspec.Struct, frozen=True, kw_only=True):
    """An exception as it is kept: its id, what it says in words, who changed it last, and times as ISO 8601 in UTC.

    `ended` says that its time is over; one that is not enabled does not hold either.
    """

    id: str
    exception: AbuseException
    sentence: str
    author: str
    created: str
    changed: str
    ended: bool = False


def kept(store: Store) -> list[KeptException]:
    """Every exception, also those that do not hold, the one that was changed last first."""
    newest: dict[str, Record] = {}
    first: dict[str, int] = {}
    for record in store.records.history(KIND):
        newest.setdefault(record.key, record)
        first[record.key] = record.time
    return [_kept(record, first[key]) for key, record in newest.items() if record.value]


def in_force(store: Store) -> list[KeptException]:
    """The exceptions that hold now."""
    return [one for one in kept(store) if one.exception.enabled and not one.ended]


def add(store: Store, exception: AbuseException, author: str) -> KeptException:
    """Keep a new exception; the same one again gives the one there is. BadQuestion when it can be none."""
    wanted = check(exception)
    known = kept(store)
    same = next((one for one in known if msgspec.structs.replace(one.exception, reason=wanted.reason) == wanted), None)
    if same:
        return same
    if len(known) >= EXCEPTIONS_LIMIT:
        raise BadQuestion(f"a store has at most {EXCEPTIONS_LIMIT} exceptions; remove some first")
    return _put(store, secrets.token_hex(8), wanted, author)


def change(
    store: Store,
    exception_id: str,
    author: str,
    *,
    until: str | None = None,
    enabled: bool | None = None,
    reason: str | None = None,
) -> KeptException:
    """Change until when an exception holds, whether it does, or why; what is None stays. NotFound when there is no such id."""
    before = _named(store, exception_id)
    wanted = msgspec.structs.replace(
        before.exception,
        until=before.exception.until if until is None else _end(until),
        enabled=before.exception.enabled if enabled is None else enabled,
        reason=before.exception.reason if reason is None else _reason(reason),
    )
    return before if wanted == before.exception else _put(store, before.id, wanted, author)


def remove(store: Store, exception_id: str, author: str) -> None:
    """Forget an exception; NotFound when there is none of this id."""
    store.records.append(KIND, _named(store, exception_id).id, "", author)


def history(store: Store, limit: int = HISTORY_LIMIT) -> list[Change]:
    """Every change of exceptions, newest first, so many at most."""
    return changes.told(store.records.history(KIND), _said, limit)


def check(exception: AbuseException) -> AbuseException:
    """The exception as it is kept, its end as ISO 8601 in UTC; BadQuestion that says what is wrong with it."""
    terms = text.parse(exception.q)
    if not terms:
        raise BadQuestion("an exception has a filter that says which requests are meant, such as ip:203.0.113.7", position=0)
    for term in chain(*map(_single, terms)):
        if term.field.scope in _REFUSED:
            raise BadQuestion(
                f"{term.word} is about {_REFUSED[term.field.scope]}; an exception asks for requests, such as by ip or path",
                position=max(0, exception.q.find(term.text)),
                suggestion="ip",
            )
    _check_names_somebody(terms)
    types = tuple(dict.fromkeys(one_of("a type of bot", one, TYPES) for one in exception.bot_types))
    return msgspec.structs.replace(
        exception, q=text.write(terms), bot_types=types, until=_end(exception.until), reason=_reason(exception.reason)
    )


def sentence(exception: AbuseException) -> str:
    """An exception in words: which requests are meant, and what their sessions are not."""
    meant = _meant(exception.q)
    types = " or ".join((BOT_TITLES.get(one) or TITLES.get(one, one)) for one in exception.bot_types)
    return f"{meant}: no {types or 'bot'}{f' until {_shown(exception.until)}' if exception.until else ''}"


# --- inside --------------------------------------------------------------------------------------------------------------


def _meant(q: str) -> str:
    """A filter in words; as it was written when it is none any more, because the fields are others now."""
    try:
        return " and ".join(text.sentence(term) for term in text.parse(q))
    except BadQuestion:
        return q


def _check_names_somebody(terms: Terms) -> None:
    """BadQuestion when every request fits, or all but some."""
    if any(map(_names_somebody, terms)):
        return
    every = next((term for term in terms if not term.negated), terms[0])
    says = f"{every.text} is every request but some" if every.negated else f"{every.text} is every request there is"
    raise BadQuestion(f"{says}; an exception says whom it is for, such as ip:203.0.113.7")


def _names_somebody(term: Term | Either) -> bool:
    """Whether a term is more than what every request fits, or all but some."""
    if term.negated:
        return False
    if isinstance(term, Either):
        return all(any(map(_names_somebody, some)) for some in term.alternatives)
    return not (_has_every_address(term) or any(_fits_every(term.field, match) for match in term.matches))


def _has_every_address(term: Term) -> bool:
    """Whether the networks of a term are together all there are of one version."""
    networks = [ipaddress.ip_network(str(match.value)) for match in term.matches if match.sign == WITHIN]
    of_4 = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    of_6 = [network for network in networks if isinstance(network, ipaddress.IPv6Network)]
    together = (list(ipaddress.collapse_addresses(of_4)), list(ipaddress.collapse_addresses(of_6)))
    return any(network.prefixlen == 0 for found in together for network in found)


def _fits_every(field: fields.Field, match: Match) -> bool:
    """Whether a match is one of every request."""
    if match.sign == ANY:
        return field.kind in (fields.ID, fields.YES_NO) or field.word in _EVERYBODYS
    if match.sign == LIKE:
        return field.word in _EVERYBODYS and set(str(match.value)) <= set(_EVERY_PATTERN.get(field.word, "*"))
    return field.numeric and match.sign in (ABOVE, AT_LEAST) and float(match.value) <= 0


def _single(term: Term | Either) -> Iterator[Term]:
    if isinstance(term, Term):
        yield term
        return
    for one in chain(*term.alternatives):
        yield from _single(one)


def _end(until: str) -> str:
    """When an exception ends, in UTC, empty for never; BadQuestion when it is no time, or is over."""
    if not until.strip():
        return ""
    now = time.time()
    moment = instant(until, now=now, name="until")
    if moment <= now * MICROSECOND:
        raise BadQuestion(f"until is a time to come, {until[:60]!r} is over")
    return iso(moment)


def _reason(reason: str) -> str:
    if len(reason) > REASON_LIMIT:
        raise BadQuestion(f"a reason has at most {REASON_LIMIT} characters")
    return " ".join(reason.split())


def _named(store: Store, exception_id: str) -> KeptException:
    found = next((one for one in kept(store) if one.id == exception_id), None)
    if found is None:
        raise NotFound(f"there is no exception {exception_id[:60]!r}")
    return found


def _put(store: Store, exception_id: str, exception: AbuseException, author: str) -> KeptException:
    store.records.append(KIND, exception_id, msgspec.json.encode(exception).decode(), author)
    return _named(store, exception_id)


def _kept(record: Record, created: int) -> KeptException:
    exception = _decoded(record.value)
    return KeptException(
        id=record.key,
        exception=exception,
        sentence=sentence(exception),
        author=record.author,
        created=iso(created),
        changed=iso(record.time),
        ended=bool(exception.until) and instant(exception.until, now=0) <= time.time() * MICROSECOND,
    )


def _decoded(value: str) -> AbuseException:
    return msgspec.json.decode(value, type=AbuseException)


def _shown(until: str) -> str:
    return f"{until[:16].replace('T', ' ')} UTC"


def _said(record: Record, before: str) -> str:
    """What a record did."""
    if not record.value:
        return f"removed {sentence(_decoded(before))}" if before else ""
    now = _decoded(record.value)
    if not before:
        return f"added {sentence(now)}{f', because {now.reason}' if now.reason else ''}"
    return ", ".join(_differences(now, _decoded(before)))


def _differences(now: AbuseException, then: AbuseException) -> Iterator[str]:
    """What is otherwise, the first with the words of the exception."""
    said = sentence(msgspec.structs.replace(now, until=""))
    if now.enabled != then.enabled:
        yield f"switched {'on' if now.enabled else 'off'} {said}"
    if now.until != then.until:
        yield f"{said}: {f'until {_shown(now.until)}' if now.until else 'for ever'}"
    if now.reason != then.reason:
        yield f"{said}: {f'because {now.reason}' if now.reason else 'without a reason'}"
