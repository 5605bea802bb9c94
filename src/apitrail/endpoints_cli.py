"""The commands about the inventory: list endpoints, open one, write them as OpenAPI or CSV."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

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
)

app = typer.Typer()
export_app = typer.Typer()

OrderOption = Annotated[
    str, typer.Option("--sort", help="What to sort by, such as requests or risk; a minus puts the largest first.")
]


@app.command()
def endpoints(
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    sort: OrderOption = "-requests",
    limit: LimitOption = 50,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List the endpoints of the inventory, the most used first."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.iterate_endpoints(q, start=start, end=end, sort=sort)
        printing.write(
            first(found, limit),
            printing.ENDPOINTS,
            json=json,
            nothing="nothing matches" if q or start or end else "no endpoint yet; run `apitrail analyze`",
        )


@app.command()
def endpoint(
    endpoint_id: Annotated[str, typer.Argument(metavar="ID", help="The endpoint's id, as `endpoints` shows it.")],
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show one endpoint: risk, specification, traffic, authentication, what is usual, and parameters."""
    from apitrail import endpoint_tables

    with answers(store, config, server, token) as trail:
        endpoint_tables.write_endpoint(trail.endpoint(endpoint_id), json=json)


@export_app.command("openapi")
def export_openapi(
    host: Annotated[str, typer.Argument(help="The host whose endpoints are described.")],
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
) -> None:
    """Write the endpoints of a host to standard output as an OpenAPI 3.1 document."""
    import msgspec

    with answers(store, config, server, token) as trail:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(trail.openapi(host))).decode() + "\n")


@export_app.command("endpoints")
def export_endpoints(
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
) -> None:
    """Write the endpoints of the inventory to standard output as CSV."""
    with answers(store, config, server, token) as trail:
        for piece in trail.endpoints_csv(q, start=start, end=end):
            sys.stdout.write(piece)
