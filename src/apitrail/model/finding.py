"""A finding: one attack in one exchange, what it is, where it stands, why it is one, and whether it worked."""

from __future__ import annotations

import msgspec

OWN = "apitrail"
"""The engine that is ours; other engines are named as they are called."""


FALSE_POSITIVE = "false_positive"
TRUE_POSITIVE = "true_positive"
"""What a person says of a finding: that it is no attack, that it is one."""


class Reason(msgspec.Struct, frozen=True, gc=False):
    """A signature that speaks for a finding, and how sure it makes by itself, 0 to 1."""

    rule: str
    confidence: float


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """What in the response shows that an attack worked: its kind, the words, and the point where they stand (A3.1)."""

    kind: str
    text: str
    point: str


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One attack in one exchange.

    `type` is a code of `model.attack`. `payload` is the value at `point`, decoded as the point says, or the part of it around
    what was found, which stands in it from character `start` to `end` (both 0 when that is not known). `rule` is the surest
    signature, `confidence` that of all `reasons` together, 0 to 1. `engine` is who found it. `cwe` is a number of MITRE's list,
    `owasp` a class of the OWASP API Security Top 10.
    """

    type: str
    subtype: str = ""
    point: str = ""
    payload: str = ""
    rule: str = ""
    message: str = ""
    confidence: float = 1.0
    start: int = 0
    end: int = 0
    reasons: tuple[Reason, ...] = ()
    engine: str = OWN
    cwe: int = 0
    owasp: str = ""
    evidence: Evidence | None = None
