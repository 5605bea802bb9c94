"""Paths that are spelt as no client spells them, so that a filter reads another path than the server (CWE-436)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.points.extracting import Reading

PATH_LIMIT = 8192
"""Characters of a path that are looked at."""

_DOTS = mark("path-encoded-dot", "cve", "path-confusion")
_LETTERS = mark("path-encoded-letter", "cve", "path-confusion")

_ENCODED_DOT = re.compile(r"/\./|/[\w-]+\.\./|/(?:\.?%2e|%2e\.?){1,2}(?:[;/?]|%2f|$)|/\.{1,2};|%2e%2e", re.IGNORECASE)
_ENCODED_LETTER = re.compile(r"%(?:25)*(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a])", re.IGNORECASE)


def look(reading: Reading) -> Iterator[Hit]:
    """Letters and dots that are percent-encoded though nothing asks for that."""
    path = reading.exchange.path[:PATH_LIMIT]
    if "%" not in path and ";" not in path and "./" not in path:
        return
    if _ENCODED_DOT.search(path):
        yield hit(_DOTS, 0.75, path, "path")
    if _ENCODED_LETTER.search(path):
        yield hit(_LETTERS, 0.75, path, "path")
