"""Answers on the terminal: a table for people, one JSON object a line for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from apitrail.model.duration import duration


class Column(NamedTuple):
    """A column of a table: its heading, how its text is made from an item, and the least and the most it takes."""

    title: str
    text: Callable[[Any], object]
    right: bool = False
    width: int | None = None
    most: int | None = None


WIDE = 240
"""Columns of the table when the output is a file or a pipe."""


def _some(values: Iterable[str], most: int = 2) -> str:
    shown = list(values)
    more = f" +{len(shown) - most}" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


SESSIONS: Sequence[Column] = (
    Column("Start", lambda part: part.start[:19].replace("T", " "), width=19),
    Column("Session", lambda part: part.id, width=32),
    Column("Duration", lambda part: duration(part.duration_ms)),
    Column("Requests", lambda part: part.requests, right=True),
    Column("Attacks", lambda part: part.attacks or "", right=True),
    Column("Client", lambda part: _some(part.ips, 1)),
    Column("From", lambda part: _some(part.countries)),
    Column("Host", lambda part: _some(part.hosts, 1)),
    Column("Endpoints", lambda part: _some(part.endpoints), most=90),
)
REQUESTS: Sequence[Column] = (
    Column("Time", lambda request: request.time[:23].replace("T", " "), width=23),
    Column("Method", lambda request: request.method),
    Column("Host", lambda request: request.host),
    Column("Path", lambda request: request.path + (f"?{request.query}" if request.query else ""), most=90),
    Column("Code", lambda request: request.status, right=True),
    Column("Time, ms", lambda request: "" if request.duration_ms is None else request.duration_ms, right=True),
    Column("Size", lambda request: "" if request.response_bytes is None else request.response_bytes, right=True),
    Column("Attack", lambda request: _some(request.attacks)),
)
TOKENS: Sequence[Column] = (
    Column("Id", lambda token: token.id),
    Column("Name", lambda token: token.name),
    Column("Role", lambda token: token.role),
)


def write(items: Iterable[Any], columns: Sequence[Column], *, json: bool) -> None:
    """Print items, all of them, without holding more than a page when it is JSON."""
    if json:
        for item in items:
            sys.stdout.buffer.write(msgspec.json.encode(item) + b"\n")
        sys.stdout.flush()
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            overflow="ellipsis",
            no_wrap=True,
            min_width=column.width,
            max_width=column.most,
        )
    for item in items:
        table.add_row(*(_plain(column.text(item)) for column in columns))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table if table.row_count else Text("nothing matches", style="dim"))


def _plain(value: object) -> Text:
    """Traffic text for a terminal: no markup, no control characters."""
    return Text("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value)))


def write_session(session: Any, *, json: bool) -> None:
    """Print one session with its statistics."""
    if json:
        sys.stdout.buffer.write(msgspec.json.encode(session) + b"\n")
        sys.stdout.flush()
        return
    out = Console()
    out.print(Text(f"session {session.id}", style="bold"))
    out.print(
        _plain(f"{session.start} to {session.end}, {session.requests} of {session.total} requests, {session.attacks} attacks")
    )
    for part in session.parts:
        out.print(_plain(f"  part {part.day}: {part.requests} requests"))
    for field, counts in session.statistics.items():
        if counts:
            out.print(Text(field, style="dim"))
        for count in counts[:10]:
            share = 100 * count.shown / max(1, session.requests)
            out.print(_plain(f"  {count.shown:>8} {share:5.1f} %  {count.value}"))


def write_token(created: Any, *, json: bool) -> None:
    """Print a new token, this once."""
    if json:
        sys.stdout.write(msgspec.json.encode(created).decode() + "\n")
        return
    print(created["token"])
    print(f"id {created['id']}, role {created['role']}; it is not shown again", file=sys.stderr)
