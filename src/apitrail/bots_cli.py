"""The command about bots: list the sessions that are some."""

from __future__ import annotations

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

OrderOption = Annotated[
    str, typer.Option("--sort", help="What to sort by, such as end or confidence; a minus puts the largest first.")
]


@app.command()
def bots(
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    sort: OrderOption = "-end",
    limit: LimitOption = 50,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List the sessions that are bots, with what the detectors saw, the newest first."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.iterate_bots(q, start=start, end=end, sort=sort)
        printing.write(
            first(found, limit), printing.BOTS, json=json, nothing="legitimate traffic: no bots; run `apitrail analyze`"
        )
