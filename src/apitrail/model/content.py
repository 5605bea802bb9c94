"""The full content of a malicious request, masked: what stands in the store beside its row."""

from __future__ import annotations

import msgspec

from apitrail.model.exchange import Header


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """Headers and body of one direction as text; `cut` is how many characters of the body were left out."""

    headers: tuple[Header, ...] = ()
    body: str = ""
    cut: int = 0


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """Both directions of one exchange."""

    request: Message = Message()
    response: Message = Message()


def read_content(text: str) -> Content | None:
    """The content as it was stored; None when nothing was kept."""
    return msgspec.json.decode(text, type=Content) if text else None
