"""All signatures at once: one pass of one automaton over all values of a request, then the checks where it found something."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version

import hyperscan

from apitrail.inspect.attacks.families import (
    code,
    elements,
    html,
    ldap,
    lines,
    nosql,
    objects,
    paths,
    probes,
    prompts,
    scripts,
    shell,
    sql,
    templates,
    tokens,
    urls,
    xml,
)
from apitrail.inspect.attacks.signature import Hit, Signature
from apitrail.inspect.attacks.values import Value
from apitrail.settings import cache_folder

CATALOGUE: tuple[Signature, ...] = (
    *sql.SIGNATURES,
    *nosql.SIGNATURES,
    *ldap.SIGNATURES,
    *html.SIGNATURES,
    *elements.SIGNATURES,
    *scripts.SIGNATURES,
    *templates.SIGNATURES,
    *prompts.SIGNATURES,
    *shell.SIGNATURES,
    *paths.SIGNATURES,
    *code.SIGNATURES,
    *urls.SIGNATURES,
    *xml.SIGNATURES,
    *objects.SIGNATURES,
    *tokens.SIGNATURES,
    *lines.SIGNATURES,
    *probes.SIGNATURES,
)
"""Every signature."""
PLACES_LIMIT = 20
"""Places of one signature in one value that are checked: the first and the last, so that decoys before it hide no attack."""
SURE_ENOUGH = 0.7
"""How sure all hits of one type in a value together must be."""

_HALF = PLACES_LIMIT // 2
_BETWEEN = "\n\x00\n"


class Matcher:
    """The automaton of some signatures; not to be used by two threads at once."""

    def __init__(self, signatures: Sequence[Signature]) -> None:
        self._signatures = signatures
        flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_MULTILINE
        self._database = _kept([signature.pattern.encode() for signature in signatures], flags)
        self._found: dict[tuple[int, int], int] = {}

    def _note(self, number: int, start: int, end: int, _flags: int, _context: object) -> None:
        self._found[number, start] = end

    def hits(self, values: Sequence[Value]) -> list[Hit]:
        """Where signatures fit, each place once, with the longest match from there."""
        pieces = [value.text.encode("utf-8", "replace") for value in values]
        starts, at = [], 0
        for piece in pieces:
            starts.append(at)
            at += len(piece) + len(_BETWEEN)
        self._found.clear()
        self._database.scan(_BETWEEN.encode().join(pieces), match_event_handler=self._note)
        places: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for (number, start), end in self._found.items():
            index = bisect_right(starts, start) - 1
            low = start - starts[index]
            if low < len(pieces[index]):  # else it begins between two values
                places.setdefault((number, index), []).append((low, end - starts[index]))
        return [
            hit
            for (number, index), some in places.items()
            for low, high in (some if len(some) <= PLACES_LIMIT else some[:_HALF] + some[-_HALF:])
            if (hit := self._hit(number, values[index], pieces[index], low, high))
        ]

    def _hit(self, number: int, value: Value, piece: bytes, low: int, high: int) -> Hit | None:
        high = min(high, len(piece))
        if len(piece) != len(value.text):  # characters of several bytes stand before or in it
            low, high = len(piece[:low].decode("utf-8", "ignore")), len(piece[:high].decode("utf-8", "ignore"))
        signature = self._signatures[number]
        sure = signature.check(value, low, high) if signature.check else signature.sure
        return Hit(signature, value, low, high, sure) if sure > 0 else None


def _compiled(patterns: list[bytes], flags: int) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    count = len(patterns)
    database.compile(expressions=patterns, ids=list(range(count)), elements=count, flags=[flags] * count)
    return database


def _kept(patterns: list[bytes], flags: int) -> hyperscan.Database:
    """The automaton from the user's own cache folder, where it is put when it is made: making it takes seconds, loading none."""
    told = b"\0".join([*patterns, str(flags).encode(), version("hyperscan").encode(), platform.processor().encode()])
    path = cache_folder() / f"signatures-{hashlib.blake2b(told, digest_size=12).hexdigest()}.hs"
    with contextlib.suppress(OSError, hyperscan.HyperscanError):
        database = hyperscan.loadb(path.read_bytes(), mode=hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return database
    database = _compiled(patterns, flags)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(hyperscan.dumpb(database))
        part.replace(path)
    return database


@cache
def matcher() -> Matcher:
    """The matcher of the whole catalogue in this process."""
    return Matcher(CATALOGUE)


def together(hits: Sequence[Hit]) -> float:
    """How sure several hits are together: each takes its share of the doubt that the others leave, each rule once."""
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.signature.rule] = max(best.get(hit.signature.rule, 0.0), hit.sure)
    doubt = 1.0
    for sure in best.values():
        doubt *= 1 - sure
    return 1 - doubt
