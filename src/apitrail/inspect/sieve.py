"""Many regular expressions looked for in one pass, in a time that grows with the text alone: which of them fit, not where."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import hyperscan

Refused = (hyperscan.HyperscanError, ValueError)
"""What a pattern raises that cannot be matched in linear time, or is none."""


class Sieve:
    """Some patterns, made ready; bytes are compared, so that letters beyond ASCII stand for themselves but not in brackets."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK) if patterns else None
        self._lock = threading.Lock()
        if self._database is not None:
            count = len(patterns)
            self._database.compile(
                expressions=[pattern.encode("utf-8", "replace") for pattern in patterns],
                ids=list(range(count)),
                elements=count,
                flags=[hyperscan.HS_FLAG_SINGLEMATCH] * count,
            )
            self._database.scratch = hyperscan.Scratch(self._database)

    def fitting(self, text: str) -> list[int]:
        """The numbers of the patterns that fit anywhere in a text, each once."""
        found: list[int] = []
        if self._database is not None:
            raw = text.encode("utf-8", "replace")
            with self._lock:  # What the engine writes on is one for all threads.
                self._database.scan(raw, match_event_handler=lambda number, *_rest: found.append(number))
        return found
