"""A long search for exchanges that make detection fail or take long, by mutation of the texts that prove signatures.

What it finds is written to a folder, so that it can be run again: `make bench ARGS="fuzz --replay FILE"`.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.hostile import encoded, everywhere, mutated

from apitrail.inspect.attacks.detecting import detect
from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading
from apitrail.model.exchange import Exchange
from apitrail.model.record import encode
from apitrail.sources.ndjson import parse

SLOW_SECONDS = 0.1
"""Seconds that one exchange may take; what a first time takes longer is not counted."""
SHOWN = 20
"""Findings of the search that are shown; all are written down."""


def main(folder: Path, minutes: float, seed: int) -> Iterator[str]:
    """A line for each failure and each slow exchange, at last how many exchanges there were."""
    chance, end, count, found = random.Random(seed), time.monotonic() + minutes * 60, 0, 0
    folder.mkdir(parents=True, exist_ok=True)
    while time.monotonic() < end:
        count += 1
        exchange = _made(chance)
        said = _tried(exchange)
        if said:
            found += 1
            path = folder / f"{said.split()[0]}-{seed}-{count}.ndjson"
            path.write_bytes(_written(exchange))
            if found <= SHOWN:
                yield f"fuzz: {said}: {path}"
    yield f"fuzz: {count:,} exchanges of seed {seed}, {found} of them failed or took longer than {SLOW_SECONDS} s"


def replay(path: Path) -> Iterator[str]:
    """What an exchange that was written down does now."""
    exchange = parse(path.read_text(encoding="utf-8"))
    yield f"fuzz: {path.name}: {_tried(exchange) or f'{_seconds(exchange):.4f} s'}"


def _made(chance: random.Random) -> Exchange:
    text = encoded(mutated(chance), [chance.randrange(10) for _ in range(chance.choice((0, 0, 1, 2, 3)))])
    if chance.random() < 0.1:
        text *= chance.randrange(2, 50)
    exchange = everywhere(text[:100_000], kind=chance.randrange(8), packed=chance.random() < 0.1)
    if chance.random() < 0.3:
        body = bytearray(exchange.body)
        for _ in range(chance.randrange(1, 20) if body else 0):
            body[chance.randrange(len(body))] = chance.randrange(256)
        exchange.body = bytes(body)
    return exchange


def _tried(exchange: Exchange) -> str:
    """What is wrong: `failed ...` or `slow ...`; nothing when all is well."""
    try:
        if _seconds(exchange) <= SLOW_SECONDS:
            return ""
        seconds = min(_seconds(exchange) for _ in range(3))
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"failed with {type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
    return f"slow {seconds:.3f} s" if seconds > SLOW_SECONDS else ""


def _seconds(exchange: Exchange) -> float:
    before = time.process_time()
    detect(Reading(exchange, read_headers(exchange.headers)))
    return time.process_time() - before


def _written(exchange: Exchange) -> bytes:
    """The exchange record; lone surrogates, which no text can hold, become question marks."""
    fields = {name: getattr(exchange, name) for name in ("method", "path", "query", "host", "body")}
    safe = {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for name, value in fields.items()
    }
    headers = tuple(
        (name.encode("utf-8", "replace").decode(), value.encode("utf-8", "replace").decode()) for name, value in exchange.headers
    )
    return encode(Exchange(**safe, headers=headers))
