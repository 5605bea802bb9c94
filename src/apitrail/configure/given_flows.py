"""The business flows that people gave to endpoints, in place of those that their words tell (D8)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apitrail.errors import BadQuestion
from apitrail.inspect.flows import NAMES
from apitrail.inspect.outlines import Flows
from apitrail.store import Store

KIND = "flows"


class Given(msgspec.Struct, frozen=True):
    """The flows that somebody gave to an endpoint."""

    host: str
    method: str
    endpoint: str
    flows: tuple[str, ...]


def kept(store: Store) -> Flows:
    """Every endpoint that was given flows by hand, with them."""
    found = (msgspec.json.decode(record.value, type=Given) for record in store.records.current(KIND).values())
    return tuple(((one.host, one.method, one.endpoint), one.flows) for one in found)


def give(store: Store, host: str, method: str, endpoint: str, flows: Sequence[str], author: str) -> tuple[str, ...]:
    """Give an endpoint its flows, none with an empty list; its stored requests follow. BadQuestion for a flow there is not."""
    for flow in flows:
        if flow not in NAMES:
            raise BadQuestion(f"a flow is one of {', '.join(NAMES)}, not {flow[:40]!r}", suggestion=NAMES[0])
    wanted = tuple(flow for flow in NAMES if flow in flows)
    given = Given(host, method, endpoint, wanted)
    store.records.append(KIND, f"{method} {host}{endpoint}", msgspec.json.encode(given).decode(), author)
    store.set_flows(host, method, endpoint, wanted)
    return wanted
