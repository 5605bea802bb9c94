"""Answers on the terminal: a table for people, one JSON object a line for programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from apitrail.inspect.attacks.success.evidence import KINDS
from apitrail.model.duration import duration
from apitrail.model.texts import json_line


class Column(NamedTuple):
    """A column of a table: its heading, how its text is made from an item, and the least and the most it takes.

    An `optional` one is left out when it is empty in every row.
    """

    title: str
    text: Callable[[Any], object]
    right: bool = False
    width: int | None = None
    most: int | None = None
    optional: bool = False


SHOWN_VALUES = 10
"""Values of an attribute that an attack shows on the terminal."""
WIDE = 10_000
"""Characters of a line when the output is a file or a pipe: nothing is cut there."""
GAP = 2
"""Spaces between two columns."""
NARROW = 10
"""Characters that a column of text keeps on a narrow terminal."""


def _some(values: Iterable[str], most: int = 2) -> str:
    shown = list(values)
    more = f" +{len(shown) - most}" if len(shown) > most else ""
    return ", ".join(shown[:most]) + more


def _kept(trial: Any) -> str:
    """The parameters that an exchange has, with their values as they are kept."""
    there = [value for value in trial.values if value.state != "absent"]
    return "  ".join(f"{value.name}={', '.join(value.values) or '(not stored)'}" for value in there)


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def _group(attack: Any) -> str:
    """By what it is grouped, as far as its name does not say so."""
    named = ("attack", "point", "host", "finding")
    return ", ".join(f"{word}: {value}" for word, value in attack.group.items() if word not in named and value)


def _evidence(kind: str) -> str:
    """What kind of evidence it is, for people."""
    return KINDS[kind].title if kind in KINDS else kind


SESSIONS: Sequence[Column] = (
    Column("Start", lambda part: part.start[:19].replace("T", " "), width=19),
    Column("Session", lambda part: part.id, width=32),
    Column("Duration", lambda part: duration(part.duration_ms)),
    Column("Requests", lambda part: part.requests, right=True),
    Column("Attacks", lambda part: part.attacks or "", right=True),
    Column("User", lambda part: _some(part.users, 1), most=40, optional=True),
    Column("Roles", lambda part: _some(part.roles), most=30, optional=True),
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
    Column("User", lambda request: request.user, most=40, optional=True),
    Column("Attack", lambda request: _some(request.attacks)),
)
ATTACKS: Sequence[Column] = (
    Column("Attack", lambda attack: attack.name, most=70),
    Column("Grouped by", _group, most=80, optional=True),
    Column("Type", lambda attack: _some(attack.attack_types), most=40),
    Column("Point", lambda attack: _some(attack.points, 1), most=50, optional=True),
    Column("Last seen", lambda attack: attack.last_seen[:19].replace("T", " "), width=19),
    Column("Requests", lambda attack: attack.requests, right=True),
    Column("Sessions", lambda attack: attack.sessions, right=True),
    Column("IPs", lambda attack: attack.ips, right=True),
    Column("Status", lambda attack: attack.status),
    Column("Mark", lambda attack: words(attack.mark), optional=True),
    Column("Id", lambda attack: attack.id),
)
INCIDENTS: Sequence[Column] = (
    Column("Incident", lambda incident: incident.attack.name, most=70),
    Column("Evidence", lambda incident: _evidence(incident.kind), most=50),
    Column("Endpoint", lambda incident: incident.endpoint, most=60),
    Column("Point", lambda incident: incident.point, most=60),
    Column("Last seen", lambda incident: incident.attack.last_seen[:19].replace("T", " "), width=19),
    Column("Requests", lambda incident: incident.attack.requests, right=True),
    Column("Vulnerability", lambda incident: incident.vulnerability),
    Column("Id", lambda incident: incident.id),
)
FINDINGS: Sequence[Column] = (
    Column("Time", lambda found: found.time[:23].replace("T", " "), width=23),
    Column("Finding", lambda found: found.finding, width=16),
    Column("Method", lambda found: found.method),
    Column("Path", lambda found: found.path, most=50),
    Column("Code", lambda found: found.status, right=True),
    Column("Client", lambda found: found.ip),
    Column("User", lambda found: found.user, most=40, optional=True),
    Column("Point", lambda found: found.point, most=50),
    Column("Payload", lambda found: found.payload, most=60),
    Column("Evidence", lambda found: _evidence(found.evidence), optional=True),
    Column("Mark", lambda found: words(found.mark), optional=True),
)
ENDPOINTS: Sequence[Column] = (
    Column("Method", lambda one: one.method),
    Column("Host", lambda one: one.host, most=60),
    Column("Endpoint", lambda one: one.endpoint, most=90),
    Column("Requests", lambda one: one.requests, right=True),
    Column("Risk", lambda one: one.risk, right=True),
    Column("Rogue", lambda one: one.rogue, optional=True),
    Column("Auth", lambda one: one.auth_coverage),
    Column("Flows", lambda one: _some(one.flows), optional=True),
    Column("Changes", lambda one: ", ".join(one.changes), optional=True),
    Column("p50, ms", lambda one: "" if one.p50_ms is None else one.p50_ms, right=True),
    Column("p95, ms", lambda one: "" if one.p95_ms is None else one.p95_ms, right=True),
    Column("Last seen", lambda one: one.last_seen[:19].replace("T", " "), width=19),
    Column("Id", lambda one: one.id, width=16),
)
BOTS: Sequence[Column] = (
    Column("Last seen", lambda bot: bot.end[:19].replace("T", " "), width=19),
    Column("Type", lambda bot: words(bot.bot_type)),
    Column("Confidence", lambda bot: bot.confidence, right=True),
    Column("IPs", lambda bot: ", ".join(bot.ips), most=60),
    Column("Requests", lambda bot: bot.requests, right=True),
    Column("Because of", lambda bot: ", ".join(words(one.name) for one in bot.detectors if one.vote), most=120),
    Column("Verdict", lambda bot: bot.mark, optional=True),
    Column("Id", lambda bot: bot.id),
)
RULES: Sequence[Column] = (
    Column("Id", lambda kept: kept.id, width=16),
    Column("Ignores", lambda kept: kept.sentence, most=140),
    Column("In force", lambda kept: "yes" if kept.rule.enabled else "no"),
    Column("Author", lambda kept: kept.author, most=40),
    Column("Changed", lambda kept: kept.changed[:19].replace("T", " "), width=19),
    Column("Reason", lambda kept: kept.rule.reason, most=60, optional=True),
)
SPECIFICATIONS: Sequence[Column] = (
    Column("Name", lambda one: one.name, most=60),
    Column("Title", lambda one: f"{one.title} {one.version}".strip(), most=60),
    Column("Version", lambda one: one.number, right=True),
    Column("Operations", lambda one: one.operation_count, right=True),
    Column("Problems", lambda one: one.problem_count or "", right=True, optional=True),
    Column("In force for", lambda one: one.scope, most=80),
    Column("Enforced", lambda one: "yes" if one.enforced else "no"),
    Column("Author", lambda one: one.author, most=40),
    Column("Changed", lambda one: one.changed[:19].replace("T", " "), width=19),
)
OPERATIONS: Sequence[Column] = (
    Column("Method", lambda one: one.method),
    Column("Path", lambda one: one.templates[0], most=120),
    Column("Parameters", lambda one: one.parameters or "", right=True),
    Column("Authentication", lambda one: "yes" if one.secured else ""),
    Column("Deprecated", lambda one: "yes" if one.deprecated else "", optional=True),
    Column("Summary", lambda one: one.summary, most=80),
)
TOKENS: Sequence[Column] = (
    Column("Id", lambda token: token.id),
    Column("Name", lambda token: token.name),
    Column("Role", lambda token: token.role),
)
PARAMETERS: Sequence[Column] = (
    Column("#", lambda item: item[0], right=True),
    Column("Name", lambda item: item[1].name),
    Column("Point", lambda item: item[1].point, width=30, most=120),
    Column("Type", lambda item: item[1].type),
    Column("Groups", lambda item: "yes" if item[1].grouping else ""),
    Column("Hashed", lambda item: "yes" if item[1].hashed else ""),
)
RECOMMENDED: Sequence[Column] = (
    Column("Point", lambda item: item.parameter.point, width=30, most=120),
    Column("Type", lambda item: item.parameter.type),
    Column("Groups", lambda item: "yes" if item.parameter.grouping else ""),
    Column("Sessions", lambda item: item.sessions_now, right=True),
    Column("then", lambda item: item.sessions_then, right=True),
    Column("Why", lambda item: item.why, most=200),
)
CHANGES: Sequence[Column] = (
    Column("Time", lambda item: item[0].time[:19].replace("T", " "), width=19),
    Column("Author", lambda item: item[0].author, most=60),
    Column("What", lambda item: item[1]),
)
TRIALS: Sequence[Column] = (
    Column("Time", lambda trial: trial.time[:19].replace("T", " ")),
    Column("Method", lambda trial: trial.method),
    Column("Path", lambda trial: trial.path + (f"?{trial.query}" if trial.query else ""), most=50),
    Column("Session", lambda trial: trial.session_id[:8]),
    Column("Grouping key", lambda trial: trial.session_key or "not stored"),
    Column("Value", lambda trial: trial.session_value, most=40),
    Column("User", lambda trial: trial.user, most=40),
    Column("Roles", lambda trial: ", ".join(trial.roles), most=30),
    Column("Parameters", _kept, most=120),
)


def write(
    items: Iterable[Any], columns: Sequence[Column], *, json: bool, nothing: str | Callable[[], str] = "nothing matches"
) -> None:
    """Print items, all of them, without holding more than a page when it is JSON; `nothing` when a table would be empty.

    A `nothing` that has to be found out first is a function, called in that case alone.
    """
    if json:
        for item in items:
            sys.stdout.buffer.write(json_line(item))
        sys.stdout.flush()
        return
    rows = [[plain(column.text(item)) for column in columns] for item in items]
    if not rows:
        said = nothing if isinstance(nothing, str) else nothing()
        Console(width=None if sys.stdout.isatty() else WIDE).print(Text(said, style="dim"))
        return
    used = [at for at, column in enumerate(columns) if not column.optional or any(row[at].plain for row in rows)]
    shown = [columns[at] for at in used]
    widths = [_width(column, [row[at] for row in rows]) for at, column in zip(used, shown, strict=True)]
    if sys.stdout.isatty():
        widths = fitting(widths, [_floor(column, width) for column, width in zip(shown, widths, strict=True)], Console().width)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column, width in zip(shown, widths, strict=True):
        table.add_column(
            column.title, justify="right" if column.right else "left", overflow="ellipsis", no_wrap=True, width=width
        )  # fmt: skip
    for row in rows:
        table.add_row(*(row[at] for at in used))
    Console(width=sum(widths) + GAP * len(widths)).print(table)


def _width(column: Column, cells: Sequence[Text]) -> int:
    """How wide a column is when there is room."""
    widest = max(len(column.title), *(cell.cell_len for cell in cells))
    return max(min(widest, column.most or widest), column.width or 0)


def _floor(column: Column, width: int) -> int:
    """How narrow a column may get: numbers and times stay whole."""
    return width if column.right or column.width else min(width, max(len(column.title), NARROW))


def fitting(widths: Sequence[int], floors: Sequence[int], room: int) -> list[int]:
    """Widths that fit into a terminal, the widest columns made narrower first, none below its floor."""
    found = list(widths)
    room -= GAP * (len(found) - 1)
    while sum(found) > room:
        most = max((width for width, floor in zip(found, floors, strict=True) if width > floor), default=0)
        if not most:
            break
        found[next(at for at, width in enumerate(found) if width == most and width > floors[at])] -= 1
    return found


def plain(value: object) -> Text:
    """Traffic text for a terminal: no markup, no control characters."""
    return Text("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value)))


def write_session(session: Any, related: Any, *, json: bool) -> None:
    """Print one session with its statistics and related sessions; as JSON these are one more member, `related`."""
    if json:
        sys.stdout.buffer.write(json_line({**msgspec.structs.asdict(session), "related": related}))
        sys.stdout.flush()
        return
    out = Console(width=None if sys.stdout.isatty() else WIDE)
    out.print(Text(f"session {session.id}", style="bold"))
    out.print(
        plain(f"{session.start} to {session.end}, {session.requests} of {session.total} requests, {session.attacks} attacks")
    )
    for part in session.parts:
        out.print(plain(f"  part {part.day}: {part.requests} requests"))
    for field, counts in session.statistics.items():
        if counts:
            out.print(Text(field, style="dim"))
        for count in counts[:10]:
            share = 100 * count.shown / max(1, session.requests)
            out.print(plain(f"  {count.shown:>8} {share:5.1f} %  {count.value}"))
    if related.sessions:
        more = f"the nearest {len(related.sessions)} of {related.total}" if related.total > len(related.sessions) else ""
        out.print(Text(f"related sessions {more}".rstrip(), style="dim"))
        for other in related.sessions:
            out.print(
                plain(
                    f"  {other.id}  {other.start[:19].replace('T', ' ')}  {duration(other.duration_ms)},"
                    f" {other.requests} requests, {other.attacks} attacks: {', '.join(other.reasons)}"
                )
            )


def write_compared(found: Any, *, json: bool) -> None:
    """Print a session beside what is usual: its endpoints in order, what is unusual about them, and what is missing."""
    from apitrail.explore.usual_paths import LEAST, WHY

    if json:
        sys.stdout.buffer.write(json_line(found))
        sys.stdout.flush()
        return
    out = Console(width=None if sys.stdout.isatty() else WIDE)
    usual, group = found.usual, found.usual.group
    whom = f"in the role {group.role}" if group.role else "without a role"
    out.print(plain(f"session {found.id}, {found.day}"), style="bold")
    out.print(plain(f"beside {group.parts} other session parts {whom} at {group.host or 'no known host'}"))
    if not usual.known:
        out.print(plain(f"too few to compare with: {LEAST} are needed"))
    judged = {one.stop.key: one for one in usual.stops}
    for stop in found.path.stops:
        one = judged.get(stop.key)
        others = f"{100 * one.habit.share:3.0f} % of others" if one and one.habit else "nobody else  " if one else ""
        odd = ", ".join(WHY[why] for why in one.unusual) if one else ""
        name = f"{stop.method} {stop.endpoint}" if stop.method else f"{found.path.others} other endpoints"
        out.print(plain(f"  {stop.requests:>8} {others:>14}  {name}  {odd}".rstrip()))
    names = [f"{stop.method} {stop.endpoint}" for stop in found.path.stops]
    for move in usual.moves:
        out.print(plain(f"  hardly anybody's step: {names[move.before]} -> {names[move.after]}"))
    for habit in usual.missing:
        out.print(
            plain(f"  others go there, this one did not: {habit.method} {habit.endpoint}, {100 * habit.share:.0f} % of them")
        )


def write_attack(attack: Any, requests: Sequence[Any], *, json: bool) -> None:
    """Print one attack with its newest requests; as JSON these are one more member, `newest_requests`."""
    if json:
        sys.stdout.buffer.write(json_line({**msgspec.structs.asdict(attack), "newest_requests": requests}))
        sys.stdout.flush()
        return
    out = Console(width=None if sys.stdout.isatty() else WIDE)
    out.print(plain(attack.name), style="bold")
    mark = f", {words(attack.mark)}" if attack.mark else ""
    out.print(plain(f"{attack.status}{mark}, {attack.started[:19]} to {attack.last_seen[:19]}"))
    counted = ("requests", "findings", "sessions", "users", "ips", "payloads", "incidents")
    out.print(plain(", ".join(f"{getattr(attack, name)} {name}" for name in counted)))
    for name in ("attack_types", "points", "hosts", "endpoints", "statuses", "signatures", "evidence"):
        if counts := getattr(attack, name):
            out.print(Text(words(name), style="dim"))
            for value, count in list(counts.items())[:SHOWN_VALUES]:
                out.print(plain(f"  {count:>8}  {value}"))
    out.print(Text(f"newest requests, {len(requests)} of {attack.findings}", style="dim"))
    write(requests, FINDINGS, json=False)


def write_token(created: Any, *, json: bool) -> None:
    """Print a new token, this once."""
    if json:
        sys.stdout.write(msgspec.json.encode(created).decode() + "\n")
        return
    print(created["token"])
    print(f"id {created['id']}, role {created['role']}; it is not shown again", file=sys.stderr)


def write_analysis(done: Any, *, json: bool) -> None:
    """Print what an analysis did."""
    if json:
        sys.stdout.buffer.write(json_line(done))
        sys.stdout.flush()
        return
    moved = f", {done.moved} moved to a learned template" if done.moved else ""
    endpoints = "1 endpoint" if done.endpoints == 1 else f"{done.endpoints} endpoints"
    bots = "1 session of a bot" if done.bots == 1 else f"{done.bots} sessions of bots"
    print(f"{endpoints}{moved}, {bots}; {done.seconds} s")


def write_specification(found: Any, *, json: bool) -> None:
    """Print a specification with its operations, marked where nobody calls them, and what is wrong in its document."""
    if json:
        write([found], (), json=True)
        return
    write([found], SPECIFICATIONS, json=False)
    orphans = {(one.method, one.path) for one in getattr(found, "orphans", ())}
    traffic = Column("Traffic", lambda one: "never called" if (one.method, one.path) in orphans else "", optional=True)
    write(found.operations, [*OPERATIONS, traffic], json=False, nothing="it has no operations")
    out = Console(width=None if sys.stdout.isatty() else WIDE)
    for problem in found.problems:
        out.print(plain(f"#{problem.place}: {problem.text}" if problem.place else problem.text))
