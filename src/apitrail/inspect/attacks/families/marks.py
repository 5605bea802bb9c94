"""Hits of checks that look at a whole request: what they are, and at which point of it."""

from __future__ import annotations

from apitrail.inspect.attacks.signature import Hit, Signature
from apitrail.inspect.attacks.values import Value
from apitrail.model.point import Steps


def mark(rule: str, kind: str, subtype: str) -> Signature:
    """What a check of a whole request says: a signature without a pattern; its tests hold the requests that prove it."""
    return Signature(rule, kind, subtype, "")


def hit(signature: Signature, sure: float, text: str, place: str, steps: Steps = ()) -> Hit:
    """That a mark fits a text at a place of the request, all of it."""
    return Hit(signature, Value(text, "request", place, steps), 0, len(text), sure)
