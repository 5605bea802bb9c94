"""The commands about bots: list the sessions that are some, show one, say whether it is one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from apitrail.answering import answers, first
from apitrail.errors import BadQuestion
from apitrail.model.abuse import CONFIRMED, REJECTED
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
MARKS = (CONFIRMED, REJECTED, NONE)
"""The words that `--as` takes."""
EVERY = "verdict:* OR -verdict:*"
"""The filter under which also those bots are that were rejected or excepted."""
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
        printing.write(first(found, limit), printing.BOTS, json=json, nothing=lambda: _why_none(trail))


@bot_app.command("show")
def show(
    bot_id: BotId,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show one bot: what each detector saw beside what is normal, why that counts, and the requests that show it best."""
    from apitrail import abuse_tables

    with answers(store, config, server, token) as trail:
        found = trail.bot(bot_id)
        abuse_tables.write_bot(found, [] if json else _flagged(trail, found), json=json)


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
    from apitrail.configure.profiles import one_of

    if not value:
        raise BadQuestion("--as says what they are: confirmed, rejected or none", suggestion="confirmed")
    wanted = "" if one_of("--as", value, MARKS) == NONE else value
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


def _flagged(trail: Any, bot: Any) -> list[Any]:
    """The first requests that show a bot, as far as they are still stored, in time order."""
    from apitrail.abuse_tables import REQUESTS_SHOWN
    from apitrail.query.text import term

    ids = bot.flagged[:REQUESTS_SHOWN]
    return list(trail.iterate_requests(bot.session_id, term("request", ids, literal=True).text)) if ids else []


def _why_none(trail: Any) -> str:
    """Why a list of bots is empty: there are others, there are none, or nobody can say yet."""
    if any(trail.iterate_bots()):
        return "nothing matches"
    if any(trail.iterate_bots(EVERY)):
        return "no bots but those that were rejected or excepted: -q 'verdict:rejected,excepted' lists them"
    return _unknown(trail) or "legitimate traffic: no bots"


def _unknown(trail: Any) -> str:
    """Why it is not known whether there are bots; empty when it is. Of a server only its inventory tells that it has analysed."""
    from apitrail.analyze.bots.normal import SESSIONS_LEAST
    from apitrail.explore.bots.scopes import scopes
    from apitrail.library import Trail

    if not isinstance(trail, Trail):
        return "" if any(trail.iterate_endpoints()) else "no bots; the server knows no endpoints, or has not analysed yet"
    kept = scopes(trail.store)
    if not kept:
        return "nothing was analysed yet; run `apitrail analyze`"
    if all(scope.sessions < SESSIONS_LEAST for scope in kept):
        return f"not enough data: what is normal is learned from {SESSIONS_LEAST} sessions of an application or host"
    return ""
