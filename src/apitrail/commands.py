"""The commands of the command line, one thin function per verb.

Nothing heavy is imported before a command needs it, so that `apitrail --help` answers at once.
"""

# ruff: noqa: A002

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from apitrail import abuse_cli, attacks_cli, bots_cli, denylists_cli, endpoints_cli, settings_cli, specifications_cli
from apitrail.answering import answers, first
from apitrail.options import (
    ConfigOption,
    FilterOption,
    FromOption,
    JsonOption,
    LimitOption,
    ServerOption,
    StoreOption,
    TokenOption,
    ToOption,
    load,
    opened,
)

app = typer.Typer(
    help="Explore API sessions: what an actor did, in order, and whether it matters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
export_app = typer.Typer(help="Write what is stored to a file format.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens: create, list, revoke.", no_args_is_help=True)
app.add_typer(export_app, name="export")
app.add_typer(token_app, name="token")
app.add_typer(settings_cli.app, name="settings")
app.add_typer(specifications_cli.app, name="specification")
app.add_typer(attacks_cli.app)
app.add_typer(endpoints_cli.app)
app.add_typer(bots_cli.app)
app.add_typer(abuse_cli.app, name="abuse")
app.add_typer(denylists_cli.app, name="denylist")
export_app.add_typer(endpoints_cli.export_app)

RetentionOption = Annotated[
    int | None,
    typer.Option("--retention-days", min=0, help="Days that are kept, back from the newest exchange; 0 keeps all."),
]
LogFormatOption = Annotated[
    str, typer.Option("--log-format", help="A format of your own: the nginx log_format or Apache LogFormat string.")
]
FollowOption = Annotated[bool, typer.Option("--follow", help="Go on reading as the files grow, through rotation and truncation.")]
SortOption = Annotated[str, typer.Option("--sort", help="start, duration, requests or attacks; a minus puts the largest first.")]
SomeSession = Annotated[str, typer.Argument(metavar="[ID]", help="A session's 32 hex digits; all sessions when left out.")]


@app.command()
def ingest(
    files: Annotated[list[str], typer.Argument(help="Files, globs, or - for standard input.")],
    store: StoreOption = None,
    config: ConfigOption = "",
    format: Annotated[str, typer.Option("--format", help="The format, when it should not be recognised.")] = "auto",
    log_format: LogFormatOption = "",
    source: Annotated[str, typer.Option("--source", help="A label for where the traffic was seen, such as a node.")] = "",
    application: Annotated[str, typer.Option("--application", help="The application the traffic belongs to.")] = "",
    follow: FollowOption = False,
    rejects: Annotated[str, typer.Option("--rejects", help="Write rejected lines to this file.")] = "",
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes that parse; 0 is one a core.")] = 0,
    retention_days: RetentionOption = None,
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Read traffic from log files, HAR files, flows and more into the store."""
    from apitrail.ingest.workers import Workers

    with Workers(workers) as processes:
        if not (server or follow):
            processes.expect(files)
        from apitrail import reading
        from apitrail.explore.discovery.rules import rules

        plan = reading.Plan(
            files=files,
            format=format,
            definition=log_format,
            source=source,
            application=application,
            geo_file=load(config).text("geo_file"),
            follow=follow,
            rejects=rejects,
            json=json,
            rules=rules(load(config)),
        )
        if server:
            raise typer.Exit(reading.send(plan, server, token))
        with opened(config, store=store, retention_days=retention_days) as found:
            raise typer.Exit(reading.read(plan, found, processes))


@app.command()
def formats() -> None:
    """List the formats that are recognised."""
    from apitrail.sources.registry import FORMATS

    for found in FORMATS:
        typer.echo(f"{found.name:22} {found.title}")


@app.command()
def sessions(
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    sort: SortOption = "-start",
    limit: LimitOption = 50,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List sessions, newest first, one line for each part of a UTC day."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.iterate_sessions(q, start=start, end=end, sort=sort)
        printing.write(first(found, limit), printing.SESSIONS, json=json)


@app.command()
def session(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="The session's 32 hex digits.")],
    q: FilterOption = "",
    sq: Annotated[str, typer.Option("--in-session", help="In-session filters.")] = "",
    start: FromOption = "",
    end: ToOption = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show one session: its parts, statistics, and other sessions of the same actor."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.session(session_id, q, start=start, end=end, sq=sq)
        printing.write_session(found, trail.related(session_id), json=json)


@app.command()
def compare(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="The session's 32 hex digits.")],
    day: Annotated[
        str, typer.Option(help="The day of UTC whose part is compared, as 2026-05-29; the last one if left out.")
    ] = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show where a session went, and what of that is unusual for others of its role at its host."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        printing.write_compared(trail.compare(session_id, day), json=json)


@app.command()
def requests(
    session_id: Annotated[
        str, typer.Argument(metavar="[ID]", help="A session's 32 hex digits; all sessions when left out.")
    ] = "",
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    limit: LimitOption = 100,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List requests in time order, of one session or of all."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.iterate_requests(session_id, q, start=start, end=end)
        printing.write(first(found, limit), printing.REQUESTS, json=json)


@app.command()
def scan(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of exchange records, or - for standard input.")],
) -> None:
    """Look for attacks in exchange records, without a store: one JSON object for each line, in their order."""
    from apitrail import scanning

    raise typer.Exit(scanning.scan(file))


@app.command()
def analyze(
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Run the analysis across exchanges to its end now: learned templates, what is usual, the inventory, bots.

    Rollups are merged. With --server the server does it, which needs the role admin.
    """
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        done = trail.analyze()
        if not server:
            trail.store.merge()
    printing.write_analysis(done, json=json)


@export_app.command("session")
def export_session(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="The session's 32 hex digits.")],
    format: Annotated[str, typer.Option("--format", help="csv, har or json.")] = "csv",
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
) -> None:
    """Write all requests of a session to standard output."""
    with answers(store, config, server, token) as trail:
        for piece in trail.export(session_id, q, start=start, end=end, format=format):
            sys.stdout.write(piece)


