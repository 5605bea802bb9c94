"""The story of a session in sentences: who, when, from where, what was asked for, how it was answered, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from apitrail.console.abuse_words import bot_title, sure_words
from apitrail.console.words import Clock, plural, value_title
from apitrail.explore.answers import Request
from apitrail.explore.bots.listing import Bot
from apitrail.explore.session import Session
from apitrail.model.abuse import CONFIRMED, EXCEPTED, REJECTED
from apitrail.model.duration import duration
from apitrail.model.finding import FALSE_POSITIVE

NAMED = 3
"""Values of an attribute that a sentence names; more are counted."""
NAME_LIMIT = 120
"""Characters of a value in a sentence."""


def story(session: Session, requests: Sequence[Request], bots: Iterable[Bot], clock: Clock) -> list[str]:
    """The sentences, in the order in which people ask; `requests` are the first ones of the session."""
    return [*_who(session, clock), *_what(session), *_wrong(session, requests), *_bots(bots)]


def _who(session: Session, clock: Clock) -> Iterator[str]:
    if not session.start or not session.end:
        yield "No request is shown."
        return
    when = f"{clock.moment(session.start)} to {clock.time(session.end)}, {duration(session.duration_ms)}"
    yield f"{plural(session.requests, 'request')} from {when}."
    users, roles = _named(session, "user"), _named(session, "role")
    yield f"As {users}{f', in the role {roles}' if roles else ''}." if users else "No user is known."
    countries, clients = _named(session, "country"), _named(session, "client")
    places = f" in {countries}" if countries else ""
    yield f"From {_some('address', 'addresses', session, 'ip')}{places}{f', with {clients}' if clients else ''}."


def _what(session: Session) -> Iterator[str]:
    if not session.requests:
        return
    yield f"They went to {_named(session, 'host') or 'no known host'}, {_some('endpoint', 'endpoints', session, 'endpoint')}."
    statuses = session.statistics.get("status", [])
    answered = ", ".join(f"{one.requests:,} with {value_title('status', one.value)}" for one in statuses[:NAMED])
    if answered:
        others = sum(one.requests for one in statuses[NAMED:])
        yield f"Answered: {answered}{f', {others:,} with other codes' if others else ''}."
    if session.slow.requests or session.large.requests:
        told = [f"{one.requests:,} {word}" for word, one in (("slow", session.slow), ("large", session.large)) if one.requests]
        yield f"Well above what is usual for their endpoints: {' and '.join(told)}."


def _wrong(session: Session, requests: Sequence[Request]) -> Iterator[str]:
    if not session.attacks:
        return
    kinds = ", ".join(
        f"{value_title('attack', one.value)} in {one.requests:,}" for one in session.statistics.get("attack", []) if one.requests
    )
    yield f"{plural(session.attacks, 'request')} with attacks: {kinds}." + (
        f" {session.blocked:,} blocked." if session.blocked else " None was blocked."
    )
    worked = sum(any(one.evidence and one.mark != FALSE_POSITIVE for one in request.verdicts) for request in requests)
    if worked:
        of = "" if len(requests) >= session.requests else f" of the first {len(requests):,}"
        yield f"In {plural(worked, 'request')}{of} the attack worked, as the answer shows."


def _bots(bots: Iterable[Bot]) -> Iterator[str]:
    for bot in bots:
        if bot.mark in (REJECTED, EXCEPTED):
            continue
        said = ", confirmed by a person" if bot.mark == CONFIRMED else ""
        yield f"By its behaviour a bot: {bot_title(bot.bot_type)}, {sure_words(bot.confidence)} ({bot.confidence:.2f}){said}."


def _named(session: Session, word: str) -> str:
    """The most frequent values of an attribute by name, the others by number."""
    counts = session.statistics.get(word, [])
    names = ", ".join(_short(value_title(word, counted.value)) for counted in counts[:NAMED])
    return f"{names} and {len(counts) - NAMED:,} more" if len(counts) > NAMED else names


def _some(one: str, several: str, session: Session, word: str) -> str:
    """How many values an attribute has, and the most frequent one."""
    counts = session.statistics.get(word, [])
    if not counts:
        return f"no known {one}"
    if len(counts) == 1:
        return f"the {one} {_short(counts[0].value)}"
    return f"{len(counts):,} {several}, most {'from' if word == 'ip' else 'to'} {_short(counts[0].value)}"


def _short(value: str) -> str:
    return value if len(value) <= NAME_LIMIT else f"{value[:NAME_LIMIT]}…"
