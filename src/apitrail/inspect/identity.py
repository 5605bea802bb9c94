"""Whose request it is: the session by the first grouping key that finds a value, the user, the roles, and the context kept.

The user's own keys come before the built-in ones (S1.2). The id is a keyed hash of the value alone, so equal values are one
session whichever key found them (S1.1) and on whichever worker they were seen. The key of the hash belongs to the store.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from apitrail.inspect import builtin
from apitrail.inspect.builtin import Found
from apitrail.inspect.hiding import Hiding, hiding, is_hidden
from apitrail.inspect.masking import is_secret_point, mask_text, mask_value
from apitrail.inspect.points.extracting import Extract, Reading, extractor
from apitrail.inspect.points.structures import is_plain
from apitrail.model.exchange import Exchange
from apitrail.model.memo import Memo
from apitrail.model.parameters import ROLE, USER, McpServer, Parameter
from apitrail.model.point import Point, parse

VALUE_LIMIT = 4096
"""Characters of a grouping value that count; a longer one is cut, so that a hostile header costs no more."""
LOOKED_LIMIT = 8192
"""Characters of a context value that are looked through for secrets."""
SHOWN_LIMIT = 500
"""Characters of a context value that are kept; what is cut ends in an ellipsis."""
CACHE_LIMIT = 50_000
KEPT_VALUES = 4096
"""Values of one parameter whose kept form is remembered."""
CACHED_CHARS = 1024
"""Longer grouping values are hashed each time, so that hostile ones cannot fill the memory."""


class Identity(NamedTuple):
    """The session of an exchange: its id, the key that matched, and the masked value that it found."""

    session_id: bytes
    key: str
    shown: str


class Said(NamedTuple):
    """Everything that an exchange says of who sent it; `context` holds the names and values of the parameters that found one."""

    identity: Identity
    user: str = ""
    roles: tuple[str, ...] = ()
    context: tuple[tuple[str, str], ...] = ()


class Hashes:
    """Keyed hashes of values, of three kinds that cannot be compared with each other."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.context: Memo[str, str] = Memo(self._context)

    def session(self, value: str) -> bytes:
        """The session id of a grouping value, 16 bytes."""
        return hashlib.blake2b(_bytes(value[:VALUE_LIMIT]), key=self._secret, digest_size=16).digest()

    def observed(self, value: str) -> int:
        """What stands for a value in recommendations, 64 bits."""
        digest = hashlib.blake2b(_bytes(value[:VALUE_LIMIT]), key=self._secret, digest_size=8, person=b"observed").digest()
        return int.from_bytes(digest, "little")

    def _context(self, value: str) -> str:
        return hashlib.blake2b(_bytes(value), key=self._secret, digest_size=16, person=b"context").hexdigest()


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


GROUPS, NAMES, ALLOWS, HIDES, PLAIN = 1, 2, 4, 8, 16
"""What a value is for: it groups, names the user, is a role, must be stored nowhere else; as a key it is shown as it is kept."""


class Values(NamedTuple):
    """A parameter made ready: how to find its values, how one of them is kept, its name, and what they are for."""

    extract: Extract
    kept: Callable[[str], str]
    name: str
    use: int
    point: str
    parameter: Parameter


