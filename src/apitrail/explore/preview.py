"""Trying out session context parameters: what they would make of a pasted exchange, or of the last ones that came (S1.8).

Nothing here shows a secret: values are told as they would be kept, paths and queries masked as they are stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from apitrail.configure import session_parameters
from apitrail.errors import BadQuestion
from apitrail.explore.times import epoch_microseconds
from apitrail.inspect.builtin import is_key
from apitrail.inspect.headers import read_headers
from apitrail.inspect.hiding import is_hidden
from apitrail.inspect.identity import Identifier, is_secret_parameter
from apitrail.inspect.masking import MASK
from apitrail.inspect.mcp import mcp_call
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.rows import Recipe
from apitrail.model.exchange import Exchange
from apitrail.model.parameters import ROLE, USER, Parameter
from apitrail.model.point import parse
from apitrail.model.request import session_hex
from apitrail.query.interval import iso
from apitrail.sources import pasted
from apitrail.store import Store

TRIED = 20
"""Exchanges that parameters are tried on, unless asked for more."""
TRIED_LIMIT = 200
"""The most of them."""

FOUND, HIDDEN, ABSENT = "found", "not stored", "absent"
PASTED, RECENT, STORED = "pasted", "recent", "stored"


class Value(msgspec.Struct, kw_only=True):
    """What one parameter finds: its values as they would be kept, which is `plain`, `masked` or `hashed`.

    `state` is `found`, `absent`, or `not stored`: something was there, but its value was not kept.
    """

    name: str
    point: str
    type: str
    grouping: bool
    kept: str
    state: str
    values: list[str] = []


class Trial(msgspec.Struct, kw_only=True):
    """What the parameters make of one exchange.

    `session_key` is the key that matches, `own` tells whether it is one of the parameters, `session_value` what it found, masked.
    Both are empty, and so is `session_id`, as far as they cannot be told from what is stored.
    """

    time: str
    method: str
    host: str
    path: str
    query: str
    status: int
    session_id: str
    session_key: str
    session_value: str
    own: bool
    user: str
    roles: list[str]
    values: list[Value]


class Preview(msgspec.Struct, kw_only=True):
    """Trials, newest first. `source` is `pasted`, `recent` (in memory) or `stored` (rebuilt from what is kept of them).

    `keys` counts the exchanges by the key that matches, `found` by the name of each parameter that is there; `sessions` is the
    number of sessions they make, as far as that can be told.
    """

    source: str
    items: list[Trial]
    sessions: int
    keys: dict[str, int]
    found: dict[str, int]


def preview(
    store: Store,
    recipe: Recipe,
    *,
    exchange: str = "",
    recent: Sequence[Exchange] = (),
    limit: int = TRIED,
) -> Preview:
    """What the parameters of a recipe make of a pasted exchange, else of the last ones in memory, else of the last stored."""
    if not 1 <= limit <= TRIED_LIMIT:
        raise BadQuestion(f"limit is from 1 to {TRIED_LIMIT}, not {limit}", position=0, suggestion=str(TRIED))
    identifier = Identifier(recipe.secret, recipe.parameters, recipe.servers)
    if exchange.strip():
        return _told(PASTED, recipe, [_trial(identifier, pasted.read(exchange))])
    if recent:
        last = list(recent)[-limit:]
        return _told(RECENT, recipe, [_trial(identifier, one) for one in reversed(last)])
    kept = session_parameters.names_of_kept(store)
    return _told(STORED, recipe, [_stored_trial(identifier, row, kept) for row in _stored(store, limit)])


def _told(source: str, recipe: Recipe, trials: list[Trial]) -> Preview:
    found = Counter(value.name for trial in trials for value in _there(trial.values))
    return Preview(
        source=source,
        items=trials,
        sessions=len({trial.session_id for trial in trials if trial.session_id}),
        keys=dict(Counter(trial.session_key for trial in trials).most_common()),
        found={parameter.name: found[parameter.name] for parameter in recipe.parameters},
    )


def _trial(identifier: Identifier, exchange: Exchange) -> Trial:
    reading = Reading(exchange, read_headers(exchange.headers))
    said = identifier.say(reading, mcp_call(reading).server)
    values = [_value(parameter, kept) for parameter, _, kept in identifier.found(reading)]
    return Trial(
        time=iso(exchange.time) if exchange.time else "",
        method=exchange.method,
        host=exchange.host,
        path=identifier.hiding.path(exchange.path),
        query=identifier.hiding.query(exchange.query),
        status=exchange.status,
        session_id=session_hex(said.identity.session_id),
        session_key=said.identity.key,
        session_value=said.identity.shown,
        own=_is_own(said.identity.key, values),
        user=said.user or exchange.user,
        roles=list(said.roles),
        values=values,
    )


def _value(parameter: Parameter, values: list[str], state: str = "") -> Value:
    masked = is_hidden(parameter) or is_secret_parameter(parameter)
    kept = "hashed" if parameter.hashed else "masked" if masked else "plain"
    return Value(
        name=parameter.name,
        point=parameter.point,
        type=parameter.type,
        grouping=parameter.grouping,
        kept=kept,
        state=state or (FOUND if values else ABSENT),
        values=values,
    )


def _is_own(key: str, values: Iterable[Value]) -> bool:
    return any(value.grouping and value.point == key for value in values)


_STORED_COLUMNS = (
    "time, application, host, method, path, query, status, ip, user_agent, referer, fingerprint, session_id, session_key,"
    " session_value, context, mapKeys(observed) AS points"
)


def _stored(store: Store, limit: int) -> list[dict[str, Any]]:
    return store.rows(
        f"SELECT {_STORED_COLUMNS} FROM requests ORDER BY time DESC, request_id DESC LIMIT {{limit:UInt32}}", {"limit": limit}
    )


def _rebuilt(row: dict[str, Any]) -> Exchange:
    """The exchange as far as it is stored."""
    headers = (("host", row["host"]), ("user-agent", row["user_agent"]), ("referer", row["referer"]))
    return Exchange(
        method=row["method"],
        path=row["path"],
        query=row["query"],
        host=row["host"],
        time=epoch_microseconds(row["time"]),
        client_ip=row["ip"],
        headers=tuple((name, value) for name, value in headers if value),
        status=row["status"],
        application=row["application"],
        fingerprint=row["fingerprint"],
    )


def _stored_trial(identifier: Identifier, row: dict[str, Any], kept: Mapping[tuple[str, bool], str]) -> Trial:
    """What can be told of a stored request: what is rebuilt of it, what was kept and seen in it, and which key had matched.

    `kept` says under which name the context has the value of a point, hashed or not.
    """
    exchange = _rebuilt(row)
    trial = _trial(identifier, exchange)
    there = {_comparable(point) for point in row["points"]}
    found = identifier.found(Reading(exchange, read_headers(exchange.headers)))
    names = {parameter.name: kept.get((parameter.point, parameter.hashed), "") for parameter, _, _ in found}
    context = {name: text for name, old in names.items() if (text := dict(row["context"]).get(old))}
    trial.values = [_known(one, context, there) for one in found]
    readable = {parameter.name for parameter, values, _ in found if _is_readable(values)}
    trial.user = next((value.values[0] if value.values else "" for value in _there(trial.values, USER)), "")
    trial.roles = list(dict.fromkeys(role for value in _there(trial.values, ROLE) for role in value.values))
    first = next((value for value in _there(trial.values) if value.grouping), None)
    if first is None or first.name not in readable:
        trial.session_key, trial.own = first.point if first else "", first is not None
        trial.session_id = trial.session_value = ""
        _as_stored(trial, row)
    return trial


def _there(values: Iterable[Value], kind: str = "") -> Iterator[Value]:
    """The values, of a type or of all, that an exchange has."""
    return (value for value in values if value.state != ABSENT and kind in ("", value.type))


def _known(found: tuple[Parameter, list[str], list[str]], context: Mapping[str, str], there: set[str]) -> Value:
    """What a parameter finds in a rebuilt exchange, else what was kept of it, else whether something was there."""
    parameter, values, kept = found
    if _is_readable(values):
        return _value(parameter, kept)
    if parameter.name in context:
        text = context[parameter.name]
        return _value(parameter, text.split(", ") if parameter.type == ROLE else [text])
    return _value(parameter, [], HIDDEN if values or _comparable(parameter.point) in there else ABSENT)


def _is_readable(values: Sequence[str]) -> bool:
    """Whether values of a rebuilt exchange are those that were sent: masked ones are not."""
    return bool(values) and not any(MASK in value for value in values)


def _as_stored(trial: Trial, row: dict[str, Any]) -> None:
    """Take over the key that had matched, when it is the one that matches now."""
    key = row["session_key"]
    same = _comparable(key) == _comparable(trial.session_key) if trial.session_key else is_key(key)
    if same:
        trial.session_key, trial.session_value = key, row["session_value"]
        trial.session_id = session_hex(row["session_id"])


def _comparable(point: str) -> str:
    """A point for comparing: header names in any case are the same."""
    try:
        found = parse(point)
    except BadQuestion:
        return point
    if found.place == "header":
        found = msgspec.structs.replace(found, steps=(str(found.steps[0]).lower(),))
    return str(found)
