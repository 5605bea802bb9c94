"""Made-up traffic for measuring: a combined access log, and a store of any size, the same at every run."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from apitrail.model.request import SCHEMA
from apitrail.store import Store

DAY, HOUR = 86_400_000_000, 3_600_000_000
BIG_SESSION = 1 << 100
"""The session of 100,000 requests."""

_PATHS = (
    "/",
    "/products",
    "/api/v1/products/{}",
    "/api/v1/cart",
    "/api/v1/orders/{}",
    "/search?q={}&page=2",
    "/static/app.css",
    "/login",
)


_PARTS = tuple(f"part{at}" for at in range(200))


def combined_log(path: Path, lines: int) -> Path:
    """A combined log: 20,000 clients, eight kinds of path with 50,000 ids, one line every half second."""
    if path.exists():
        return path
    rng = random.Random(1)
    agents = [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{100 + at}.0.0.0 Safari/537.36"
        for at in range(60)
    ]
    clients = [(".".join(str(rng.randint(1, 223)) for _ in range(4)), rng.choice(agents)) for _ in range(20_000)]
    start = int(time.time()) - 86_400 - int(lines * 0.05)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as out:
        for at in range(lines):
            ip, agent = rng.choice(clients)
            stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(start + at * 0.05))
            target = rng.choice(_PATHS).format(rng.randint(1, 50_000))
            status, size = rng.choice((200, 200, 200, 200, 304, 404, 500)), rng.randint(100, 90_000)
            out.write(f'{ip} - - [{stamp}] "GET {target} HTTP/1.1" {status} {size} "https://shop.example/" "{agent}"\n')
    return path


def fill(store: Store, requests: int, *, sessions_a_request: float = 0.18) -> int:
    """Seven days of requests up to now, with one session of 100,000; the start of the newest whole day, in microseconds."""
    rng = np.random.default_rng(1)
    today = int(time.time() * 1e6) // DAY * DAY
    batch, done = 100_000, 0
    while done < requests:
        day = today - (6 - 7 * done // requests) * DAY - DAY
        sessions = max(1, int(requests * sessions_a_request / 7))
        store.write(_batch(rng, batch, day, sessions, done), token=f"bench-{requests}-{done}")
        done += batch
    store.write(_batch(rng, 100_000, today - DAY, 0, done), token=f"bench-{requests}-big")
    return today - DAY


def fill_hour(store: Store, requests: int, sessions: int, *, first: int = 0) -> None:
    """The requests of one hour of today or, in the first hours of a day, of yesterday, in so many sessions; one when 0."""
    rng = np.random.default_rng(first)
    start = (int(time.time() * 1e6) - 4 * HOUR) // DAY * DAY
    for done in range(0, requests, 100_000):
        rows = min(100_000, requests - done)
        made = _batch(rng, rows, start, sessions, first + done, HOUR, ("orders", "carts", "people", "prices"))
        store.write(made, token=f"bench-hour-{first}-{done}-{sessions}")


def _batch(
    rng: np.random.Generator, rows: int, day: int, sessions: int, first: int, span: int = DAY, parts: Sequence[str] = _PARTS
) -> pa.Table:
    times = np.sort(day + rng.integers(0, span, rows))
    if sessions:
        number = rng.integers(0, sessions, rows).astype("uint64") + np.uint64(day // DAY * 10_000_000)
    else:
        number = np.zeros(rows, "uint64")
    ids = np.zeros((rows, 2), "uint64")
    ids[:, 0] = number * np.uint64(0x9E3779B97F4A7C15)
    ids[:, 1] = (number * np.uint64(0xC2B2AE3D27D4EB4F)) if sessions else np.uint64(BIG_SESSION >> 64)
    attacked = rng.random(rows) < 0.01
    columns = {
        "day": pa.array(np.full(rows, day // DAY, "int32"), pa.date32()),
        "time": pa.array(times, pa.timestamp("us", "UTC")),
        "session_id": pa.Array.from_buffers(pa.binary(16), rows, [None, pa.py_buffer(ids.tobytes())]),
        "request_id": pa.array([f"{at:024x}" for at in range(first, first + rows)]),
        "application": _words(rng, rows, ["shop"]),
        "host": _words(rng, rows, [f"api{at}.shop.example" for at in range(10)]),
        "method": _words(rng, rows, ["GET", "POST", "DELETE"], [0.8, 0.19, 0.01]),
        "path": pa.array([f"/api/v1/products/{at}" for at in rng.integers(0, 50_000, rows)]),
        "query": pa.array(["page=2"] * rows),
        "endpoint": _words(rng, rows, [f"/api/v1/{part}/{{id}}" for part in parts]),
        "protocol": _words(rng, rows, ["rest"]),
        "status": pa.array(rng.choice([200, 304, 404, 500], rows, p=[0.9, 0.05, 0.04, 0.01]).astype("uint16")),
        "duration_ms": pa.array((rng.random(rows) * 300).astype("float32")),
        "request_bytes": pa.array(np.full(rows, 640, "uint64")),
        "response_bytes": pa.array(rng.integers(0, 90_000, rows).astype("uint64")),
        "ip": _words(rng, rows, [f"10.{at // 65536}.{at // 256 % 256}.{at % 256}" for at in range(20_000)]),
        "country": _words(rng, rows, ["DE", "US", "FR", "BR"]),
        "network": _words(rng, rows, ["Hetzner", ""]),
        "network_kind": _words(rng, rows, ["hosting", ""]),
        "user_agent": _words(rng, rows, [f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{100 + at}.0.0.0" for at in range(60)]),
        "client": _words(rng, rows, [f"Chrome {100 + at}" for at in range(60)]),
        "client_kind": _words(rng, rows, ["browser"]),
        "session_key": _words(rng, rows, ["request.cookie.sid"]),
        "session_value": _words(rng, rows, ["9f3c…"]),
        "attack_types": pa.array([["sqli"] if bad else [] for bad in attacked], pa.list_(pa.string())),
        "verdicts": pa.array([""] * rows),
        "blocked": pa.array(np.zeros(rows, "uint8")),
    }
    empty = {field.name: pa.array([""] * rows, field.type) for field in SCHEMA if field.name not in columns}
    columns.update(empty)
    return pa.table([columns[field.name].cast(field.type) for field in SCHEMA], schema=SCHEMA)


def _words(rng: np.random.Generator, rows: int, values: list[str], shares: list[float] | None = None) -> pa.Array:
    at = rng.choice(len(values), rows, p=shares).astype("int32")
    return pa.DictionaryArray.from_arrays(pa.array(at), pa.array(values))


def iso(microseconds: int) -> str:
    """A time for the address of a question."""
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
    return moment.isoformat().replace("+00:00", "Z")
