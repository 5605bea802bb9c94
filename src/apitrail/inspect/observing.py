"""Values that could name a session, a user or a role, noted as keyed hashes: what recommendations are made of (S1.7)."""

from __future__ import annotations

from apitrail.inspect.identity import Hashes
from apitrail.inspect.points.extracting import Reading

Observed = tuple[tuple[str, int], ...]
"""Points and the keyed hashes of what stands there."""


class Observer:
    """Finds the points of an exchange whose values could name somebody; bounded, and cheap for a line of a log."""

    def __init__(self, hashes: Hashes) -> None:
        self._hashes = hashes

    def sender(self, reading: Reading) -> Observed:
        """What headers and bodies say."""
        return ()

    def query(self, query: str) -> Observed:
        """What the query says."""
        return ()
