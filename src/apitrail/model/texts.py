"""Text that can be written down, whatever came in."""

from __future__ import annotations


def sayable(text: str) -> str:
    """A text with what UTF-8 cannot say, such as half of a surrogate pair, spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()
