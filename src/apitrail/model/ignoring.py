"""Rules made of false positives: which findings of new traffic are none (A2.4)."""

from __future__ import annotations

import difflib

import msgspec

from apitrail.errors import BadQuestion
from apitrail.model.attack import TITLES
from apitrail.model.finding import Finding

RULES_LIMIT = 1000
"""Rules of one store."""
NAME_LIMIT = 500
"""Characters of each of a rule's members."""


class IgnoreRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is no attack: a type, a subtype or one signature, at one point, endpoint and host; where these are empty, anywhere.

    Every member that is not empty must fit. A point fits with the decoders that stand behind it.
    """

    type: str
    subtype: str = ""
    signature: str = ""
    point: str = ""
    endpoint: str = ""
    host: str = ""
    enabled: bool = True
    reason: str = ""

    def fits(self, finding: Finding, host: str, endpoint: str) -> bool:
        """Whether a finding in a request to a host and endpoint is ignored."""
        return (
            self.enabled
            and self.type == finding.type
            and self.subtype in ("", finding.subtype)
            and self.signature in ("", finding.rule)
            and (not self.point or _is_at(finding.point, self.point))
            and self.endpoint in ("", endpoint)
            and self.host in ("", host)
        )

    @property
    def sentence(self) -> str:
        """The rule in words, from what it ignores to where."""
        subtype = f" ({self.subtype})" if self.subtype else ""
        said = [f"signature {self.signature}" if self.signature else f"{TITLES[self.type]}{subtype}"]
        said += [f"{word} {text}" for word, text in (("at", self.point), ("of", self.endpoint), ("on", self.host)) if text]
        return " ".join(said if len(said) > 1 else (*said, "everywhere"))


def _is_at(point: str, wanted: str) -> bool:
    return point == wanted or point.startswith(f"{wanted}|")


def check(rule: IgnoreRule) -> IgnoreRule:
    """The rule, when it can be one; BadQuestion that says what is wrong."""
    if rule.type not in TITLES:
        near = difflib.get_close_matches(rule.type, TITLES, 1, 0.4)
        raise BadQuestion(f"there is no attack type {rule.type[:60]!r}", suggestion=near[0] if near else None)
    for name in ("subtype", "signature", "point", "endpoint", "host", "reason"):
        if len(getattr(rule, name)) > NAME_LIMIT:
            raise BadQuestion(f"{name} has at most {NAME_LIMIT} characters")
    return rule
