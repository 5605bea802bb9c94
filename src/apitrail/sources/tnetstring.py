"""Tagged netstrings, the encoding of mitmproxy's flow files: `5:hello,` with the type behind the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

LIMIT = 256 << 20
"""Bytes of one value at most; a longer one is taken for damage."""
_LONGEST_LENGTH = 12
_DEPTH = 32


class DamagedError(ValueError):
    """The bytes are no tagged netstring."""


def read(stream: BinaryIO) -> Iterator[Any]:
    """The values of a stream one after the other; raises DamagedError where it breaks."""
    while True:
        length = _length(stream)
        if length is None:
            return
        data = stream.read(length + 1)
        if len(data) != length + 1:
            raise DamagedError("cut off")
        yield _value(data[:-1], data[-1:], _DEPTH)


def _length(stream: BinaryIO) -> int | None:
    digits = b""
    while (one := stream.read(1)) != b":":
        if not one and not digits.strip():
            return None
        if not one.isdigit() or len(digits) >= _LONGEST_LENGTH:
            raise DamagedError("no length where one should be")
        digits += one
    if not digits or int(digits) > LIMIT:
        raise DamagedError("a length that cannot be")
    return int(digits)


def _parts(data: bytes, depth: int) -> Iterator[Any]:
    if not depth:
        raise DamagedError("nested too deep")
    place = 0
    while place < len(data):
        colon = data.find(b":", place, place + _LONGEST_LENGTH + 1)
        if colon < 0 or not data[place:colon].isdigit():
            raise DamagedError("no length where one should be")
        end = colon + 1 + int(data[place:colon])
        if end >= len(data):
            raise DamagedError("a value longer than what holds it")
        yield _value(data[colon + 1 : end], data[end : end + 1], depth - 1)
        place = end + 1


def _table(data: bytes, depth: int) -> dict[str, Any]:
    parts = list(_parts(data, depth))
    if len(parts) % 2:
        raise DamagedError("a name without a value")
    return {_name(key): value for key, value in zip(parts[::2], parts[1::2], strict=True)}


def _name(key: object) -> str:
    return key.decode("utf-8", "backslashreplace") if isinstance(key, bytes) else str(key)


_TYPES: dict[bytes, Callable[[bytes, int], Any]] = {
    b",": lambda data, _: data,
    b";": lambda data, _: data.decode("utf-8", "backslashreplace"),
    b"#": lambda data, _: int(data[:20]),
    b"^": lambda data, _: float(data[:40]),
    b"!": lambda data, _: data == b"true",
    b"~": lambda _data, _: None,
    b"]": lambda data, depth: list(_parts(data, depth)),
    b"}": _table,
}


def _value(data: bytes, kind: bytes, depth: int) -> Any:
    reader = _TYPES.get(kind)
    if reader is None:
        raise DamagedError(f"unknown type {kind!r}")
    try:
        return reader(data, depth)
    except ValueError as error:
        raise error if isinstance(error, DamagedError) else DamagedError("not a number") from error
