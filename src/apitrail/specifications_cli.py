"""The commands under `apitrail specification`: OpenAPI documents that traffic is compared with."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from apitrail.answering import answers
from apitrail.errors import BadQuestion
from apitrail.options import ConfigOption, JsonOption, ServerOption, StoreOption, TokenOption

app = typer.Typer(
    help="OpenAPI specifications that traffic is compared with: upload, list, change, remove.", no_args_is_help=True
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The specification's name, as `list` shows it.")]
HostOption = Annotated[
    list[str] | None,
    typer.Option("--host", help="In force for this host, *.DOMAIN or *; again for more. Else the hosts that its servers name."),
]
ApplicationOption = Annotated[
    list[str] | None, typer.Option("--application", help="In force for this application alone; again for more.")
]
EnforceOption = Annotated[
    bool | None, typer.Option("--enforce/--no-enforce", help="Whether requests that break it are attacks; not at first.")
]


@app.command("upload")
def upload(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A document of OpenAPI 3.0 or 3.1, JSON or YAML, or -.")],
    name: Annotated[
        str, typer.Option("--name", help="Its name; that of the file when left out. The same again is a new version.")
    ] = "",
    host: HostOption = None,
    application: ApplicationOption = None,
    enforce: EnforceOption = None,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Upload a specification, or a new version of one; what was read of it, and what is wrong in it."""
    from apitrail import printing

    document = _bytes(file)
    called = name or ("" if file == "-" else Path(file).stem)
    if not called:
        raise BadQuestion("what comes from standard input needs a name: --name")
    with answers(store, config, server, token) as trail:
        found = trail.upload_specification(
            called, document, hosts=host, applications=application, enforced=enforce, file="" if file == "-" else Path(file).name
        )
        printing.write_specification(found, json=json)
        _tell(found.notes, is_local=not server)


@app.command("list")
def list_specifications(
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List the specifications, by name."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.specifications()
        printing.write(found, printing.SPECIFICATIONS, json=json, nothing="there are none; upload one")


@app.command("show")
def show(
    name: NameArgument,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show one specification: its operations, and what is wrong in its document."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        printing.write_specification(trail.specification(name), json=json)


@app.command("change")
def change(
    name: NameArgument,
    host: HostOption = None,
    application: ApplicationOption = None,
    enforce: EnforceOption = None,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Change for which hosts and applications it is in force, and whether it is enforced; an empty name takes a choice back."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.change_specification(name, hosts=host, applications=application, enforced=enforce)
        printing.write([found], printing.SPECIFICATIONS, json=json)
        _tell(found.notes, is_local=not server)


@app.command("remove")
def remove(
    name: NameArgument,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
) -> None:
    """Forget a specification with all its versions."""
    with answers(store, config, server, token) as trail:
        trail.remove_specification(name)
        typer.echo(f"removed {name}")
        _tell((), is_local=not server)


def _tell(notes: Sequence[str], *, is_local: bool) -> None:
    """What is to be noted of where a specification is in force, and what is left to do, on standard error."""
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    if is_local:
        typer.echo("note: marks of shadow and zombie APIs follow with the next analysis; run `apitrail analyze`", err=True)


def _bytes(file: str) -> bytes:
    """The content of a file or of standard input."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise BadQuestion(f"{file}: {error.strerror}") from None
