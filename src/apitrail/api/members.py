"""Bodies of questions: JSON objects whose members are all known, so that a typing mistake never widens an answer."""

from __future__ import annotations

import difflib
from typing import TypeVar

import msgspec

from apitrail.errors import BadQuestion

Body = TypeVar("Body", bound=msgspec.Struct)

BODY_LIMIT = 1 << 20
"""Bytes of a body that asks something."""


def read_members(body: bytes, kind: type[Body]) -> Body:
    """The body as an object of a kind; BadQuestion names a member that there is not, with the nearest one."""
    try:
        found = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise BadQuestion(f"the body is no JSON: {error}", position=0) from None
    except RecursionError:
        raise BadQuestion("the body is nested too deeply", position=0) from None
    if not isinstance(found, dict):
        raise BadQuestion("the body is an object", position=0, suggestion="{}")
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
            raise BadQuestion(f"there is no member {name[:40]!r} here{hint}", position=0, suggestion=near[0] if near else None)
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise BadQuestion(str(error), position=0) from None
