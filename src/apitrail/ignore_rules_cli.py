"""The commands under `apitrail settings ignore-rules`: what is no attack in new traffic."""

from __future__ import annotations

from typing import Annotated

import typer

from apitrail.answering import answers
from apitrail.options import ConfigOption, JsonOption, ServerOption, StoreOption, TokenOption

app = typer.Typer(help="What is no attack in new traffic: rules made of false positives.", no_args_is_help=True)

RuleId = Annotated[str, typer.Argument(metavar="ID", help="The rule's id, as `list` shows it.")]


@app.command("list")
def list_rules(
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List the rules, the one that was changed last first."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        printing.write(trail.ignore_rules(), printing.RULES, json=json, nothing="there are none; everything that is found counts")


@app.command("add")
def add(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="The type of attack, by its code, such as sqli.")],  # noqa: A002
    subtype: Annotated[str, typer.Option("--subtype", help="Only this subtype.")] = "",
    signature: Annotated[str, typer.Option("--signature", help="Only what this signature finds.")] = "",
    point: Annotated[str, typer.Option("--point", help="Only at this point, such as request.query.id.")] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", help="Only at this endpoint, such as /users/{id}.")] = "",
    host: Annotated[str, typer.Option("--host", help="Only on this host.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it is no attack.")] = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Ignore a type of attack in new traffic, as narrowly as the options say."""
    from apitrail import printing
    from apitrail.model.ignoring import IgnoreRule

    rule = IgnoreRule(type=type, subtype=subtype, signature=signature, point=point, endpoint=endpoint, host=host, reason=reason)
    with answers(store, config, server, token) as trail:
        printing.write([trail.add_ignore_rule(rule)], printing.RULES, json=json)


@app.command("enable")
def enable(
    rule_id: RuleId,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Put a rule in force again."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        printing.write([trail.enable_ignore_rule(rule_id)], printing.RULES, json=json)


@app.command("disable")
def disable(
    rule_id: RuleId,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Keep a rule without its being in force."""
    from apitrail import printing

    with answers(store, config, server, token) as trail:
        printing.write([trail.enable_ignore_rule(rule_id, enabled=False)], printing.RULES, json=json)


@app.command("remove")
def remove(
    rule_id: RuleId,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
) -> None:
    """Forget a rule."""
    with answers(store, config, server, token) as trail:
        trail.remove_ignore_rule(rule_id)
        typer.echo(f"removed {rule_id}")