@token_app.command("create")
def token_create(
    name: Annotated[str, typer.Argument(help="Whose token it is.")],
    role: Annotated[str, typer.Option("--role", help="sender, viewer, analyst or admin.")] = "viewer",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Make a token; it is shown this once."""
    from apitrail import printing

    with _tokens(store, config, server, token) as tokens:
        printing.write_token(tokens.create_token(name, role), json=json)


@token_app.command("list")
def token_list(
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List the valid tokens."""
    from apitrail import printing

    with _tokens(store, config, server, token) as tokens:
        printing.write(tokens.list_tokens(), printing.TOKENS, json=json)


@token_app.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as `token list` shows it.")],
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
) -> None:
    """Make a token invalid from now on."""
    with _tokens(store, config, server, token) as tokens:
        tokens.revoke_token(token_id)
        typer.echo(f"revoked {token_id}")


@contextlib.contextmanager
def _tokens(store: str | None, config: str, server: str, token: str) -> Iterator[Any]:
    from apitrail.access.tokens import LocalTokens
    from apitrail.remote import Remote

    if server:
        yield Remote(server, token)
        return
    with opened(config, store=store) as found:
        yield LocalTokens(found)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="The port to listen on.")] = None,
    store: StoreOption = None,
    config: ConfigOption = "",
    retention_days: RetentionOption = None,
) -> None:
    """Start the console and the API over a store."""
    from apitrail import running

    running.serve(load(config, host=host, port=port, store=store, retention_days=retention_days))


@app.command()
def demo(
    host: Annotated[str | None, typer.Option("--host", help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="The port to listen on.")] = None,
    store: StoreOption = None,
    config: ConfigOption = "",
    retention_days: RetentionOption = None,
    seed: Annotated[int, typer.Option("--seed", help="The demo's actors behave the same under the same seed.")] = 1,
) -> None:
    """Start the console over live traffic of a small shop: shoppers, an app, bots, an attacker, a week of history."""
    from apitrail import running

    settings = load(config, host=host, port=port, retention_days=retention_days)
    running.demo(settings, store=store or "", seed=seed)
