"""Durations as people say them."""

from __future__ import annotations

_UNITS = ((3570, 60, "minute"), (86_400, 3600, "hour"))
"""Up to how many seconds a unit is used, its length in seconds, and its word."""


def duration(milliseconds: float) -> str:
    """A duration in words: a moment, a few seconds, 6 minutes, 2 hours, a day."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return "a moment"
    if seconds < 45:
        return "a few seconds"
    for limit, unit, word in _UNITS:
        if seconds < limit:
            count = max(1, round(seconds / unit))
            return f"{count} {word}{'s' if count > 1 else ''}"
    return "a day"
