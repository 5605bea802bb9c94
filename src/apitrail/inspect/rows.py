"""Exchanges to stored rows: everything that one exchange says about itself, masked, in columns.

Pure but for bounded caches; any number of processes may do it, and all of them agree. The work goes column by column, because
that costs a third of what it costs row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa

from apitrail.inspect import client, geo, outlines
from apitrail.inspect.attacks.detecting import NOTHING, Detected, detect
from apitrail.inspect.findings import NOTHING_FOUND, Finder, Found
from apitrail.inspect.headers import read_headers
from apitrail.inspect.hiding import hide
from apitrail.inspect.identity import Identifier, Said
from apitrail.inspect.masking import mask_tokens
from apitrail.inspect.mcp import HEADERS, NO_CALL, McpCall, mcp_call
from apitrail.inspect.observing import Observed, Observer
from apitrail.inspect.outlines import NO_OUTLINE, Flows, Outline, Outliner, is_good
from apitrail.inspect.own_patterns import OwnPattern
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.protocol import protocol
from apitrail.model.exchange import Exchange, Header
from apitrail.model.ignoring import IgnoreRule
from apitrail.model.memo import MOST, Memo
from apitrail.model.parameters import McpServer, Parameter
from apitrail.model.place import Learned
from apitrail.model.request import SCHEMA
from apitrail.model.texts import sayable

DAY = 86_400_000_000
TEXT_LIMIT = 8192
"""Characters of a path, query, referer or user agent that are stored; what is cut ends in an ellipsis."""
LOOKED_LIMIT = 4 * TEXT_LIMIT
"""Characters of a query, referer or user agent that are looked at."""


LOG_HEADERS = 4
"""An exchange with at most this many headers, and nothing else, comes from a log: its client is looked up as a whole."""
LOG_HEADER_CHARS = 4096
"""Characters of such headers together; longer ones are read each time, so that hostile ones cannot fill the memory."""


class Recipe(NamedTuple):
    """How exchanges become rows, the same in every process: the secret of the store, what is configured, the file of places."""

    secret: bytes
    parameters: tuple[Parameter, ...] = ()
    servers: tuple[McpServer, ...] = ()
    geo_file: str = ""
    ignored: tuple[IgnoreRule, ...] = ()
    learned: Learned = ()
    flows: Flows = ()
    own: tuple[OwnPattern, ...] = ()
    enforced: str = ""
    """The specifications that are enforced, as JSON: a text remembers its hash, and a recipe is looked up for every batch."""


class Who(NamedTuple):
    """What an exchange says about its sender: everything that the next line of the same client says again."""

    said: Said
    place: geo.Place
    agent: str
    client: client.Client
    referer: str
    protocol: str
    call: McpCall
    observed: Observed
    detected: Detected
    outline: Outline
    reading: Reading | None = None
    """What it was read from, unless it also stands for the next line of the same client."""


class Inspector:
    """Turns exchanges into rows under one recipe."""

    def __init__(self, recipe: Recipe, locate: Callable[[str], geo.Place] | None = None) -> None:
        self._identifier = Identifier(recipe.secret, recipe.parameters, recipe.servers)
        self._observer = Observer(self._identifier.hashes, _known(recipe.parameters))
        self._places = Memo(locate or geo.Locator(recipe.geo_file or None).locate)
        self._outliner = Outliner(recipe.learned, recipe.flows, recipe.own)
        self._hiding = self._identifier.hiding
        self._finder = Finder(self._hiding, recipe.ignored, recipe.enforced)
        self._referers: Memo[str, str] = Memo(lambda referer: _bounded(self._hiding.url, referer) if referer else "")
        self._known: dict[tuple[str, tuple[Header, ...]], Who] = {}
        self._says_more = _says_more_than(self._identifier.reads_target)

    def rows(self, exchanges: Sequence[Exchange]) -> pa.Table:
        """One row an exchange, in their order; columns of `model.request.SCHEMA`."""
        values = self._columns(exchanges)
        arrays = [_array(values[field.name], field.type) for field in SCHEMA]
        return pa.table(arrays, schema=SCHEMA)

    def _columns(self, exchanges: Sequence[Exchange]) -> dict[str, list[Any]]:
        known, says_more = self._known, self._says_more
        whos = [
            (None if says_more(exchange) else known.get((exchange.client_ip, exchange.headers))) or self._who(exchange)
            for exchange in exchanges
        ]
        mask_path, mask_query = self._hiding.path, self._hiding.query
        paths = [mask_path(exchange.path) for exchange in exchanges]
        endpoint = self._outliner.endpoint
        endings = [
            endpoint(exchange.host, path, who.outline.operation)
            for exchange, path, who in zip(exchanges, paths, whos, strict=True)
        ]  # fmt: skip
        found = list(map(self._found, exchanges, whos, endings))
        return {
            **_plain(exchanges),
            **_sender(whos),
            "user": [who.said.user or exchange.user for who, exchange in zip(whos, exchanges, strict=True)],
            "path": [_cut(path) for path in paths],
            "endpoint": [endpoint for endpoint, _ in endings],
            "protocol": [who.protocol or by_path for who, (_, by_path) in zip(whos, endings, strict=True)],
            "query": [_bounded(mask_query, exchange.query) if exchange.query else "" for exchange in exchanges],
            "attack_types": [one.types for one in found],
            "verdicts": [one.verdicts for one in found],
            "content": [one.content for one in found],
            "overlimit": [one.overlimit for one in found],
            "observed": self._observed(exchanges, whos),
            **self._outlined(exchanges, whos, endings, found),
        }

    def _outlined(
        self, exchanges: Sequence[Exchange], whos: Sequence[Who], endings: Sequence[tuple[str, str]], found: Sequence[Found]
    ) -> dict[str, list[Any]]:
        """What harmless exchanges that were answered well say of their API, and the flows of all."""
        outliner = self._outliner
        described, auth = outliner.described, outlines.auth
        good = [
            (exchange, who.outline) if one.harmless and is_good(exchange) else None
            for exchange, who, one in zip(exchanges, whos, found, strict=True)
        ]
        said = [pair[1] if pair else NO_OUTLINE for pair in good]
        words = [described(*pair) if pair and pair[0].query else one.described for pair, one in zip(good, said, strict=True)]
        return {
            "flows": outliner.flows_of_all(exchanges, endings),
            "described": [
                outlines.fitting(some, one.verdicts) if outlines.INVALID in one.types else some
                for some, one in zip(words, found, strict=True)
            ],
            "auth": [auth(*pair) if pair and pair[0].query else one.auth for pair, one in zip(good, said, strict=True)],
            "media": [one.media for one in said],
            "response_media": [one.response_media for one in said],
        }

    def _found(self, exchange: Exchange, who: Who, ending: tuple[str, str]) -> Found:
        detected = who.detected
        if who.reading is None:
            target = self._finder.target(exchange)
            if target is not NOTHING:
                detected = target if detected is NOTHING else target.with_more(detected)
        if self._finder.enforces:
            broken = self._finder.broken(exchange, who.reading)
            if broken is not NOTHING:
                detected = detected.with_more(broken)
        if detected is NOTHING and not exchange.verdicts:
            return NOTHING_FOUND
        reading = who.reading or Reading(exchange, read_headers(exchange.headers))
        return self._finder.found(reading, detected, ending[0], self._identifier.hidden(reading, who.call.server))

    def _observed(self, exchanges: Sequence[Exchange], whos: Sequence[Who]) -> list[Observed]:
        query = self._observer.query
        return [
            (*who.observed, *query(exchange.query)) if exchange.query else who.observed
            for exchange, who in zip(exchanges, whos, strict=True)
        ]

    def _who(self, exchange: Exchange) -> Who:
        headers = read_headers(exchange.headers)
        reading = Reading(exchange, headers)
        agent = _bounded(mask_tokens, headers.get("user-agent", ""))
        call = mcp_call(reading)
        said = self._identifier.say(reading, call.server)
        if call.arguments:
            call = call._replace(arguments=hide(call.arguments, self._identifier.hidden(reading, call.server)))
        # What is asked of an MCP server stands in its address, which the key of this cache does not have.
        spoken = "mcp" if call is not NO_CALL else protocol(exchange, headers)
        lasting = _is_of_a_log(exchange.headers) and HEADERS.isdisjoint(headers) and not self._says_more(exchange)
        who = Who(
            said,
            self._places[exchange.client_ip],
            agent,
            client.parse(agent),
            self._referers[headers.get("referer", "")],
            spoken,
            call,
            self._observer.sender(reading),
            self._finder.sender(headers, exchange.headers) if lasting else detect(reading),
            self._outline(reading, call, spoken, lasting=lasting),
            None if lasting else reading,
        )
        if lasting:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[exchange.client_ip, exchange.headers] = who
        return who

    def _outline(self, reading: Reading, call: McpCall, spoken: str, *, lasting: bool) -> Outline:
        """What it says of its API; what the next line of the client says too is read from the headers alone."""
        if lasting:
            headers = reading.exchange.headers
            reading = Reading(Exchange(method="", path="", headers=headers), reading.request.headers)
        return self._outliner.outline(reading, call, spoken)


def _known(parameters: Sequence[Parameter]) -> frozenset[str]:
    """Points that need no recommendation; what shares a grouping key's values may still be recommended beside it."""
    return frozenset(parameter.point for parameter in parameters if not parameter.grouping)


