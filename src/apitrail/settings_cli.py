"""The commands under `apitrail settings`: what is configured in a store, read and changed there or on a running server."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from apitrail import ignore_rules_cli
from apitrail.errors import BadQuestion, NotFound
from apitrail.options import ConfigOption, JsonOption, ServerOption, StoreOption, TokenOption, opened

if TYPE_CHECKING:
    from apitrail.explore.parameters import SessionParameters
    from apitrail.model.parameters import Parameter

app = typer.Typer(help="What is configured: session context parameters, ignore rules.", no_args_is_help=True)
parameters_app = typer.Typer()
app.add_typer(parameters_app, name="session-parameters")
app.add_typer(ignore_rules_cli.app, name="ignore-rules")

NameArgument = Annotated[str, typer.Argument(help="The parameter's name, or its point.")]


class Where(NamedTuple):
    """Which store or server is meant."""

    store: str | None
    config: str
    server: str
    token: str


@parameters_app.callback(invoke_without_command=True)
def session_parameters(
    context: typer.Context,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Session context parameters, in their order: which values name a session, a user, a role, and what else is kept."""
    if context.invoked_subcommand:
        context.obj = Where(store, config, server, token)
        return
    with _answering(None, store, config, server, token) as there:
        _print(there.session_parameters(), json=json)


@parameters_app.command("add")
def add(
    context: typer.Context,
    point: Annotated[str, typer.Argument(help="Where the value stands, such as request.header.X-User-Id.")],
    name: Annotated[str, typer.Option("--name", help="What it is called; the last name in the point when left out.")] = "",
    type: Annotated[str, typer.Option("--type", help="none, user, role or context.")] = "none",  # noqa: A002 - the option's word
    hashed: Annotated[bool, typer.Option("--hashed", help="Keep a keyed hash instead of the value.")] = False,
    grouping: Annotated[bool, typer.Option("--grouping", help="Requests with the same value are one session.")] = False,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Add a parameter at the end of the list."""
    from apitrail.model.parameters import Parameter

    new = Parameter(point=point, name=name, type=type, hashed=hashed, grouping=grouping)
    with _answering(context, store, config, server, token) as there:
        before = there.session_parameters()
        _print(there.keep_session_parameters([*before.parameters, new], before.version), json=json)


@parameters_app.command("remove")
def remove(
    context: typer.Context,
    name: NameArgument,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Take a parameter out of the list."""
    with _answering(context, store, config, server, token) as there:
        before = there.session_parameters()
        gone = _named(before.parameters, name)
        left = [*before.parameters[:gone], *before.parameters[gone + 1 :]]
        _print(there.keep_session_parameters(left, before.version), json=json)


@parameters_app.command("move")
def move(
    context: typer.Context,
    name: NameArgument,
    position: Annotated[int, typer.Argument(min=1, help="Its new place in the list, from 1 on.")],
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Put a parameter in another place of the list; grouping keys are tried in its order."""
    from apitrail.configure.session_parameters import moved

    with _answering(context, store, config, server, token) as there:
        before = there.session_parameters()
        after = moved(before.parameters, _named(before.parameters, name), position - 1)
        _print(there.keep_session_parameters(after, before.version), json=json)


@parameters_app.command("set")
def put(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A TOML or JSON file of parameters, or - for standard input.")],
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Replace the whole list by the one of a file, as `export` writes it."""
    from apitrail.model.parameters import read

    wanted = read(_text(file), origin=file)
    with _answering(context, store, config, server, token) as there:
        _print(there.keep_session_parameters(wanted, ""), json=json)


@parameters_app.command("export")
def export(
    context: typer.Context,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
) -> None:
    """Write the list as tables of a configuration file."""
    with _answering(context, store, config, server, token) as there:
        sys.stdout.write(there.export_session_parameters())


@parameters_app.command("preview")
def preview(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="An exchange, or - for standard input; the last ones when left out.")] = "",
    parameters: Annotated[str, typer.Option("--parameters", help="A TOML or JSON file of other parameters to try.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many of the last exchanges.")] = 20,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show what the parameters make of an exchange: the key that matches, the session, the values as they are kept."""
    from apitrail import printing
    from apitrail.model.parameters import read

    text = _text(file) if file else ""
    if file and not text.strip():
        raise BadQuestion(f"{file}: there is no exchange in it")
    tried = read(_text(parameters), origin=parameters) if parameters else None
    with _answering(context, store, config, server, token) as there:
        found = there.preview_session_parameters(tried, text, limit)
        printing.write(found.items, printing.TRIALS, json=json, nothing="there is no traffic to try them on")


@parameters_app.command("history")
def history(
    context: typer.Context,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List every change: who, when, what."""
    from apitrail import printing

    with _answering(context, store, config, server, token) as there:
        changes = there.session_parameters_history()
        shown = changes if json else [(change, said) for change in changes for said in change.what]
        printing.write(shown, printing.CHANGES, json=json, nothing="nothing was changed yet")


@parameters_app.command("recommendations")
def recommendations(
    context: typer.Context,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show which parameters would tell sessions, users and roles apart better, why, and what each would change."""
    from apitrail import printing

    with _answering(context, store, config, server, token) as there:
        found = there.recommended_session_parameters()
        printing.write(found.items, printing.RECOMMENDED, json=json, nothing="nothing to recommend")


@parameters_app.command("accept")
def accept(
    context: typer.Context,
    points: Annotated[list[str] | None, typer.Argument(help="The points of recommendations; all of them when left out.")] = None,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Add recommended parameters at the end of the list."""
    with _answering(context, store, config, server, token) as there:
        _print(there.accept_session_parameters(points or []), json=json)


@contextlib.contextmanager
def _answering(context: typer.Context | None, store: str | None, config: str, server: str, token: str) -> Iterator[Any]:
    """What answers: a running server, or the store opened here; options may also stand before the word of the command."""
    from apitrail.explore.parameters import LocalParameters
    from apitrail.remote import Remote

    before = context.obj if context and context.obj else Where(None, "", "", "")
    if server or before.server:
        yield Remote(server or before.server, token or before.token)
        return
    with opened(config or before.config, store=store or before.store) as found:
        yield LocalParameters(found)


def _print(found: SessionParameters, *, json: bool) -> None:
    from apitrail import printing

    items = list(enumerate(found.parameters, 1))
    shown = [one for _, one in items] if json else items
    printing.write(shown, printing.PARAMETERS, json=json, nothing="there are none; the built-in keys apply")


def _named(parameters: Sequence[Parameter], name: str) -> int:
    """The place of the parameter that has a name or a point."""
    import difflib

    for place, one in enumerate(parameters):
        if name.lower() == one.name.lower() or name == one.point:
            return place
    names = [one.name for one in parameters]
    near = difflib.get_close_matches(name, names, 1, 0.5)
    known = f"; there are {', '.join(names)}" if names else "; there are none"
    raise NotFound(f"there is no session parameter {name[:60]!r}{known}", suggestion=near[0] if near else None)


def _text(file: str) -> str:
    """The text of a file or of standard input."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise BadQuestion(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadQuestion(f"{file}: not UTF-8") from None
