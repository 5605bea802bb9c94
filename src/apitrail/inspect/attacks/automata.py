"""Automata of many regular expressions: a quick one that tells which of them fit a text, and one for each that tells where.

Telling where a match begins costs several times as much as telling that there is one, so only what fits is asked for places.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
from collections.abc import Sequence
from pathlib import Path

import hyperscan
import msgspec

from apitrail.settings import cache_folder

STARTS_LIMIT = 10_000
"""Places of one pattern in one text that are told."""

_FITS = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_SINGLEMATCH
_PLACES = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_SOM_LEFTMOST


class Automata:
    """The automata of some patterns, any letter case, `^` and `$` at every line; not to be used by two threads at once."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._sieve, self._made = _kept([pattern.encode() for pattern in patterns])
        self._exact: dict[int, hyperscan.Database] = {}
        self._fitting: list[int] = []
        self._found: dict[int, int] = {}

    def fitting(self, text: bytes) -> list[int]:
        """The numbers of the patterns that fit anywhere in a text, each once."""
        self._fitting = []
        self._sieve.scan(text, match_event_handler=self._fits)
        return self._fitting

    def places(self, number: int, text: bytes) -> dict[int, int]:
        """Where a pattern fits: from each start in bytes, the end of the longest match; `STARTS_LIMIT` of them at most."""
        exact = self._exact.get(number)
        if exact is None:
            exact = self._exact[number] = _loaded(self._made[number])
        self._found = {}
        with contextlib.suppress(hyperscan.ScanTerminated):
            exact.scan(text, match_event_handler=self._stands)
        return self._found

    def _fits(self, number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        self._fitting.append(number)

    def _stands(self, _number: int, start: int, end: int, _flags: int, _context: object) -> bool | None:
        self._found[start] = end
        return len(self._found) >= STARTS_LIMIT or None


def _loaded(made: memoryview | bytes) -> hyperscan.Database:
    database = hyperscan.loadb(bytes(made), mode=hyperscan.HS_MODE_BLOCK)
    database.scratch = hyperscan.Scratch(database)
    return database


def _compiled(patterns: Sequence[bytes], flags: int) -> bytes:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    count = len(patterns)
    database.compile(expressions=list(patterns), ids=list(range(count)), elements=count, flags=[flags] * count)
    made: bytes = hyperscan.dumpb(database)
    return made


def _kept(patterns: Sequence[bytes]) -> tuple[hyperscan.Database, Sequence[memoryview | bytes]]:
    """The quick automaton and the others as bytes: from the user's own cache folder, else made, in seconds, and put there."""
    path = cache_folder() / f"signatures-{_key(patterns)}.hs"
    with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError, hyperscan.HyperscanError):
        return _read(path, len(patterns))
    made = [_compiled(patterns, _FITS), *(_compiled([pattern], _PLACES) for pattern in patterns)]
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_bytes(msgspec.msgpack.encode(made))
        part.replace(path)
    return _loaded(made[0]), made[1:]


def _read(path: Path, count: int) -> tuple[hyperscan.Database, list[memoryview]]:
    with path.open("rb") as file:
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    quick, *exact = msgspec.msgpack.decode(pages, type=list[memoryview])
    if len(exact) != count:
        raise ValueError("not the automata of these patterns")
    return _loaded(quick), exact


def _key(patterns: Sequence[bytes]) -> str:
    """What the automata depend on; that they are made for this kind of processor, the library checks when it loads them."""
    told = b"\0".join([*patterns, f"{_FITS} {_PLACES} {getattr(hyperscan, '__version__', '')}".encode()])
    return hashlib.blake2b(told, digest_size=12).hexdigest()