class Identifier:
    """Gives each exchange its session, user and context; stateless but for bounded caches, so any number of processes agree."""

    def __init__(self, secret: bytes, parameters: Sequence[Parameter] = (), servers: Sequence[McpServer] = ()) -> None:
        self.hashes = Hashes(secret)
        self.hiding: Hiding = hiding(parameters)
        self._own = [self._ready(parameter) for parameter in parameters]
        self._read_headers = frozenset(name for parameter in parameters for name in _request_headers(parse(parameter.point)))
        self._bare = [
            one for one, parameter in zip(self._own, parameters, strict=True) if not _request_headers(parse(parameter.point))
        ]
        self._servers = {server.server: [self._ready(one) for one in _of_server(server)] for server in servers}
        self._clients: dict[tuple[str, str], Identity] = {}
        self._values: dict[tuple[str, str], Identity] = {}
        self.reads_target = _target_reader(parameters)

    def say(self, reading: Reading, mcp_server: str = "") -> Said:
        """Who sent this exchange; `mcp_server` is host and path when it is a call to one."""
        own = self._own_of(reading, mcp_server)
        if not own:
            return Said(self._identified(self._builtin(reading, mcp_server), reading))
        return self._said(own, reading, mcp_server)

    def hidden(self, reading: Reading, mcp_server: str = "") -> list[str]:
        """Values of keys and of hashed parameters as they came, to be hidden wherever else the exchange has them."""
        own = self._own_of(reading, mcp_server)
        return [value for one in own if one.use & HIDES for value in one.extract(reading)]

    def _own_of(self, reading: Reading, mcp_server: str) -> list[Values]:
        """The user's own parameters that may find something."""
        own = self._bare if self._read_headers.isdisjoint(reading.request.headers) else self._own
        return [*self._servers.get(mcp_server, ()), *own] if mcp_server else own

    def found(self, reading: Reading) -> list[tuple[Parameter, list[str], list[str]]]:
        """What each of the user's own parameters finds: the raw values, which stay here, and how they are kept."""
        own = ((one, one.extract(reading)) for one in self._own)
        return [(one.parameter, values, [one.kept(value) for value in values]) for one, values in own]

    def _said(self, own: Iterable[Values], reading: Reading, mcp_server: str) -> Said:
        found: Found | None = None
        user = ""
        roles: dict[str, None] = {}
        context: dict[str, str] = {}
        if mcp_server and not any(one.parameter.grouping for one in self._servers.get(mcp_server, ())):
            found = builtin.mcp_session(reading.exchange, reading.request.headers)
        for parameter in own:
            extract, keep, name, use = parameter[:4]
            values = extract(reading)
            if not values:
                continue
            first = keep(values[0])
            kept = [first] if len(values) == 1 else [keep(value) for value in values]
            if use:
                if use & GROUPS and found is None:
                    found = Found(parameter.point, values[0], first if use & PLAIN else mask_value(values[0]))
                if use & NAMES:
                    user = user or first
                if use & ALLOWS:
                    roles |= dict.fromkeys(kept)
            if name not in context:
                context[name] = first if len(kept) == 1 else ", ".join(kept)
        identity = self._identified(found or self._builtin(reading, mcp_server), reading)
        return Said(identity, user, tuple(roles), tuple(context.items()))

    def _builtin(self, reading: Reading, mcp_server: str) -> Found | None:
        exchange, headers = reading.exchange, reading.request.headers
        found = builtin.mcp_session(exchange, headers) if mcp_server else None
        found = found or builtin.from_headers(headers)
        if found is None and exchange.response_headers:
            found = builtin.from_response(exchange)
        if found is None and exchange.fingerprint:
            found = Found("client.fingerprint", exchange.fingerprint, exchange.fingerprint)
        return found

    def _identified(self, found: Found | None, reading: Reading) -> Identity:
        if found:
            return self._remember(self._values, (found.key, found.value), found)
        exchange, user_agent = reading.exchange, reading.request.headers.get("user-agent", "")
        seen = self._clients.get((exchange.client_ip, user_agent))
        return seen or self._remember(self._clients, (exchange.client_ip, user_agent), _client(exchange, user_agent))

    def _remember(self, cache: dict[tuple[str, str], Identity], at: tuple[str, str], found: Found) -> Identity:
        seen = cache.get(at)
        if seen is None:
            if sum(map(len, at)) > CACHED_CHARS:
                return Identity(self.hashes.session(found.value), found.key, found.shown)
            if len(cache) >= CACHE_LIMIT:
                cache.clear()
            seen = cache[at] = Identity(self.hashes.session(found.value), found.key, found.shown)
        return seen

    def _ready(self, parameter: Parameter) -> Values:
        keep: Memo[str, str] = Memo(self._keeper(parameter), most=KEPT_VALUES, longest=CACHED_CHARS)
        extract = extractor(parse(parameter.point))
        return Values(extract, keep.__getitem__, parameter.name, _use(parameter), parameter.point, parameter)

    def _keeper(self, parameter: Parameter) -> Callable[[str], str]:
        if parameter.hashed:
            return self.hashes.context.__getitem__
        if is_hidden(parameter) or is_secret_parameter(parameter):
            return lambda value: f"{mask_value(value)} #{self.hashes.context[value][:8]}"
        point = parse(parameter.point)
        mask = mask_text if point.steps or point.decoders else self.hiding.masks.get(point.place, mask_text)
        return lambda value: self._shown(value, mask)

    def _shown(self, value: str, mask: Callable[[str], str]) -> str:
        """A value without the secrets in it; one that had some can still be compared, by a hash."""
        start = value[:LOOKED_LIMIT]
        masked = mask(start)
        if masked != start:
            return f"{masked[:SHOWN_LIMIT]} #{self.hashes.context[value][:8]}"
        return value if len(value) <= SHOWN_LIMIT else value[:SHOWN_LIMIT] + "…"


