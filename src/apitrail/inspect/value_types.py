"""The type of a value by its look, and the type that holds several: what an inventory of an API says of its parameters (D3)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import reduce
from typing import Any

from apitrail.inspect.checksums import is_iban

TYPES = ("int32", "int64", "float", "boolean", "date", "datetime", "uuid", "email", "ip", "uri", "hex", "base64", "string",
         "object", "array", "null", "file")  # fmt: skip
"""Every type a value can have."""
UNFIT = "!"
"""Stands before the type of a value that an enforced specification does not allow: the parameter is there, of another type."""
LOOKED_LIMIT = 1024
"""Characters of a value that its type is judged by."""

_DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-6]\d(?:[.,]\d{1,9})?)?\s?(?:[Zz]|[+-]\d\d:?\d\d)?"
_SHAPES = (
    ("uuid", r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
    ("date", _DAY),
    ("datetime", rf"{_DAY}[Tt\s]{_TIME}"),
    ("ip", r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"),
    ("email", r"[^\s@\"<>:/]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"),
    ("uri", r"(?:[A-Za-z][A-Za-z0-9+.-]{1,15}://|urn:|mailto:)[^\s<>\"]+"),
    ("hex", r"(?=[^\d]*\d)(?=\d*[a-fA-F])(?:[0-9a-f]{8,}|[0-9A-F]{8,})"),
    ("base64", r"(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=[^\d]*\d)(?:[A-Za-z0-9+/]{15,}|[A-Za-z0-9_-]{15,})={0,2}"),
)
_LOOK = re.compile("|".join(f"(?P<{name}>{shape})" for name, shape in _SHAPES), re.ASCII)
_IBAN = re.compile(r"[A-Z]{2}\d\d", re.ASCII)
_NUMBER = re.compile(r"(?P<whole>-?(?:0|[1-9]\d{0,18}))|-?(?:0|[1-9]\d{0,18})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_NUMBERS = ("int32", "int64", "float")
"""Each holds the ones before it."""
_BOOLEANS = frozenset(("true", "false", "True", "False", "TRUE", "FALSE"))
_INT32, _INT64 = 1 << 31, 1 << 63


def type_of_text(text: str) -> str:
    """The type of a text that is known to be one, such as a string in JSON: its format, else `string`."""
    if text.isalpha() or not text:
        return "string"
    found = _LOOK.fullmatch(text[:LOOKED_LIMIT])
    if found is None:
        return "ip" if text.count(":") > 1 and _is_ip(text) else "string"
    kind = found.lastgroup or "string"
    if kind == "hex" and _IBAN.match(text) and is_iban(text):
        return "string"
    return "string" if kind == "base64" and (len(text) % 4 or len(text) < 16) else kind


def type_of_field(text: str) -> str:
    """The type of a text where everything is one: in a query, a form, a header, XML. An empty one is `null`."""
    if not text:
        return "null"
    if text[0] in "-0123456789":
        found = _NUMBER.fullmatch(text)
        if found:
            return _whole(int(text)) if found["whole"] else "float"
    return "boolean" if text in _BOOLEANS else type_of_text(text)


def type_of(value: Any) -> str:
    """The type of a value of decoded JSON."""
    if isinstance(value, str):
        return type_of_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(value)
    return _PLAIN.get(type(value), "string")


_PLAIN = {bool: "boolean", float: "float", dict: "object", list: "array", type(None): "null"}


def wider(one: str, other: str) -> str:
    """The type that holds the values of two; texts of different formats are plain texts."""
    if other in (one, "null"):
        return one
    if one == "null":
        return other
    if one in _NUMBERS and other in _NUMBERS:
        return max(one, other, key=_NUMBERS.index)
    return "string"


def widest(types: Iterable[str]) -> str:
    """The type that holds the values of all; `null` when there are none. The order does not matter."""
    return reduce(wider, types, "null")


def _whole(number: int) -> str:
    if -_INT32 <= number < _INT32:
        return "int32"
    return "int64" if -_INT64 <= number < _INT64 else "float"


def _is_ip(text: str) -> bool:
    if len(text) > 45:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
