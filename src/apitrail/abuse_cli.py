"""The commands under `apitrail abuse`: profiles, by which bots are searched for, and exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from apitrail.answering import answers
from apitrail.model.abuse import BEHAVIOURAL, BOT_TYPES
from apitrail.options import ConfigOption, JsonOption, LimitOption, ServerOption, StoreOption, TokenOption

if TYPE_CHECKING:
    from apitrail.model.abuse import TypeRule

app = typer.Typer(help="How bots are searched for: profiles and exceptions.", no_args_is_help=True)
profile_app = typer.Typer(
    help="Profiles: what is done about which bots in which applications, and how sensitively.", no_args_is_help=True
)
exception_app = typer.Typer(help="Exceptions: sessions that are no bots, whatever the detectors say.", no_args_is_help=True)
app.add_typer(profile_app, name="profile")
app.add_typer(exception_app, name="exception")

ProfileName = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name; `default` is for all applications left.")]
ExceptionId = Annotated[str, typer.Argument(metavar="ID", help="The exception's id, as `list` shows it.")]
UntilOption = Annotated[
    str | None, typer.Option("--until", help="When it ends: a date, or ISO 8601; for ever when left out or empty.")
]


@profile_app.command("list")
def list_profiles(
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List the profiles; the first one is for all applications that no other names."""
    from apitrail import abuse_tables, printing

    with answers(store, config, server, token) as trail:
        printing.write(trail.abuse.profiles(), abuse_tables.PROFILES, json=json)


@profile_app.command("set")
def set_profile(
    name: ProfileName,
    application: Annotated[
        list[str] | None, typer.Option("--application", help="An application that it is for; again for more.")
    ] = None,
    analyse_by: Annotated[
        str | None, typer.Option("--analyse-by", help="Whose sessions are the normal: application or domain.")
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            "--rule",
            help="TYPE=ACTION,HOURS,SENSITIVITY, such as scraping=denylist_ip,24,paranoid; again for more types."
            " ACTION is disabled, register, denylist_ip, denylist_session or denylist_both, SENSITIVITY paranoid, normal or safe,"
            " HOURS 0 is for ever.",
        ),
    ] = None,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Make a profile, or change what the options say of one."""
    from apitrail import abuse_tables, printing
    from apitrail.model.abuse import Profile

    rules = dict(map(_rule, rule or []))
    with answers(store, config, server, token) as trail:
        if name in {kept.profile.name for kept in trail.abuse.profiles()}:
            found = trail.abuse.change_profile(name, applications=application, analyse_by=analyse_by, types=rules)
        else:
            given = {"analyse_by": analyse_by} if analyse_by else {}
            found = trail.abuse.put_profile(Profile(name=name, applications=tuple(application or ()), types=rules, **given))
        printing.write([found], abuse_tables.PROFILES, json=json)


@profile_app.command("remove")
def remove_profile(
    name: ProfileName,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Forget a profile; its applications are under the default one."""
    from apitrail import abuse_tables

    with answers(store, config, server, token) as trail:
        trail.abuse.remove_profile(name)
        abuse_tables.write_removed(name, json=json)


@exception_app.command("list")
def list_exceptions(
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List the exceptions, the one that was changed last first, also those that do not hold."""
    from apitrail import abuse_tables, printing

    with answers(store, config, server, token) as trail:
        found = trail.abuse.exceptions()
        printing.write(found, abuse_tables.EXCEPTIONS, json=json, nothing="there are none; every bot that is found is told")


@exception_app.command("add")
def add_exception(
    q: Annotated[
        str, typer.Argument(metavar="FILTER", help="Which requests are meant, such as 'ip:203.0.113.0/24 path:/export/*'.")
    ],
    bot_type: Annotated[
        list[str] | None,
        typer.Option(
            "--type", help=f"Which they are not; again for more, all when left out: {', '.join((*BOT_TYPES, *BEHAVIOURAL))}."
        ),
    ] = None,
    until: UntilOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why they are no bots.")] = "",
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Say that sessions are no bots: those of which most requests are as a filter asks."""
    from apitrail import abuse_tables, printing
    from apitrail.model.abuse import AbuseException

    wanted = AbuseException(q=q, bot_types=tuple(bot_type or ()), until=until or "", reason=reason)
    with answers(store, config, server, token) as trail:
        printing.write([trail.abuse.add_exception(wanted)], abuse_tables.EXCEPTIONS, json=json)


@exception_app.command("change")
def change_exception(
    exception_id: ExceptionId,
    until: UntilOption = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help="Whether it holds.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why they are no bots.")] = None,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Change until when an exception holds, whether it does, or why."""
    from apitrail import abuse_tables, printing

    with answers(store, config, server, token) as trail:
        found = trail.abuse.change_exception(exception_id, until=until, enabled=enable, reason=reason)
        printing.write([found], abuse_tables.EXCEPTIONS, json=json)


@exception_app.command("remove")
def remove_exception(
    exception_id: ExceptionId,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """Forget an exception; its sessions are judged as all others."""
    from apitrail import abuse_tables

    with answers(store, config, server, token) as trail:
        trail.abuse.remove_exception(exception_id)
        abuse_tables.write_removed(exception_id, json=json)


@exception_app.command("history")
def exceptions_history(
    limit: LimitOption = 50,
    store: StoreOption = None,
    config: ConfigOption = "",
    server: ServerOption = "",
    token: TokenOption = "",
    json: JsonOption = False,
) -> None:
    """List every change of exceptions: who, when, what."""
    from apitrail import abuse_tables, printing
    from apitrail.answering import first

    with answers(store, config, server, token) as trail:
        found = first(trail.abuse.exceptions_history(), limit)
        printing.write(found, abuse_tables.HISTORY, json=json, nothing="nothing was changed yet")


def _rule(words: str) -> tuple[str, TypeRule]:
    """A type of bot and its rule from words such as `scraping=denylist_ip,24,paranoid`, those after the sign in any order."""
    from apitrail.configure.profiles import HOURS_LIMIT, checked_hours, one_of
    from apitrail.model.abuse import ACTIONS, SENSITIVITIES, TypeRule

    bot_type, _, said = words.partition("=")
    one_of("a type of bot", bot_type.strip(), BOT_TYPES)
    given: dict[str, str | int] = {}
    for word in filter(None, map(str.strip, said.split(","))):
        if word.isascii() and word.removeprefix("-").isdecimal():
            given["hours"] = checked_hours(int(word[:20]))
        else:
            one_of(f"what is done about {bot_type}", word, (*ACTIONS, *SENSITIVITIES), also=f"hours from 0 to {HOURS_LIMIT}")
            given["action" if word in ACTIONS else "sensitivity"] = word
    return bot_type.strip(), TypeRule(**given)  # type: ignore[arg-type]
