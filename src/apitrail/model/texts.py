"""Text that can be written down, whatever came in."""

from __future__ import annotations

from typing import Any

import msgspec

_LINE_ENDS = {sign.encode(): f"\\u{ord(sign):04x}".encode() for sign in ("\x85", "\u2028", "\u2029")}
"""What some programs take for the end of a line, though JSON lets it stand."""


def sayable(text: str) -> str:
    """A text with what UTF-8 cannot say, such as half of a surrogate pair, spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()


def json_line(value: Any) -> bytes:
    """A value as one line of JSON with its end; nothing in it ends a line for anybody who reads lines."""
    line = msgspec.json.encode(value)
    if not line.isascii():
        for sign, escape in _LINE_ENDS.items():
            line = line.replace(sign, escape)
    return line + b"\n"
