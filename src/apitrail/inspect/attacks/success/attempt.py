"""What a finding's request asked for: the value it stands in, in every form an application might see, and all else it sent."""

from __future__ import annotations

import re
from typing import Protocol

from apitrail.inspect.attacks.values import Value, values
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.points.structures import text_of
from apitrail.model.lazy import lazy

SENT_LIMIT = 1 << 20
"""Characters of a request that an answer may have from it."""
FORMS_LIMIT = 20
"""Forms of one value that are looked at."""
FORM_LIMIT = 4096
"""Characters of one form that are looked at, from a little before what attacks."""
BEFORE = 1000
"""Characters before it."""

_SEARCHING = frozenset(
    ("q", "query", "search", "s", "term", "keyword", "keywords", "text", "message", "prompt", "question", "content")
)


class Found(Protocol):
    """What is needed of a finding."""

    @property
    def type(self) -> str:
        """The code of the attack."""

    @property
    def subtype(self) -> str:
        """What of its type it is."""

    @property
    def point(self) -> str:
        """Where it stands."""

    @property
    def payload(self) -> str:
        """What of the value attacks."""


class Sent:
    """A request as a whole: what an answer may only have repeated."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    @lazy
    def values(self) -> list[Value]:
        """Its values, as attacks are looked for in them."""
        return values(self.reading)

    @lazy
    def text(self) -> str:
        """All it says, as it is written and decoded."""
        exchange = self.reading.exchange
        body = text_of(exchange.body[: SENT_LIMIT // 2], self.reading.request.content_type) if exchange.body else ""
        written = f"{exchange.path}?{exchange.query}\n{body}\n"
        return (written + "\n".join(value.text for value in self.values))[:SENT_LIMIT]

    def says(self, text: str) -> bool:
        """Whether the request says a text itself; of several lines the first."""
        return text.strip().partition("\n")[0].strip() in self.text


class Attempt:
    """One finding with the value in which it stands."""

    def __init__(self, sent: Sent, finding: Found) -> None:
        self.sent = sent
        self.finding = finding

    @lazy
    def forms(self) -> tuple[str, ...]:
        """The value, as it is written and decoded; the payload alone where the value is not known."""
        finding = self.finding
        known = [value for value in self.sent.values if finding.payload in value.text and value.point == finding.point]
        if not known:
            known = [value for value in self.sent.values if value.point == finding.point][:1]
        if not known:
            return (finding.payload,)
        place = known[0][1:4]
        same = (value.text for value in self.sent.values if value[1:4] == place)
        texts = dict.fromkeys((*(value.text for value in known), *same))
        return tuple(_part(text, finding.payload) for text in texts)[:FORMS_LIMIT]

    @lazy
    def text(self) -> str:
        """The forms as one text, each on lines of its own."""
        return "\n".join((*self.forms, self.finding.payload))

    @lazy
    def name(self) -> str:
        """The name of the parameter or member in lower case; empty for a place without one."""
        point = self.finding.point.partition("|")[0]
        return re.split(r"[.\[]", point)[-1].strip('"]').lower()

    @lazy
    def is_search(self) -> bool:
        """Whether the value is words to look for or to talk about, so that documents about an attack may answer it."""
        return self.name in _SEARCHING


def _part(text: str, payload: str) -> str:
    """A form, of a long one the part that attacks."""
    if len(text) <= FORM_LIMIT:
        return text
    first = max(text.find(payload) - BEFORE, 0)
    return text[first : first + FORM_LIMIT]
