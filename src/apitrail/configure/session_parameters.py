"""The session context parameters and the settings of MCP servers of a store: read, changed, and their history (S2.1, S8.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from apitrail.errors import BadQuestion, NotFound
from apitrail.model.parameters import McpServer, Parameter, check, check_server, convert, folded
from apitrail.store import Store

PARAMETERS = "session-parameters"
SERVERS = "mcp-servers"
_ALL = "all"
SERVERS_LIMIT = 500
"""MCP servers whose settings are kept."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters in force, in their order; who changed them last and when, in microseconds since 1970.

    `version` changes with them: who sends it back changes nothing that somebody else has changed meanwhile.
    """

    parameters: tuple[Parameter, ...] = ()
    version: str = ""
    author: str = ""
    time: int = 0


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change: author, time in microseconds since 1970, and what it did in a few sentences."""

    author: str
    time: int
    what: list[str]


def kept(store: Store) -> Kept:
    """The parameters in force."""
    record = store.records.current(PARAMETERS).get(_ALL)
    if record is None:
        return Kept(version=_version("[]"))
    return Kept(parameters=_decoded(record.value), version=_version(record.value), author=record.author, time=record.time)


def keep(store: Store, parameters: Sequence[Parameter], author: str, *, version: str = "") -> Kept:
    """Put these parameters in force for new traffic; nothing is written when they are so already.

    BadQuestion when one of them is wrong, or when `version` is given and is not the one in force.
    """
    checked = check(parameters)
    before = kept(store)
    if version and version != before.version:
        raise BadQuestion(
            f"{before.author or 'somebody'} has changed the parameters meanwhile; look at them again, then change them"
        )
    if checked != before.parameters:
        store.records.append(PARAMETERS, _ALL, msgspec.json.encode(checked).decode(), author)
    return kept(store)


def history(store: Store) -> list[Change]:
    """Every change of the parameters, newest first."""
    records = store.records.history(PARAMETERS)
    lists = [_decoded(record.value) for record in records]
    return [
        Change(author=record.author, time=record.time, what=_difference(before, after))
        for record, after, before in zip(records, lists, [*lists, ()][1:], strict=True)
    ]


def names_of_kept(store: Store) -> dict[tuple[str, bool], str]:
    """Under which name a point's value was kept, hashed or not, by whatever list was in force; not when a name meant two."""
    lists = [_decoded(record.value) for record in store.records.history(PARAMETERS)]
    meant: dict[str, set[tuple[str, bool]]] = {}
    for one in (one for some in lists for one in some):
        meant.setdefault(one.name, set()).add((one.point, one.hashed))
    return {next(iter(places)): name for name, places in meant.items() if len(places) == 1}


def servers(store: Store) -> dict[str, McpServer]:
    """The settings of MCP servers, by server; only those that were changed."""
    records = store.records.current(SERVERS)
    return {name: msgspec.json.decode(record.value, type=McpServer) for name, record in records.items()}


def keep_server(store: Store, server: McpServer, author: str) -> McpServer:
    """Put the settings of one MCP server in force for new traffic; one without any point goes back to what is usual."""
    checked = check_server(server)
    known = servers(store)
    if known.get(checked.server, McpServer(server=checked.server)) == checked:
        return checked
    usual = not (checked.session or checked.user or checked.role)
    if checked.server not in known and len(known) >= SERVERS_LIMIT:
        raise BadQuestion(f"settings of at most {SERVERS_LIMIT} MCP servers are kept")
    store.records.append(SERVERS, checked.server, "" if usual else msgspec.json.encode(checked).decode(), author)
    return checked


def apply_file(store: Store, tables: dict[str, object], origin: str) -> None:
    """Put in force what a configuration file says of parameters and MCP servers; what it does not speak of stays."""
    author = f"configuration file {origin}"
    if "session_parameters" in tables:
        keep(store, _from_file(tables["session_parameters"], origin), author)
    for server in _servers_from_file(tables.get("mcp_servers", []), origin):
        keep_server(store, server, author)


def _from_file(found: object, origin: str) -> tuple[Parameter, ...]:
    try:
        return convert(found)
    except BadQuestion as error:
        raise BadQuestion(f"{origin}: {error}", position=error.position, suggestion=error.suggestion) from None


def _servers_from_file(found: object, origin: str) -> list[McpServer]:
    try:
        return msgspec.convert(found, list[McpServer])
    except msgspec.ValidationError as error:
        raise BadQuestion(f"{origin}: mcp_servers: {error}") from None


def moved(parameters: Sequence[Parameter], at: int, to: int) -> tuple[Parameter, ...]:
    """The parameters with one of them in another place, both counted from 0; NotFound when there is none."""
    if not 0 <= at < len(parameters):
        raise NotFound(f"there is no parameter {at + 1}")
    rest = [*parameters[:at], *parameters[at + 1 :]]
    rest.insert(max(0, min(to, len(rest))), parameters[at])
    return tuple(rest)


def _decoded(value: str) -> tuple[Parameter, ...]:
    return tuple(msgspec.json.decode(value, type=list[Parameter])) if value else ()


def _version(value: str) -> str:
    return hashlib.blake2b(value.encode(), digest_size=8).hexdigest()


def _difference(before: Sequence[Parameter], after: Sequence[Parameter]) -> list[str]:
    """What a change did, in sentences."""
    old, new = ({folded(one.point): one for one in some} for some in (before, after))
    said = [f"added {described(one)}" for point, one in new.items() if point not in old]
    said += [f"removed {described(one)}" for point, one in old.items() if point not in new]
    said += [f"changed {described(old[point])} to {described(one)}" for point, one in new.items() if old.get(point, one) != one]
    if [point for point in old if point in new] != [point for point in new if point in old]:
        said.append(f"order is now {', '.join(one.name for one in after)}")
    return said


def described(parameter: Parameter) -> str:
    """A parameter in a few words."""
    words = [parameter.type] * (parameter.type != "none") + ["grouping key"] * parameter.grouping + ["hashed"] * parameter.hashed
    return f"{parameter.name} ({', '.join([parameter.point, *words])})"
