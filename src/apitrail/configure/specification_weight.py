"""How much a specification weighs when it is written out: references that many places share are written in each of them."""

from __future__ import annotations

from typing import Any

import msgspec

from apitrail.inspect.specifications.specification import Specification

_PLAIN = 8
"""Bytes, about, of what is no text."""


def weight(specification: Specification, most: int) -> int:
    """The bytes of a specification as JSON, about; counting ends beyond `most`, so that no document makes it long."""
    waiting: list[Any] = [specification]
    total = 0
    while waiting and total <= most:
        value = waiting.pop()
        if isinstance(value, str):
            total += len(value.encode("utf-8", "surrogatepass")) + _PLAIN
        elif isinstance(value, msgspec.Struct):
            waiting += [inner for name in value.__struct_fields__ if (inner := getattr(value, name))]
        elif isinstance(value, dict):
            waiting += (*value, *value.values())
        elif isinstance(value, (tuple, list)):
            waiting += value
        else:
            total += _PLAIN
    return total
