"""Whether a value is of a shape, and in words what the shape asks for. Linear in the size of the value."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import hyperscan

from apitrail.inspect.specifications.specification import Scalar, Shape

PATTERNS_LIMIT = 1000
"""Patterns of specifications that are kept compiled."""
TEXT_LIMIT = 65_536
"""Characters of a text that is compared with a pattern or a format; a longer one is not."""
SHOWN_VALUES = 10
"""Values of an enumeration that are named in a message."""
SHOWN_PATTERN = 100
"""Characters of a pattern that are shown in a message."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][-+]?[0-9]{1,4})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[-+][0-9]{2}:[0-9]{2})"
)
_WHOLE = {"int32": 1 << 31, "int64": 1 << 63}
_PLAIN = {"integer": 0, "number": 0.0, "boolean": False}


def misfit(shape: Shape, value: Any) -> str:
    """How a JSON value differs from a shape, as a word (type, enum, format, pattern, length, range); empty when it fits.

    Members and items are not looked at.
    """
    if shape.types and not any(_is(kind, value) for kind in shape.types):
        return "type"
    if shape.enum and not any(_same(value, known) for known in shape.enum):
        return "enum"
    if isinstance(value, str):
        return _misfit_of_text(shape, value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _misfit_of_number(shape, value)
    return ""


def misfit_of_parameter(shape: Shape, text: str) -> str:
    """The same of a value that was sent as text, as in a query."""
    kinds = shape.types
    if shape.enum and text in {known if isinstance(known, str) else _written(known) for known in shape.enum}:
        return ""
    if not kinds or "object" in kinds:
        return "enum" if shape.enum and not kinds else ""
    if "array" in kinds:
        items = shape.items
        found = (misfit_of_parameter(items, part) for part in text.split(",")) if items else iter(())
        return next(filter(None, found), "")
    said = [_read(kind, text) for kind in kinds]
    readings = [value for known, value in said if known]
    misfits = [misfit(shape, value) for value in readings]
    return "" if "" in misfits else misfits[0] if misfits else "type"


def _written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _read(kind: str, text: str) -> tuple[bool, Any]:
    """What a text says when it is read as a type, if it can be."""
    if kind == "string":
        return True, text
    if kind == "integer":
        return (True, int(text)) if _INTEGER.fullmatch(text) else (False, None)
    if kind == "number":
        return (True, float(text)) if _NUMBER.fullmatch(text) else (False, None)
    if kind == "boolean":
        return text in ("true", "false"), text == "true"
    return text in ("", "null"), None


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return kind == ("null" if value is None else "boolean")
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _KINDS[kind])


_KINDS: dict[str, Any] = {
    "string": str, "number": (int, float), "array": list, "object": dict, "boolean": bool, "null": type(None),
}  # fmt: skip


def _same(value: Any, known: Scalar) -> bool:
    """JSON has one kind of number, and truth values are none."""
    return value == known and isinstance(value, bool) == isinstance(known, bool)


def _misfit_of_number(shape: Shape, value: float) -> str:
    low = (shape.minimum is None or value >= shape.minimum) and (shape.above is None or value > shape.above)
    high = (shape.maximum is None or value <= shape.maximum) and (shape.below is None or value < shape.below)
    if not (low and high):
        return "range"
    most = _WHOLE.get(shape.format)
    return "format" if most and not -most <= value < most else ""


def _misfit_of_text(shape: Shape, text: str) -> str:
    if len(text) < shape.min_length or (shape.max_length is not None and len(text) > shape.max_length):
        return "length"
    if len(text) > TEXT_LIMIT:
        return ""
    holds = _FORMATS.get(shape.format)
    if holds and not holds(text):
        return "format"
    return "pattern" if shape.pattern and not _matches(shape.pattern, text) else ""


# --- formats and patterns ------------------------------------------------------------------------------------------------


def _reads(read: Callable[[str], object]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return holds


def _is_moment(text: str) -> bool:
    if not _DATE_TIME.fullmatch(text):
        return False
    # Python reads neither leap seconds nor more than six digits of a fraction.
    return _reads(datetime.fromisoformat)(text[:10] + "T" + text[11:17] + ("59" if text[17:19] == "60" else text[17:19]))


_FORMATS: dict[str, Callable[[str], bool]] = {
    "date": lambda text: len(text) == 10 and _reads(date.fromisoformat)(text),
    "date-time": _is_moment,
    "uuid": lambda text: _UUID.fullmatch(text) is not None,
    "email": lambda text: 0 < text.find("@") < len(text) - 1 and not any(map(str.isspace, text)),
    "ipv4": _reads(IPv4Address),
    "ipv6": _reads(IPv6Address),
    "ip": _reads(ip_address),
}
"""Formats of texts that are checked; others only say what is meant."""

_SCANNING = threading.Lock()
"""The automata have one scratch space each."""


def _matches(pattern: str, text: str) -> bool:
    """Whether a pattern fits anywhere in a text. One that cannot be matched in linear time fits everything."""
    database = _compiled(pattern)
    if database is None:
        return True
    found: list[int] = []
    with _SCANNING:
        database.scan(text.encode("utf-8", "replace"), match_event_handler=lambda *_: found.append(1))
    return bool(found)


@lru_cache(maxsize=PATTERNS_LIMIT)
def _compiled(pattern: str) -> hyperscan.Database | None:
    flags = hyperscan.HS_FLAG_UTF8 | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_ALLOWEMPTY | hyperscan.HS_FLAG_DOTALL
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(expressions=[pattern.encode("utf-8")], ids=[0], elements=1, flags=[flags])
    except (hyperscan.HyperscanError, UnicodeError):
        return None
    return database


# --- in words ------------------------------------------------------------------------------------------------------------


def words(shape: Shape) -> str:
    """What a shape asks for: `an integer (int32), at least 1`."""
    if shape.enum:
        shown = [_written(value) for value in shape.enum[:SHOWN_VALUES]]
        return f"one of {', '.join(shown)}" + (" ..." if len(shape.enum) > SHOWN_VALUES else "")
    kinds = " or ".join(_ARTICLES.get(kind, kind) for kind in shape.types) or "a value"
    return ", ".join([f"{kinds} ({shape.format})" if shape.format else kinds, *_bounds(shape)])


def _bounds(shape: Shape) -> list[str]:
    told = [f"{said} {bound}" for said, bound in (
        ("at least", shape.minimum), ("at most", shape.maximum), ("above", shape.above), ("below", shape.below),
        ("at most characters:", shape.max_length),
    ) if bound is not None]  # fmt: skip
    if shape.min_length:
        told.append(f"at least characters: {shape.min_length}")
    return [*told, f"matching {shape.pattern[:SHOWN_PATTERN]}"] if shape.pattern else told


_ARTICLES = {
    "integer": "an integer", "number": "a number", "string": "a text", "boolean": "true or false", "array": "a list",
    "object": "an object",
}  # fmt: skip
