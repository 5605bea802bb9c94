"""What a credential carries: user and password of Basic, header and claims of a JSON Web Token (A1.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from apitrail.inspect.points.decoding import VALUE_LIMIT, decode, jwt_part
from apitrail.model.point import BASIC, Decoder, Steps

Decoders = tuple[Decoder, ...]
Leaves = Callable[[Any], Iterable[tuple[Steps, str, bool]]]
"""Names and texts of decoded JSON with their paths; True with a name."""

_STARTS = frozenset(("ey", "ba", "be", "to"))
_SCHEME = re.compile(r"(?:(basic)|(?:bearer|token))\s+", re.IGNORECASE)
_BEARER = Decoder("bearer")
_BASIC = tuple(Decoder("basic", (part,)) for part in BASIC)
_PARTS = ("jwt_header", "jwt")


def may_carry(text: str) -> bool:
    """Whether a text begins as a credential does; cheap, and true of some others."""
    return text[:2].lower() in _STARTS


def carried(text: str, leaves: Leaves) -> Iterator[tuple[Decoders, str, bool]]:
    """What stands in a credential, with the decoders that lead there; True with a name."""
    scheme = _SCHEME.match(text)
    if len(text) > VALUE_LIMIT:
        return
    if scheme and scheme[1]:
        yield from (((decoder,), found, False) for decoder in _BASIC for found in decode(decoder, text))
        return
    token, before = (text[scheme.end() :].strip(), (_BEARER,)) if scheme else (text, ())
    for part, name in enumerate(_PARTS):
        for steps, found, is_name in leaves(jwt_part(token, part)):
            yield (*before, Decoder(name, steps)), found, is_name
