"""Keyset cursors: where the next page starts, bound to the question they were made for."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import msgspec

from apitrail.errors import BadQuestion


def encode(question: str, place: list[Any]) -> str:
    """An opaque cursor: a place in the answer to one question (its text, order and interval)."""
    body = msgspec.json.encode([_digest(question), *place])
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def decode(question: str, cursor: str, kinds: tuple[type, ...]) -> list[Any]:
    """The place of a cursor; BadQuestion when it is damaged, of other types, or of another question."""
    try:
        body = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, *place = msgspec.json.decode(body, type=tuple[str, *kinds])  # type: ignore[valid-type]
    except (ValueError, TypeError, msgspec.DecodeError):
        raise BadQuestion("the cursor is not one that an answer gave; start again without it", position=0) from None
    if digest != _digest(question):
        raise BadQuestion("the cursor belongs to another question; start again without it", position=0)
    return place


def _digest(question: str) -> str:
    return hashlib.blake2b(question.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
