"""One request with its response: what every source yields and everything else is made from."""

from __future__ import annotations

import msgspec

Header = tuple[str, str]
MICROSECOND = 1_000_000
"""Times are whole microseconds since 1970 in UTC; this many make a second."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What another engine (ModSecurity, Coraza) said of an exchange.

    `type` is an attack code of the specification (`sqli`, `xss` ...), `rule` the engine's own rule id.
    """

    type: str
    rule: str
    message: str = ""
    point: str = ""
    payload: str = ""
    engine: str = "modsecurity"


class Exchange(msgspec.Struct, kw_only=True, gc=False):
    """One request and what was answered, as far as the source tells.

    Empty string, 0 and None mean "the source does not say". Header names are lower case, in the order they came.
    `path` and `query` are as sent: still percent-encoded, `query` without the question mark.
    """

    method: str
    path: str
    query: str = ""
    host: str = ""
    time: int = 0
    """Microseconds since 1970 in UTC."""
    id: str = ""
    client_ip: str = ""
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    status: int = 0
    duration_ms: float | None = None
    request_bytes: int | None = None
    response_bytes: int | None = None
    response_headers: tuple[Header, ...] = ()
    response_body: bytes = b""
    application: str = ""
    fingerprint: str = ""
    """JA3 or JA4 of the client."""
    source: str = ""
    """Which file, node or sensor saw it."""
    user: str = ""
    """The user name the server itself logged (HTTP authentication)."""
    scheme: str = ""
    version: str = ""
    """The protocol version of the request, for example `HTTP/1.1`."""
    verdicts: tuple[Verdict, ...] = ()
    blocked: bool = False
    foreign_host: str = ""
    """The host of a whole URL in the request line, as clients write to a proxy, where the source does not call it its own."""


def header(headers: tuple[Header, ...], name: str) -> str:
    """The first value of a header; `name` in lower case; empty when it is not there."""
    for key, value in headers:
        if key == name:
            return value
    return ""
