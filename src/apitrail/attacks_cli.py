"""The commands about attacks: list, open, mark; and about incidents."""

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

GroupOption = Annotated[
    str,
    typer.Option("--group-by", help="Up to 4 filter words with commas, or default, type, ip, user, endpoint, session or none."),
]
OrderOption = Annotated[
    str, typer.Option("--sort", help="A number or time, such as requests or last_seen; a minus puts the largest first.")
]
AttackId = Annotated[str, typer.Argument(metavar="ID", help="The attack's id, as `attacks` shows it.")]
NONE = "none"


@app.command()
def attacks(
    q: FilterOption = "",
    group_by: GroupOption = "",
    start: FromOption = "",
    end: ToOption = "",
    sort: OrderOption = "-last_seen",
    limit: LimitOption = 50,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List attacks: malicious requests that belong together, those seen last first."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.iterate_attacks(q, start=start, end=end, group_by=group_by, sort=sort)
        printing.write(first(found, limit), printing.ATTACKS, json=json)


@app.command()
def attack(
    attack_id: AttackId,
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    limit: LimitOption = 20,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Show one attack: what it adds up to, and its newest requests."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.attack(attack_id, q, start=start, end=end)
        newest = trail.iterate_attack_requests(attack_id, q, start=start, end=end)
        printing.write_attack(found, list(first(newest, limit)), json=json)


@app.command()
def incidents(
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    sort: OrderOption = "-last_seen",
    limit: LimitOption = 50,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List incidents: attacks whose response shows that they worked, and whether the vulnerability is open."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        found = trail.iterate_incidents(q, start=start, end=end, sort=sort)
        printing.write(first(found, limit), printing.INCIDENTS, json=json)


@app.command()
def mark(
    findings: Annotated[
        list[str] | None, typer.Argument(metavar="[FINDING]...", help="The ids of findings, 16 hex digits each.")
    ] = None,
    value: Annotated[str, typer.Option("--as", help="false_positive, true_positive, or none to take the mark away.")] = "",
    attack_id: Annotated[str, typer.Option("--attack", help="Mark everything that this attack has instead.")] = "",
    q: FilterOption = "",
    start: FromOption = "",
    end: ToOption = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Say that findings, or all of an attack, are false or true positives; false ones no longer count as attacks."""
    if not value:
        raise BadQuestion("--as says what it is: false_positive, true_positive or none", suggestion="false_positive")
    wanted = "" if value == NONE else value
    with answers(store, config, server, token) as trail:
        marked = trail.mark(findings or [], attack=attack_id, mark=wanted, q=q, start=start, end=end)
    typer.echo(f'{{"marked":{marked}}}' if json else f"marked {marked}")
