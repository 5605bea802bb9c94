"""Values that could name a session, a user or a role, noted as keyed hashes: what recommendations are made of (S1.7).

Which points are noted is decided by the names of fields, not by their values: a name such as `customer_id`, `sessionToken` or
`x-account` says that somebody is meant. The values themselves are never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from apitrail.inspect.headers import Headers
from apitrail.inspect.identity import Hashes
from apitrail.inspect.points.decoding import jwt_claims
from apitrail.inspect.points.extracting import Reading, Side
from apitrail.inspect.points.walking import scalar
from apitrail.model.memo import Memo
from apitrail.model.point import SET_COOKIE, Decoder, Point, Steps, Wild, header_point

OBSERVED_LIMIT = 16
"""Points that are noted of one exchange."""
POINTS_LIMIT = 500
"""Different points that one process notes; names made up by a scanner do not fill the store."""
VALUE_LIMIT = 1024
"""Characters of a value that is noted, but for tokens; a longer one names nobody."""
NAME_LIMIT = 60
"""Characters of a name that is noted."""
CLAIMS_LIMIT = 8
"""Claims of a token that are noted."""
BODY_LIMIT = 65_536
"""Bytes of a body that is looked through."""
DEPTH = 4
"""Levels of a JSON body that are looked through."""
MEMBERS_LIMIT = 200
"""Members of a JSON body that are looked at."""

ROLE_WORDS = r"roles?(?![a-z])|scopes?(?![a-z])|permission|privilege|group|admin|tier|entitlement"
USER_WORDS = (
    r"user(?!.?agent)|usr|uid(?![a-z])|login|e?mail|account|acct|customer|member|subscriber|employee|person|identity|"
    r"principal|msisdn|phone|(?<![a-z])sub(?![a-z])|owner|(?<![a-z])(?:upn|oid)(?![a-z])"
)
SESSION_WORDS = r"sess|(?<![a-z])sid(?![a-z])|token(?!.?type)|auth(?!or)|api.?key|ticket|jwt"
DEVICE_WORDS = r"device|install|visitor|client.?id|(?<![a-z])(?:cid|aid)(?![a-z])|fingerprint"
_NAMES_SOMEBODY = re.compile(rf"(?i){ROLE_WORDS}|{USER_WORDS}|{SESSION_WORDS}|{DEVICE_WORDS}|tenant|(?<![a-z])org")
_NAMES_NOBODY = re.compile(
    r"(?i)csrf|xsrf|nonce|passw|pwd|secret|otp|(?:expire|ttl|type|time|(?<!ac)count|total|limit|lang|agent|url|uri|method|version|_at|"
    r"created|updated|date|status|enabled|verified|[ai]vatar|color|theme|title|description)s?$"
)
_WHO = frozenset(("id", "uuid", "guid", "name", "key", "number", "no"))
"""Names that say something only together with the one above them: `user.id`."""
_USUAL = frozenset(
    ("host", "user-agent", "accept", "accept-encoding", "accept-language", "content-type", "content-length", "connection",
     "referer", "origin", "cache-control", "pragma", "dnt", "te", "upgrade-insecure-requests", "if-none-match",
     "if-modified-since", "range", "priority", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via",
     "x-request-id", "traceparent")
)  # fmt: skip
ANALYTICS = re.compile(r"(?i)_g[ai]|_fb[pc]$|_hj|amp_|AWSALB|__cf|_clc?k$|optimizely|intercom|_pk_|mp_|ajs_")
"""Cookies of measuring services, of load balancers and the like."""

Observed = tuple[tuple[str, int], ...]
"""Points and the keyed hashes of what stands there."""
Claims = tuple[tuple[str, int], ...]
"""What a token says of somebody: the decoder that finds it, and the keyed hash."""
Path = tuple[str, ...]
"""Side, place, and the names there: `("request", "body.json", "user", "id")`."""


def names_somebody(name: str, above: str = "") -> bool:
    """Whether a field of this name, in an object of that name, usually says who somebody is."""
    if name.lower() in _WHO:
        name = f"{above}.{name}"
    return bool(_NAMES_SOMEBODY.search(name)) and not _NAMES_NOBODY.search(name)


class Observer:
    """Finds the points of an exchange whose values could name somebody; bounded, and cheap for a line of a log.

    Points in `known` need no recommendation any more and are left out.
    """

    def __init__(self, hashes: Hashes, known: frozenset[str] = frozenset()) -> None:
        self._known = known
        self._hash: Memo[str, int] = Memo(hashes.observed)
        self._claims: Memo[str, Claims] = Memo(self._claims_of)
        self._texts: Memo[Path, str] = Memo(self._text)
        self._parameters: Memo[str, str] = Memo(lambda name: self._texts["request", "query", name[: NAME_LIMIT + 1]])
        self._points = 0

    def sender(self, reading: Reading) -> Observed:
        """What headers and bodies say."""
        exchange, headers = reading.exchange, reading.request.headers
        if _USUAL.issuperset(headers) and not (exchange.body or exchange.response_headers or exchange.response_body):
            return ()
        found: dict[str, int] = {}
        for path, value in _candidates(reading):
            text = self._texts[path]
            if text:
                self._note(found, text, value)
                if len(found) >= OBSERVED_LIMIT:
                    break
        return tuple(found.items())[:OBSERVED_LIMIT]

    def query(self, query: str) -> Observed:
        """What the query says."""
        texts = self._parameters
        named = [(text, part) for part in query.split("&", OBSERVED_LIMIT) if (text := texts[part.partition("=")[0]])]
        if not named:
            return ()
        found: dict[str, int] = {}
        for text, part in named[:OBSERVED_LIMIT]:
            value = unquote_plus(part.partition("=")[2])
            if value:
                self._note(found, text, value)
        return tuple(found.items())

    def _note(self, found: dict[str, int], text: str, value: str) -> None:
        if value.startswith("ey") and value.count(".") == 2:
            for decoder, number in self._claims[value]:
                found.setdefault(f"{text}|{decoder}", number)
        elif len(value) > VALUE_LIMIT:
            return
        found.setdefault(text, self._hash[value])

    def _claims_of(self, token: str) -> Claims:
        """What a JWT says of somebody."""
        said = []
        for name, claim in jwt_claims(token).items():
            first = (claim[0] if claim else None) if isinstance(claim, list) else claim
            value = scalar(first)
            if value and (name == "sid" or names_somebody(name)):
                steps: Steps = (name, Wild.ITEMS) if isinstance(claim, list) else (name,)
                said.append((str(Decoder("jwt", steps)), self._hash[value[:VALUE_LIMIT]]))
        return tuple(said[:CLAIMS_LIMIT])

    def _text(self, path: Path) -> str:
        """The point of a path when it may name somebody, else nothing."""
        side, place, *names = path
        lists = names[-1] == _ITEMS
        names = names[:-1] if lists else names
        bearer = place == "authorization"
        if not bearer and (len(names[-1]) > NAME_LIMIT or not names_somebody(names[-1], names[-2] if len(names) > 1 else "")):
            return ""
        if (place in ("cookie", SET_COOKIE) and ANALYTICS.match(names[-1])) or self._points >= POINTS_LIMIT:
            return ""
        self._points += 1
        if bearer:
            return str(header_point("Authorization", Decoder("bearer")))
        steps: Steps = (*names, Wild.ITEMS) if lists else tuple(names)
        text = str(Point(side, place, (names[-1].title(),) if place == "header" else steps))
        return "" if text in self._known else text


_ITEMS = "[*]"
_AUTHORIZATION: Path = ("request", "authorization", "bearer")


def _candidates(reading: Reading) -> Iterator[tuple[Path, str]]:
    """Every named value of an exchange, the surest places first."""
    yield from _headers(reading.request.headers)
    yield from ((("request", "cookie", name), value) for name, value in reading.cookies if value)
    yield from _body("request", reading.request)
    if reading.exchange.response_body:
        yield from _body("response", reading.response)
    if reading.exchange.response_headers:
        yield from ((("response", SET_COOKIE, name), value) for name, value in reading.set_cookies if value)


def _headers(headers: Headers) -> Iterator[tuple[Path, str]]:
    for name, value in headers.items():
        if name == "authorization":
            scheme, _, rest = value.partition(" ")
            if scheme.lower() == "bearer":
                yield _AUTHORIZATION, rest.strip()
        elif name not in _USUAL and value:
            yield ("request", "header", name), value


def _body(side: str, message: Side) -> Iterator[tuple[Path, str]]:
    body = message.body
    if not body or len(body) > BODY_LIMIT:
        return
    if body[:1] in b"{[":
        yield from _json((side, "body.json"), message.json)
    elif side == "request" and "urlencoded" in message.content_type:
        yield from (((side, "body.form", name), value) for name, value in message.form[:MEMBERS_LIMIT] if value)


def _json(start: Path, root: Any) -> Iterator[tuple[Path, str]]:
    waiting: list[tuple[Path, Any]] = [(start, root)] * isinstance(root, dict)
    looked = 0
    for path, node in waiting:
        looked += len(node)
        if looked > MEMBERS_LIMIT:
            return
        for name, value in node.items():
            if isinstance(value, str):
                if value:
                    yield (*path, name), value
            elif isinstance(value, dict):
                waiting += [((*path, name), value)] * (len(path) < DEPTH + 2)
            else:
                yield from _other(path, name, value)


def _other(path: Path, name: str, value: Any) -> Iterator[tuple[Path, str]]:
    """A number, or the first of a list of texts; what is true or false names nobody."""
    if isinstance(value, list):
        first = scalar(value[0]) if value else None
        if first:
            yield (*path, name, _ITEMS), first
    elif value is not None and value is not True and value is not False:
        yield (*path, name), str(value)
