"""How numbers, times and codes are said in the console."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from http import HTTPStatus

from markupsafe import Markup

from apitrail.console import abuse_words, discovery_words
from apitrail.explore.answers import Request
from apitrail.inspect.attacks.success.evidence import KINDS
from apitrail.inspect.geo import country_name
from apitrail.model import attack
from apitrail.model.classification import CWE_TITLES, OWASP_TITLES
from apitrail.model.duration import duration
from apitrail.model.finding import FALSE_POSITIVE, TRUE_POSITIVE

_STEPS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K"))
_ALMOST = 0.9995
"""From here up three digits would round to 1000, so the next unit is taken."""


def compact(number: float) -> str:
    """A count in three digits: 950, 3.72K, 1.2M."""
    for size, letter in _STEPS:
        if number >= size * _ALMOST:
            return f"{number / size:.3g}{letter}"
    return f"{number:,.0f}"


def grouped(number: float | None) -> str:
    """A number with thousands separated; a dash when it is not known."""
    return "–" if number is None else f"{number:,.0f}"


def milliseconds(value: float | None) -> str:
    """A time in ms: whole from 10 up, one decimal below; a dash when it is not known."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def size(count: int | None) -> str:
    """A size in bytes, KB or MB; a dash when it is not known."""
    if count is None:
        return "–"
    for limit, letter in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
        if count >= limit * _ALMOST:
            return f"{count / limit:.3g} {letter}"
    return f"{count} B"


def plural(number: int, word: str) -> str:
    """A number with its word: 1 session, 2 sessions."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def outcome(status: int) -> str:
    """The colour of a status: ok, warn (4xx), bad (5xx), or none."""
    return {2: "ok", 3: "ok", 4: "warn", 5: "bad"}.get(int(status) // 100, "none")


def status_name(code: str) -> str:
    """A status with its name: 403 Forbidden."""
    if code == "0":
        return "not known"
    try:
        return f"{code} {HTTPStatus(int(code)).phrase}"
    except ValueError:
        return code


def percent(part: int, whole: int) -> str:
    """A share in percent, at most 100, with decimals below one only; a part may grow after the whole was counted."""
    share = min(100.0, 100 * part / whole) if whole else 0
    if 0 < share < 1:
        return "<1 %"
    return ">99 %" if 99 < share < 100 else f"{share:.0f} %"


MINUTE = 60_000_000
"""Microseconds of a minute."""


_PASSED = ((31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3600, "hour"), (60, "minute"), (5, "second"))


class Clock:
    """Times in the viewer's zone; with `ago`, lists say how long ago something was."""

    def __init__(self, zone: dt.tzinfo, name: str, *, ago: bool = False) -> None:
        self.zone = zone
        self.name = name
        self.ago = ago

    def listed(self, iso: str) -> str:
        """A time as lists show it: how long ago, if the viewer wants that, else the moment."""
        if not self.ago:
            return self.moment(iso)
        passed = (dt.datetime.now(dt.UTC) - self.at(iso)).total_seconds()
        for seconds, word in _PASSED:
            if abs(passed) >= seconds:
                some = plural(round(abs(passed) / seconds), word)
                return f"{some} ago" if passed > 0 else f"in {some}"
        return "just now"

    def exactly(self, iso: str) -> str:
        """A time to the millisecond with its zone, and as it stands in answers, for who points at one."""
        return f"{self.moment(iso)}.{self.at(iso).microsecond // 1000:03d} {self.name} · {iso}"

    def when(self, iso: str, said: str = "") -> Markup:
        """A time as lists show it; who points at it is told exactly, or what is `said`."""
        return Markup('<time datetime="{}" title="{}">{}</time>').format(iso, said or self.exactly(iso), self.listed(iso))

    def at(self, iso: str) -> dt.datetime:
        """A time of an answer in the viewer's zone."""
        return dt.datetime.fromisoformat(iso).astimezone(self.zone)

    def micro(self, microseconds: int) -> dt.datetime:
        """Microseconds since 1970 in the viewer's zone."""
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)).astimezone(self.zone)

    def moment(self, iso: str) -> str:
        """A day with time to the second; the year only when it is not this one."""
        when = self.at(iso)
        year = "" if when.year == dt.datetime.now(self.zone).year else f" {when.year}"
        return f"{when.day} {when:%b}{year}, {when:%H:%M:%S}"

    def day(self, iso: str) -> str:
        """A day; the year only when it is not this one."""
        return self.moment(iso).partition(",")[0]

    def time(self, iso: str) -> str:
        """The time of day to the millisecond."""
        when = self.at(iso)
        return f"{when:%H:%M:%S}.{when.microsecond // 1000:03d}"

    def minute(self, microseconds: int) -> str:
        """A day with time to the minute."""
        when = self.micro(microseconds)
        return f"{when.day} {when:%b} {when:%H:%M}"

    def field(self, microseconds: int | None, *, up: bool = False) -> str:
        """A time as a datetime-local field wants it, to the minute before or, with `up`, the one after."""
        if microseconds is None:
            return ""
        return f"{self.micro(microseconds + (MINUTE - 1 if up else 0)):%Y-%m-%dT%H:%M}"


