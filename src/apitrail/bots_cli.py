"""The commands about bots: list the sessions that are some, show one, say whether it is one."""

from __future__ import annotations

from typing import Annotated

import typer

from apitrail.answering import answers, first
from apitrail.errors import BadQuestion
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
bot_app = typer.Typer(
    help="One bot and what people say of it: show, mark, precision of the detectors by that.", no_args_is_help=True
)
app.add_typer(bot_app, name="bot")

NONE = "none"
BotId = Annotated[str, typer.Argument(metavar="ID", help="The bot's id, as `bots` shows it.")]
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


@bot_app.command("show")
def show(
    bot_id: BotId,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show one bot: what each detector saw beside what is normal, and the requests that show it best."""
    from apitrail import abuse_tables

    with answers(store, config, server, token) as trail:
        abuse_tables.write_bot(trail.bot(bot_id), json=json)


@bot_app.command("mark")
def mark(
    bots: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="The ids of bots, as `bots` shows them.")] = None,
    value: Annotated[str, typer.Option("--as", help="confirmed, rejected, or none to take the mark away.")] = "",
    excepted: Annotated[
        bool, typer.Option("--except", help="Also make an exception for what identifies the sessions of rejected bots.")
    ] = False,
    q: Annotated[str, typer.Option("-q", "--filter", help="Mark all bots under a filter instead.")] = "",
    start: FromOption = "",
    end: ToOption = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Say that bots are some, or are not; rejected ones are gone from every list that does not ask for verdicts."""
    from apitrail import abuse_tables

    if not value:
        raise BadQuestion("--as says what they are: confirmed, rejected or none", suggestion="confirmed")
    wanted = "" if value == NONE else value
    with answers(store, config, server, token) as trail:
        marked = trail.abuse.mark(bots or [], mark=wanted, q=q, start=start, end=end, exception=excepted)
        abuse_tables.write_marked(marked, json=json)


@bot_app.command("precision")
def precision(
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List how often people confirmed and rejected bots that each detector voted for."""
    from apitrail import abuse_tables, printing

    with answers(store, config, server, token) as trail:
        found = trail.abuse.precision()
        printing.write(found, abuse_tables.PRECISION, json=json, nothing="nobody has confirmed or rejected a bot yet")