def _is_of_a_log(headers: tuple[Header, ...]) -> bool:
    """Whether there are so few headers, and so short ones, that the next line of the client may well have the same."""
    return len(headers) <= LOG_HEADERS and sum(len(value) for _, value in headers) <= LOG_HEADER_CHARS


def _says_more(exchange: Exchange) -> bool:
    """Whether more than address and request headers may tell who it is."""
    return bool(exchange.response_headers or exchange.fingerprint or exchange.body or exchange.response_body)


def _says_more_than(reads_target: Callable[[Exchange], bool] | None) -> Callable[[Exchange], bool]:
    """The same, where the user's own keys may also look at the target."""
    if reads_target is None:
        return _says_more
    return lambda exchange: _says_more(exchange) or reads_target(exchange)


def _plain(exchanges: Sequence[Exchange]) -> dict[str, list[Any]]:
    """What is stored as it came."""
    return {
        "day": [exchange.time // DAY for exchange in exchanges],
        "time": [exchange.time for exchange in exchanges],
        "request_id": [exchange.id for exchange in exchanges],
        "application": [exchange.application for exchange in exchanges],
        "host": [exchange.host for exchange in exchanges],
        "method": [exchange.method for exchange in exchanges],
        "status": [exchange.status for exchange in exchanges],
        "duration_ms": [exchange.duration_ms for exchange in exchanges],
        "request_bytes": [exchange.request_bytes for exchange in exchanges],
        "response_bytes": [exchange.response_bytes for exchange in exchanges],
        "fingerprint": [exchange.fingerprint for exchange in exchanges],
        "blocked": [int(exchange.blocked) for exchange in exchanges],
        "source": [exchange.source for exchange in exchanges],
        "ip": [exchange.client_ip for exchange in exchanges],
    }


def _sender(whos: Sequence[Who]) -> dict[str, list[Any]]:
    said = [who.said for who in whos]
    identities = [one.identity for one in said]
    calls = [who.call for who in whos]
    places = [who.place for who in whos]
    clients = [who.client for who in whos]
    return {
        "session_id": [identity.session_id for identity in identities],
        "session_key": [identity.key for identity in identities],
        "session_value": [identity.shown for identity in identities],
        "roles": [one.roles for one in said],
        "context": [one.context for one in said],
        "mcp_server": [call.server for call in calls],
        "rpc_methods": [call.methods for call in calls],
        "primitives": [call.primitives for call in calls],
        "arguments": [call.arguments for call in calls],
        "country": [place.country for place in places],
        "network": [place.provider for place in places],
        "network_kind": [place.kind for place in places],
        "user_agent": [who.agent for who in whos],
        "client": [found.name for found in clients],
        "client_kind": [found.kind for found in clients],
        "referer": [who.referer for who in whos],
    }


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    if len(values) > 1 and values[0] is values[-1] and values.count(values[0]) == len(values):
        # Half of the columns of a log say the same in every line.
        return _repeated(values[0], len(values), kind)
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([_clean(value) for value in values], kind)


def _repeated(value: Any, times: int, kind: pa.DataType) -> pa.Array:
    if not value and isinstance(value, (tuple, list)):
        return _empty_lists(times, kind)
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(pa.repeat(_ZERO, times), _array([value], kind.value_type))
    if value is None:
        return pa.nulls(times, kind)
    return pa.repeat(_array([value], kind)[0], times)


@lru_cache(maxsize=64)
def _empty_lists(times: int, kind: pa.DataType) -> pa.Array:
    """The array of so many empty lists or maps; slices of a log have the same length again and again."""
    return pa.repeat(pa.array([()], kind)[0], times)


_ZERO = pa.scalar(0, pa.int32())


def _clean(value: Any) -> Any:
    """Text, or lists and pairs of it, with what UTF-8 cannot say spelled out."""
    if isinstance(value, (tuple, list)):
        return tuple(map(_clean, value))
    return sayable(value) if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "…"


def _bounded(mask: Callable[[str], str], text: str) -> str:
    """A text without its secrets, cut; of a very long one only the beginning is looked at."""
    if len(text) <= LOOKED_LIMIT:
        return _cut(mask(text))
    return mask(text[:LOOKED_LIMIT])[:TEXT_LIMIT] + "…"
