"""The commands under `apitrail denylist`: the addresses and sessions that are denied."""

from __future__ import annotations

import ipaddress
from typing import Annotated

import typer

from apitrail.answering import answers
from apitrail.errors import BadQuestion
from apitrail.options import ConfigOption, JsonOption, LimitOption, ServerOption, StoreOption, TokenOption

app = typer.Typer(help="The addresses and sessions that are denied: show, add, remove.", no_args_is_help=True)

ListName = Annotated[str, typer.Argument(metavar="LIST", help="ips or sessions.")]
Value = Annotated[
    str, typer.Argument(metavar="VALUE", help="An address or a network such as 203.0.113.0/24, or a session's 32 hex digits.")
]


@app.command("show")
def show(
    list_name: ListName,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show what is on a list now, the newest first."""
    from apitrail import abuse_tables, printing

    with answers(store, config, server, token) as trail:
        printing.write(trail.abuse.denied(list_name), abuse_tables.DENIED, json=json, nothing="nothing is denied")


@app.command("add")
def add(
    list_name: ListName,
    value: Value,
    hours: Annotated[int, typer.Option("--hours", help="For how long; 0 is for ever.")] = 0,
    reason: Annotated[str, typer.Option("--reason", help="Why it is denied.")] = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Put an address, a network or a session on its list; what is there and ends later stays as it is."""
    from apitrail import abuse_tables, printing

    with answers(store, config, server, token) as trail:
        found = trail.abuse.deny(list_name, _said(value), hours=hours, reason=reason)
        printing.write([found], abuse_tables.DENIED, json=json)


@app.command("remove")
def remove(
    list_name: ListName,
    value: Value,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Take something off a list."""
    from apitrail import abuse_tables

    with answers(store, config, server, token) as trail:
        trail.abuse.remove_denied(list_name, _said(value))
        abuse_tables.write_removed(value, json=json)


@app.command("history")
def history(
    list_name: ListName,
    limit: LimitOption = 50,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List every change of a list: who, when, what."""
    from apitrail import abuse_tables, printing
    from apitrail.answering import first

    with answers(store, config, server, token) as trail:
        found = first(trail.abuse.denied_history(list_name), limit)
        printing.write(found, abuse_tables.HISTORY, json=json, nothing="nothing was changed yet")


def _said(value: str) -> str:
    """What is denied as given; BadQuestion for an address within a network, which may mean either."""
    address, _, length = value.strip().partition("/")
    try:
        network = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return value
    if length and network.network_address != ipaddress.ip_address(address):
        raise BadQuestion(f"{value.strip()} is {network}: say so, or {address} for this address alone", suggestion=str(network))
    return value
