"""What people say of the verdicts on bots: confirmed or rejected, and how often the detectors were right by that (B6)."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import msgspec

from apitrail.errors import BadQuestion
from apitrail.model.abuse import CONFIRMED, REJECTED
from apitrail.query.interval import iso
from apitrail.store import Store

KIND = "verdict"
NONE = ""
MARKS = (CONFIRMED, REJECTED, NONE)
"""What a verdict can be marked as; the last takes a mark away."""


class Judged(Protocol):
    """What is judged: a bot of one type, told apart by its id, with the detectors that looked at it."""

    @property
    def id(self) -> str:
        """The id of the bot."""

    @property
    def bot_type(self) -> str:
        """Its type."""

    @property
    def scope(self) -> str:
        """The application or host whose sessions are the normal."""

    @property
    def detectors(self) -> Sequence[Looked]:
        """What each detector saw."""


class Looked(Protocol):
    """A detector that looked, and whether it voted."""

    @property
    def name(self) -> str:
        """The name of the detector."""

    @property
    def vote(self) -> bool:
        """Whether it voted."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said of a bot, who that was, and when (ISO 8601 in UTC)."""

    mark: str
    author: str
    time: str


class DetectorPrecision(msgspec.Struct, frozen=True, kw_only=True):
    """How often people confirmed and rejected bots that a detector voted for, and the share confirmed, 0 to 1."""

    name: str
    confirmed: int
    rejected: int
    precision: float


class _Said(msgspec.Struct):
    """A record's value."""

    mark: str
    bot_type: str = ""
    scope: str = ""
    detectors: list[str] = []


def check_mark(value: str) -> str:
    """The mark as given; BadQuestion when there is none of that name."""
    if value not in MARKS:
        near = difflib.get_close_matches(value.lower(), MARKS[:2], 1, 0.4)
        raise BadQuestion(
            f"a verdict is {CONFIRMED}, {REJECTED}, or empty to take it away, not {value[:40]!r}",
            suggestion=near[0] if near else CONFIRMED,
        )
    return value


def mark(store: Store, bots: Sequence[Judged], value: str, author: str) -> int:
    """Mark bots, or take their marks away; how many have what was asked for afterwards, as they may have before."""
    check_mark(value)
    known = store.records.current(KIND) if bots else {}
    wanted = {bot.id: _value(bot, value) for bot in bots}
    said = {bot_id: known[bot_id].value if bot_id in known else "" for bot_id in wanted}
    store.records.append_all(KIND, {bot_id: new for bot_id, new in wanted.items() if new != said[bot_id]}, author)
    return len(wanted)


def marks(store: Store) -> dict[str, Verdict]:
    """What was said of which bot, by its id."""
    return {
        key: Verdict(mark=_said(record.value).mark, author=record.author, time=iso(record.time))
        for key, record in store.records.current(KIND).items()
    }


def precision(store: Store) -> list[DetectorPrecision]:
    """How right each detector was where people said so, those most often judged first."""
    confirmed: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for record in store.records.current(KIND).values():
        said = _said(record.value)
        (confirmed if said.mark == CONFIRMED else rejected).update(said.detectors)
    names = sorted(confirmed | rejected, key=lambda name: (-confirmed[name] - rejected[name], name))
    return [_precision(name, confirmed[name], rejected[name]) for name in names]


def _precision(name: str, confirmed: int, rejected: int) -> DetectorPrecision:
    share = round(confirmed / (confirmed + rejected), 3)
    return DetectorPrecision(name=name, confirmed=confirmed, rejected=rejected, precision=share)


def _value(bot: Judged, mark: str) -> str:
    if mark == NONE:
        return ""
    voted = [one.name for one in bot.detectors if one.vote]
    return msgspec.json.encode(_Said(mark=mark, bot_type=bot.bot_type, scope=bot.scope, detectors=voted)).decode()


def _said(value: str) -> _Said:
    return msgspec.json.decode(value, type=_Said)