def _request_headers(point: Point) -> tuple[str, ...]:
    """The header of the request without which a point finds nothing; none when it looks elsewhere."""
    if point.side != "request" or point.place not in ("header", "cookie"):
        return ()
    return ("cookie",) if point.place == "cookie" else (str(point.steps[0]).lower(),)


def _use(parameter: Parameter) -> int:
    plain = parameter.type in (USER, ROLE) or parameter.hashed or parameter.point.startswith("client.")
    uses = ((GROUPS, parameter.grouping), (NAMES, parameter.type == USER), (ALLOWS, parameter.type == ROLE))
    return sum(bit for bit, holds in (*uses, (HIDES, is_hidden(parameter)), (PLAIN, plain and parameter.grouping)) if holds)


def is_secret_parameter(parameter: Parameter) -> bool:
    """Whether its values are masked: a user or role may stand in a cookie and still be shown, but no password or token (S2.4)."""
    point = parse(parameter.point)
    if parameter.type in (USER, ROLE) and point.place in ("cookie", "set-cookie"):
        return is_secret_point(f"request.body.json.{point.name}")
    return is_secret_point(parameter.point)


def _client(exchange: Exchange, user_agent: str) -> Found:
    if not user_agent:
        return Found("client.ip", f"ip\n{exchange.client_ip}", exchange.client_ip)
    return Found("client.ip+user_agent", f"ip+ua\n{exchange.client_ip}\n{user_agent}", exchange.client_ip)


def _of_server(server: McpServer) -> list[Parameter]:
    """The settings of an MCP server as parameters that come before all others."""
    places = (
        Parameter(point=server.session, name="mcp_session", grouping=True),
        Parameter(point=server.user, name="mcp_user", type=USER),
        Parameter(point=server.role, name="mcp_role", type=ROLE),
    )
    return [parameter for parameter in places if parameter.point]


def _target_reader(parameters: Sequence[Parameter]) -> Callable[[Exchange], bool] | None:
    """Tells cheaply whether an own key may find something in method, host, path or query; None when none looks there."""
    points = [parse(parameter.point) for parameter in parameters]
    here = [point for point in points if point.place in ("method", "host", "path", "query", "graphql")]
    names = [str(point.steps[0]) for point in here if point.place == "query" and point.steps]
    names += ["query"] * any(point.place == "graphql" for point in here)
    if any(point.place in ("method", "host", "path") or (point.place == "query" and not point.steps) for point in here):
        return lambda exchange: True
    if not names:
        return None
    if not all(map(is_plain, names)):
        return lambda exchange: bool(exchange.query)
    search = re.compile("|".join(map(re.escape, names)) + "|%").search
    return lambda exchange: bool(exchange.query) and search(exchange.query) is not None
