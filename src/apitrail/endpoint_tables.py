"""One endpoint on the terminal: what makes its risk, what is usual for it, its traffic and its parameters."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console

from apitrail.model.texts import json_line
from apitrail.printing import WIDE, Column, plain, words, write

PARAMETERS: Sequence[Column] = (
    Column("Point", lambda one: f"{one.point} ({one.name})" if one.name else one.point, most=100),
    Column("Type", lambda one: one.type),
    Column("Requests", lambda one: one.requests, right=True),
    Column("Required", lambda one: "yes" if one.required else ""),
    Column("Sensitive", lambda one: ", ".join(one.sensitive), optional=True),
    Column("Status", lambda one: one.status, optional=True),
)


def write_endpoint(endpoint: Any, *, json: bool) -> None:
    """Print one endpoint with everything that is known of it."""
    if json:
        sys.stdout.buffer.write(json_line(endpoint))
        sys.stdout.flush()
        return
    out = Console(width=None if sys.stdout.isatty() else WIDE)
    out.print(plain(f"{endpoint.method} {endpoint.host}{endpoint.endpoint}"), style="bold")
    for line in (*_about(endpoint), *_traffic(endpoint)):
        out.print(plain(line))
    write(endpoint.members, PARAMETERS, json=False, nothing="no parameters")


def _about(endpoint: Any) -> Iterator[str]:
    """Risk, protection and specification."""
    marks = [endpoint.rogue, *endpoint.changes, *endpoint.flows]
    yield ", ".join([f"risk {endpoint.risk}", f"authentication {endpoint.auth_coverage}", *filter(None, marks)])
    for factor in endpoint.factors:
        yield f"  {factor.weight:>2}  {words(factor.name)}: {factor.why}"
    for name, meaning in endpoint.protected_by.items():
        yield f"  covered by {name}: {meaning}"
    for one in endpoint.specified:
        yield f"  specified in {one.name} {one.version}: {one.path}{', deprecated' if one.deprecated else ''}"


def _traffic(endpoint: Any) -> Iterator[str]:
    """All requests, then those among them that say what the API is like, and what they say."""
    yield f"seen from {_moment(endpoint.first_seen)} to {_moment(endpoint.last_seen)}"
    requests, sessions = _counted(endpoint.all_requests, "request"), _counted(endpoint.sessions, "session")
    bad = ((endpoint.malicious, "malicious"), (endpoint.violations, "not as specified"))
    yield ", ".join([f"{requests} in {sessions}", *(f"{count} {what}" for count, what in bad if count)])
    yield from _sums("statuses", endpoint.statuses)
    yield f"{_counted(endpoint.requests, 'request')} harmless and answered well, from which the rest is told"
    yield from _sums("authentication", endpoint.auth_kinds)
    yield from _usual("time", "ms", endpoint.p50_ms, endpoint.p95_ms)
    yield from _usual("size", "bytes", endpoint.p50_bytes, endpoint.p95_bytes)


def _moment(time: str) -> str:
    return time[:19].replace("T", " ")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _sums(what: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield f"  {what}: {', '.join(f'{name} {count}' for name, count in counts.items())}"


def _usual(what: str, unit: str, middle: float | None, high: float | None) -> Iterator[str]:
    if middle is not None:
        yield f"  usual {what}: p50 {middle} {unit}, p95 {high} {unit}"
