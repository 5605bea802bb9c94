"""Answers over real HTTP from stores of growing size: p95 of first answers, and of the same again while nothing is written."""

from __future__ import annotations

import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from apitrail.access.tokens import Tokens
from apitrail.server import create_app
from apitrail.settings import load
from apitrail.store import Store
from traffic import BIG_SESSION, DAY, fill, iso

CALLS = 50


def table(sizes: list[int]) -> Iterator[str]:
    """One line for each size and question, as soon as it is measured."""
    yield f"p95 of {CALLS} calls in ms: the first since something was written, and the same again"
    for size in sizes:
        for name, first, again in _measured(size):
            shown, _, target = name.partition("|")
            aim = f"(to reach {target} at 5 M)" if target else ""
            yield f"{size / 1e6:4.0f} M requests   {shown:48}{first:6.0f}{again:6.0f}   {aim}"


def _measured(size: int) -> Iterator[tuple[str, float, float]]:
    with tempfile.TemporaryDirectory() as folder, Store(f"chdb://{folder}/store") as store:
        day = fill(store, size)
        store.rows("SELECT 1 AS x")
        with _server(store) as (port, token):
            for name, path in _questions(day).items():
                yield name, _p95(port, token, path, store), _p95(port, token, path, None)


def _questions(day: int) -> dict[str, str]:
    whole = f"from={iso(day - DAY)}&to={iso(day)}"
    hour = f"from={iso(day - DAY // 2)}&to={iso(day - DAY // 2 + DAY // 24)}"
    week = f"from={iso(day - 6 * DAY)}&to={iso(day + DAY)}"
    big = f"{BIG_SESSION:032x}"
    return {
        "sessions: first page of a day|150": f"/api/v1/sessions?{whole}",
        "sessions: first page of an hour|100": f"/api/v1/sessions?{hour}",
        "sessions: by attack over 7 days|200": f"/api/v1/sessions?{week}&q=attack:sqli",
        "sessions: by status over 7 days|200": f"/api/v1/sessions?{week}&q=status:404",
        "sessions: all, no filter|": "/api/v1/sessions",
        "session of 100,000 requests: statistics|150": f"/api/v1/sessions/{big}",
        "session of 100,000 requests: first requests|150": f"/api/v1/sessions/{big}/requests",
        "histogram of 7 days|": f"/api/v1/histogram?{week}",
        "dropdown of hosts over 7 days|": f"/api/v1/facets/host?{week}",
        "dropdown of addresses over 7 days|": f"/api/v1/facets/ip?{week}",
        "console: the list of a day|150": f"/sessions?{whole}",
        "console: the list, all time|150": "/sessions",
        "console: the session of 100,000 requests|150": f"/sessions/{big}",
    }


@contextmanager
def _server(store: Store) -> Iterator[tuple[int, str]]:
    app = create_app(store, load())
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    secret, _ = Tokens(store).create("bench", "viewer", author="bench")
    try:
        yield server.servers[0].sockets[0].getsockname()[1], secret
    finally:
        server.should_exit = True
        thread.join()
        app.state.intake.close()


def _p95(port: int, token: str, path: str, written: Store | None) -> float:
    """The 95th percentile of warm calls; before each something is written to a store, if one is given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    times = []
    for call in range(CALLS + 3):
        if written:
            written.records.append("bench", "call", str(call), "bench")
        started = time.perf_counter()
        connection.request("GET", path.replace(" ", "%20"), headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        if call >= 3:
            times.append((time.perf_counter() - started) * 1000)
    connection.close()
    return statistics.quantiles(times, n=20)[-1]
