"""Keyset cursors: where the next page starts, bound to the question they were made for."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec

from apitrail.errors import BadQuestion
from apitrail.query.tree import Interval


def encode(question: str, interval: Interval, place: list[Any]) -> str:
    """An opaque cursor: a place in the answer to one question (its text, order and interval as it was asked).

    The interval goes along, so that `-24h` means the same span on every page.
    """
    body = msgspec.json.encode([_digest(question, interval), interval.start, interval.end, *place])
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def decode(question: str, interval: Interval, cursor: str, kinds: tuple[type, ...]) -> tuple[Interval, list[Any]]:
    """The interval and place of a cursor; BadQuestion when it is damaged, of other types, or of another question."""
    try:
        body = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, start, end, *place = msgspec.json.decode(body, type=tuple[str, _Edge, _Edge, *kinds])  # type: ignore[valid-type]
    except (ValueError, TypeError, msgspec.DecodeError):
        raise BadQuestion("the cursor is not one that an answer gave; start again without it", position=0) from None
    if digest != _digest(question, interval):
        raise BadQuestion("the cursor belongs to another question; start again without it", position=0)
    return Interval(start, end, interval.asked), place


_Edge = int | None


def _digest(question: str, interval: Interval) -> str:
    text = f"{question}\n{interval.text}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
