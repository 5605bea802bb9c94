"""What the answers look like: the members of the JSON contract, typed."""

from __future__ import annotations

from typing import Any

import msgspec

from apitrail.model.content import Content
from apitrail.model.finding import Finding


class SessionPart(msgspec.Struct, kw_only=True):
    """One session within one UTC day, as far as the question's filters and interval let it be seen.

    `start` and `end` are ISO 8601 in UTC, the maps hold value -> number of requests, `status` is `blocked`,
    `partially blocked` or `monitored`. `attacks` counts requests in which one was found, `incidents` those whose response shows
    that it worked. `slow` and `large` count its requests well above what is usual for their endpoints.
    """

    id: str
    day: str
    start: str
    end: str
    duration_ms: float
    requests: int
    attacks: int
    incidents: int = 0
    blocked: int = 0
    slow: int = 0
    large: int = 0
    attack_types: dict[str, int] = {}
    ips: list[str] = []
    countries: list[str] = []
    networks: list[str] = []
    network_kinds: list[str] = []
    hosts: dict[str, int] = {}
    endpoints: dict[str, int] = {}
    methods: dict[str, int] = {}
    statuses: dict[str, int] = {}
    applications: list[str] = []
    clients: dict[str, int] = {}
    users: list[str] = []
    roles: list[str] = []
    flows: dict[str, int] = {}
    mcp_servers: dict[str, int] = {}
    rpc_methods: dict[str, int] = {}
    primitives: dict[str, int] = {}
    bots: list[str] = []
    status: str = "monitored"


class KnownFinding(Finding, kw_only=True, frozen=True, omit_defaults=False):
    """A stored finding with its id and with what a person said of it: `false_positive`, `true_positive`, or nothing."""

    id: str = ""
    mark: str = ""


class Request(msgspec.Struct, kw_only=True):
    """One request of a session; times in ISO 8601 UTC, `duration_ms` and sizes None when the source does not say.

    `usual_ms` and `usual_bytes` are the medians of its endpoint, known from so many samples, and None when these are too few; the
    ratios are how many times these it took, `slow` and `large` say that it is well above them.
    `attacks` are the types of attack in it without false positives, `verdicts` everything that was found. `content` is what was
    kept of a malicious one, masked; it is there when one request is asked for.
    """

    request_id: str
    session_id: str
    time: str
    method: str
    host: str
    path: str
    query: str
    endpoint: str
    protocol: str
    status: int
    duration_ms: float | None
    request_bytes: int | None
    response_bytes: int | None
    duration_ratio: float | None = None
    size_ratio: float | None = None
    usual_ms: float | None = None
    p95_ms: float | None = None
    duration_samples: int = 0
    usual_bytes: float | None = None
    p95_bytes: float | None = None
    size_samples: int = 0
    slow: bool = False
    large: bool = False
    attacks: list[str]
    blocked: bool
    ip: str
    country: str
    network: str
    network_kind: str
    user: str
    role: str
    flows: list[str]
    context: dict[str, str]
    application: str
    user_agent: str
    client: str
    client_kind: str
    referer: str
    fingerprint: str
    session_key: str
    session_value: str
    source: str
    mcp_server: str = ""
    rpc_methods: list[str] = []
    primitives: list[str] = []
    arguments: dict[str, Any] = {}
    verdicts: list[KnownFinding] = []
    overlimit: list[str] = []
    content: Content | None = None


class Page(msgspec.Struct, kw_only=True):
    """Some items of a longer answer; `next_cursor` is None on the last page, `total` exact and of the whole answer."""

    items: list[Any]
    total: int
    next_cursor: str | None = None


def by_count(counts: dict[str, int]) -> dict[str, int]:
    """Counts with the most frequent first, equal ones by name; the empty value is left out."""
    return dict(sorted(((name, n) for name, n in counts.items() if name), key=lambda item: (-item[1], item[0])))
