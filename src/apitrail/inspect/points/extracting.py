"""A point made into a function that finds its values in an exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from apitrail.inspect.headers import Headers, read_headers
from apitrail.inspect.points import structures
from apitrail.inspect.points.decoding import decode
from apitrail.inspect.points.walking import VALUES_LIMIT, walk, walk_xml
from apitrail.model.exchange import Exchange
from apitrail.model.lazy import lazy
from apitrail.model.memo import Memo
from apitrail.model.point import GRAPHQL_WHOLE, SET_COOKIE, Decoder, Point, Steps, Wild, graphql_end

if TYPE_CHECKING:
    # Its parser takes longer to import than a small file takes to read, and few processes meet GraphQL.
    from apitrail.inspect.points.graphql import Call, Message

BODY_TEXT_LIMIT = 65_536
"""Characters of a whole body that are a value by themselves."""

CACHED_VALUES = 4096
"""Values of one point whose decoded form is remembered: a client sends the same token with every request."""
CACHED_CHARS = 2048
"""Characters of a value whose decoded form is remembered."""


class Side:
    """The message of one direction, taken apart only as far as somebody asks."""

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.headers = headers
        self.body = body

    @property
    def content_type(self) -> str:
        """The content type it names."""
        return self.headers.get("content-type", "")[: structures.HEADER_LIMIT]

    @lazy
    def kind(self) -> str:
        """The content type in lower case, without a boundary."""
        return self.content_type.lower().partition("boundary=")[0]

    @lazy
    def json(self) -> Any:
        """The decoded JSON body."""
        return structures.json_of(self.body, self.content_type)

    @lazy
    def form(self) -> structures.Pairs:
        """The fields of an urlencoded body."""
        no_form = "multipart" in self.kind or "json" in self.kind or self.body[:1] in (b"{", b"[", b"<")
        if no_form or len(self.body) > structures.BODY_LIMIT:
            return []
        text = structures.text_of(self.body, self.kind)
        return structures.form_of(text, structures.encoding_of(self.body, self.kind))

    @lazy
    def multipart(self) -> structures.Pairs:
        """The fields of a multipart body."""
        return structures.multipart_of(self.body, self.content_type)

    @lazy
    def xml(self) -> Any:
        """The root of an XML body."""
        return structures.xml_of(self.body, self.content_type)


class Reading:
    """An exchange that several points are read from; what one of them took apart, the others find."""

    def __init__(self, exchange: Exchange, headers: Headers) -> None:
        self.exchange = exchange
        self.request = Side(headers, exchange.body)

    @lazy
    def response(self) -> Side:
        """The response."""
        return Side(read_headers(self.exchange.response_headers), self.exchange.response_body)

    @lazy
    def cookies(self) -> structures.Pairs:
        """The cookies of the request."""
        return structures.cookies_of(self.request.headers.get("cookie", ""))

    @lazy
    def query(self) -> structures.Pairs:
        """The parameters of the query."""
        return structures.form_of(self.exchange.query)

    @lazy
    def set_cookies(self) -> structures.Pairs:
        """The cookies that the response sets, without their attributes."""
        lines = (value for name, value in self.exchange.response_headers if name == "set-cookie")
        return [pair for line in lines for pair in structures.cookies_of(line.partition(";")[0])]

    @lazy
    def graphql(self) -> list[Message]:
        """The GraphQL requests in it."""
        from apitrail.inspect.points import graphql

        plain = ""
        if self.request.kind.startswith("application/graphql") and len(self.request.body) <= structures.BODY_LIMIT:
            plain = structures.text_of(self.request.body, self.request.content_type)
        return graphql.messages(self.request.json, self.query if "query=" in self.exchange.query else (), plain)

    @lazy
    def calls(self) -> list[tuple[Message, Call]]:
        """The fields that its GraphQL requests ask for."""
        from apitrail.inspect.points import graphql

        return [(message, call) for message in self.graphql for call in graphql.calls(message)]


Extract = Callable[[Reading], list[str]]
"""The values at a point, in the order in which they stand; empty when there is none."""


def extractor(point: Point) -> Extract:
    """The function that finds a point's values."""
    place = _place(point)
    if not point.decoders:
        return place
    decoded: Memo[str, list[str]] = Memo(
        lambda value: _decoded([value], point.decoders), most=CACHED_VALUES, longest=CACHED_CHARS
    )

    def inside(reading: Reading) -> list[str]:
        values = place(reading)
        if len(values) == 1:
            return decoded[values[0]]
        return _decoded(values, point.decoders)

    return inside


def _decoded(values: list[str], decoders: tuple[Decoder, ...]) -> list[str]:
    for decoder in decoders:
        if not values:
            break
        values = [found for value in values for found in decode(decoder, value)][:VALUES_LIMIT]
    return values


def _place(point: Point) -> Extract:
    if point.side == "client":
        return _CLIENT[point.place]
    if point.place == "graphql":
        return _graphql(point.steps)
    if point.place in _STRUCTURES:
        return _STRUCTURES[point.place](point.side, point.steps)
    if not point.steps:
        return _WHOLE[point.side, point.place]
    return _NAMED[point.side, point.place](point.steps[0])


def _some(value: str) -> list[str]:
    return [value] if value else []


def _whole_body(side: str) -> Extract:
    def whole(reading: Reading) -> list[str]:
        message: Side = getattr(reading, side)
        return _some(structures.text_of(message.body[:BODY_TEXT_LIMIT], message.content_type)) if message.body else []

    return whole


def _ip_and_agent(reading: Reading) -> list[str]:
    return _some(f"{reading.exchange.client_ip} {reading.request.headers.get('user-agent', '')}".strip())