TITLED = frozenset(
    (
        "attack",
        "status",
        "country",
        "blocked",
        "mark",
        "evidence",
        "cwe",
        "owasp",
        "slow",
        "large",
        *discovery_words.TITLES,
        *abuse_words.TITLES,
    )
)
"""The fields whose values are shown by a title."""


MARKS = {FALSE_POSITIVE: "False positive", TRUE_POSITIVE: "True positive", "mixed": "Partly marked"}


def mark_title(mark: str) -> str:
    """What people say of findings, in words; empty when they say nothing."""
    return MARKS.get(mark, mark)


def evidence_title(kind: str) -> str:
    """A kind of evidence in words."""
    return KINDS[kind].title if kind in KINDS else kind


def value_title(word: str, value: str) -> str:
    """A value as it is shown: attack codes, countries and statuses by name, the rest as it is."""
    if word == "attack":
        return attack.title(value)
    if word == "status":
        return status_name(value)
    if word == "country":
        return country_name(value) or value
    if word == "blocked":
        return "Blocked" if value == "true" else "Not blocked"
    if word in _TITLES:
        return _TITLES[word](value)
    return value


def cwe_title(number: str) -> str:
    """A weakness by its number and name in MITRE's list."""
    return f"CWE-{number} {CWE_TITLES.get(int(number), '')}".rstrip()


def owasp_title(code: str) -> str:
    """A class of the OWASP API Security Top 10 by its code and name."""
    return f"{code} {OWASP_TITLES.get(code, '')}".rstrip()


_TITLES: dict[str, Callable[[str], str]] = {
    "mark": mark_title,
    "evidence": evidence_title,
    "cwe": cwe_title,
    "owasp": owasp_title,
    "slow": lambda value: "Slow" if value == "true" else "Not slow",
    "large": lambda value: "Large" if value == "true" else "Not large",
    **discovery_words.TITLES,
    **abuse_words.TITLES,
}


def target(request: Request) -> str:
    """Path and query of a request."""
    return request.path + (f"?{request.query}" if request.query else "")


def sent(request: Request) -> str:
    """What was sent where the endpoint only says the kind: the path from its first variable segment on, and the query."""
    shared = 0
    for here, there in zip(request.path.split("/"), request.endpoint.split("/"), strict=False):
        if here != there:
            break
        shared += len(here) + 1
    return target(request)[shared:] if shared else target(request)


FILTERS = {
    "lower_first": discovery_words.lower_first,
    "target": target,
    "sent": sent,
    "compact": compact,
    "grouped": grouped,
    "milliseconds": milliseconds,
    "size": size,
    "outcome": outcome,
    "status_name": status_name,
    "duration": duration,
    "attack_title": attack.title,
    "country": lambda code: country_name(code) or code,
    "kind_title": discovery_words.kind_title,
    "factor_title": discovery_words.factor_title,
    "protocol_title": discovery_words.protocol_title,
    "risk_tone": discovery_words.risk_tone,
    "bot_title": abuse_words.bot_title,
    "detector_title": abuse_words.detector_title,
    "verdict_title": abuse_words.verdict_title,
}
