"""Answers that took as long as the payload asked the server to wait."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.success.answer import Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence

LEAST_SECONDS = 2.0
"""Seconds that a payload must ask for: shorter waits come by themselves."""
MOST_SECONDS = 60.0
"""Seconds that a payload may ask for: gateways do not wait longer."""
EARLY_SECONDS = 0.1
"""Seconds that a wait may end before its time, as clocks differ."""
LATE_SECONDS = 1.0
"""Seconds that an answer may take besides the wait; a fifth of it when that is more."""

_SECONDS = re.compile(
    r"(?:pg_sleep|(?:time\.)?sleep|dbms_(?:lock|session)\.sleep)\s{0,4}\(\s{0,4}['\"]?(\d{1,5}(?:\.\d{1,3})?)"
    r"|receive_message\s{0,4}\([^()\n]{1,200}(?:\([^()\n]{0,100}\)[^()\n]{0,60}){0,9},\s{0,4}(\d{1,3})\s{0,4}\)"
    r"|waitfor\s{1,9}delay\s{1,4}['\"]?0{1,2}:0{1,2}:(\d{1,2})"
    r"|(?<![\w.])sleep(?:\s|\$\{?IFS\}?|%20|\+){1,4}(\d{1,3}(?:\.\d{1,2})?)(?![\w.])"
    r"|timeout(?:\s{1,4}/t)?\s{1,4}(\d{1,3})\b",
    re.IGNORECASE,
)
_PINGS = re.compile(r"\bping\s{1,4}-[nc]\s{1,4}(\d{1,3})\b", re.IGNORECASE)


def asked_seconds(text: str) -> list[float]:
    """How long a payload asks the server to wait, in seconds; milliseconds where only they make sense."""
    found = [float(next(group for group in match.groups() if group)) for match in _SECONDS.finditer(text)]
    found += [float(match[1]) - 1 for match in _PINGS.finditer(text)]
    return [seconds / 1000 if seconds >= 1000 else seconds for seconds in found[:20]]


def delay(attempt: Attempt, answer: Answer) -> Evidence | None:
    """A time within the tolerance of one that was asked for."""
    took = (answer.exchange.duration_ms or 0.0) / 1000
    if took < LEAST_SECONDS - EARLY_SECONDS:
        return None
    for asked in asked_seconds(attempt.text):
        late = max(LATE_SECONDS, asked / 5)
        if LEAST_SECONDS <= asked <= MOST_SECONDS and asked - EARLY_SECONDS <= took <= asked + late:
            return Evidence("delay", f"answered after {took:.1f} s; the payload asks to wait {asked:g} s", "")
    return None