_CLIENT: dict[str, Extract] = {
    "ip": lambda reading: _some(reading.exchange.client_ip),
    "fingerprint": lambda reading: _some(reading.exchange.fingerprint),
    "ip+user_agent": _ip_and_agent,
}
_WHOLE: dict[tuple[str, str], Extract] = {
    ("request", "method"): lambda reading: _some(reading.exchange.method),
    ("request", "host"): lambda reading: _some(reading.exchange.host),
    ("request", "path"): lambda reading: _some(reading.exchange.path),
    ("request", "query"): lambda reading: _some(reading.exchange.query),
    ("request", "body"): _whole_body("request"),
    ("response", "body"): _whole_body("response"),
}


def _request_header(step: Any) -> Extract:
    name = step.lower()
    return lambda reading: [found] if (found := reading.request.headers.get(name)) else []


def _response_header(step: Any) -> Extract:
    name = step.lower()
    return lambda reading: [value for key, value in reading.exchange.response_headers if key == name and value][:VALUES_LIMIT]


def _segment(step: Any) -> Extract:
    def segment(reading: Reading) -> list[str]:
        parts = reading.exchange.path.split("/", VALUES_LIMIT + (step if isinstance(step, int) else 0))[1:]
        if step is Wild.ITEMS:
            return [unquote(part) for part in parts[:VALUES_LIMIT] if part]
        return _some(unquote(parts[step])) if step < len(parts) else []

    return segment


def _named(name: str, value_of: Callable[[Reading], structures.Pairs], hint: Callable[[Reading], bool]) -> Extract:
    """The values of a name among pairs; `hint` tells cheaply that there can be none."""

    def values(reading: Reading) -> list[str]:
        if not hint(reading):
            return []
        return [value for key, value in value_of(reading) if key == name and value][:VALUES_LIMIT]

    return values


def _cookie(name: Any) -> Extract:
    def values(reading: Reading) -> list[str]:
        header = reading.request.headers.get("cookie")
        if not header or name not in header:
            return []
        return [value for key, value in structures.cookies_of(header) if key == name and value][:VALUES_LIMIT]

    return values


def _parameter(name: Any) -> Extract:
    def may_have(reading: Reading) -> bool:
        query = reading.exchange.query
        return bool(query) and (name in query or "%" in query or "+" in query)

    return _named(name, lambda reading: reading.query, may_have)


def _form(name: Any) -> Extract:
    return _named(name, lambda reading: reading.request.form, lambda reading: reading.request.body[:1] not in _NO_FORM)


_NO_FORM = frozenset((b"", b"{", b"[", b"<"))
"""How a body begins that is no form."""


def _multipart(name: Any) -> Extract:
    return _named(name, lambda reading: reading.request.multipart, lambda reading: "multipart" in reading.request.kind)


def _set_cookie(name: Any) -> Extract:
    return _named(name, lambda reading: reading.set_cookies, lambda reading: bool(reading.exchange.response_headers))


_NAMED: dict[tuple[str, str], Callable[[Any], Extract]] = {
    ("request", "header"): _request_header,
    ("response", "header"): _response_header,
    ("request", "path"): _segment,
    ("request", "cookie"): _cookie,
    ("request", "query"): _parameter,
    ("request", "body.form"): _form,
    ("request", "body.multipart"): _multipart,
    ("response", SET_COOKIE): _set_cookie,
}


def _json(side: str, steps: Steps) -> Extract:
    names = sorted((step for step in steps if isinstance(step, str) and structures.is_plain(step)), key=len)
    needle = f'"{names[-1]}"'.encode() if names else b""

    def values(reading: Reading) -> list[str]:
        message: Side = reading.request if side == "request" else reading.response
        body = message.body
        # Most bodies do not hold the name at all; one that spells it in another way has a backslash or another character set.
        if not body or (needle not in body and b"\\" not in body and b"\0" not in body):
            return []
        return walk(message.json, steps)

    return values


def _xml(side: str, steps: Steps) -> Extract:
    def values(reading: Reading) -> list[str]:
        message: Side = reading.request if side == "request" else reading.response
        root = message.xml if message.body else None
        return walk_xml(root, steps) if root is not None else []

    return values


_STRUCTURES: dict[str, Callable[[str, Steps], Extract]] = {"body.json": _json, "body.xml": _xml}


def _graphql(steps: Steps) -> Extract:
    from apitrail.inspect.points import graphql

    if steps[0] in GRAPHQL_WHOLE:
        part = graphql.operation if steps[0] == "operation" else _document
        return lambda reading: [found for message in reading.graphql if (found := part(message))][:VALUES_LIMIT]
    kind, end = steps[0], graphql_end(steps)
    path, rest, variables = steps[1:end], steps[end + 1 :], steps[end] == "variables"

    def values(reading: Reading) -> list[str]:
        if not (reading.exchange.body or "query=" in reading.exchange.query):
            return []
        found: list[str] = []
        for message, call in reading.calls:
            if kind in (call.type, Wild.MEMBERS) and _same_path(path, call, by_name=variables):
                found += walk(message.variables if variables else call.arguments, rest)
        return list(dict.fromkeys(found))[:VALUES_LIMIT]

    return values


def _document(message: Message) -> str:
    return message.document


def _same_path(path: Steps, call: Call, *, by_name: bool) -> bool:
    """Whether the path names this field, or, for variables, the operation that it belongs to."""
    if by_name and path == (call.operation,):
        return True
    same = zip(path, call.path, strict=False)
    return len(path) == len(call.path) and all(step in (name, Wild.MEMBERS) for step, name in same)
