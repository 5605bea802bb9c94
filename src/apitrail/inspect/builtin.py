"""The built-in grouping keys, tried in order after the user's own (S1.4): what the field commonly names its sessions by."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from apitrail.inspect.headers import Headers
from apitrail.inspect.masking import mask_value
from apitrail.inspect.points.decoding import jwt_claims, unbase64
from apitrail.model.exchange import Exchange
from apitrail.model.point import SET_COOKIE, Point, parse

COOKIES_LIMIT = 16_384
"""Characters of a Cookie or Authorization header that are looked through for a session."""

COOKIE_NAME_LIMIT = 128
"""Characters of the name of a session cookie; a longer name is somebody's invention."""

SESSION_COOKIES = frozenset(
    ("phpsessid", "jsessionid", "asp.net_sessionid", "asp.net_session", ".aspnetcore.session", ".aspxauth", "connect.sid",
     "sessionid", "laravel_session", "_session_id", "session_id", "session", "sid", "ci_session", "cfid", "cftoken",
     "rack.session", "play_session", "symfony", "wordpress_logged_in", "sails.sid", "koa.sess", "koa:sess", "express.sid",
     "next-auth.session-token", "__secure-next-auth.session-token", "__host-session", "__session", "authjs.session-token",
     "beaker.session.id", "sess", "jsession", "sessid", "user_session", "session-token", "auth_session")
)  # fmt: skip
"""Cookies in which the popular frameworks keep their session, lower case."""

SESSION_HEADERS = ("mcp-session-id", "session-id", "x-session-id", "x-sessionid", "x-session-token", "sessionid")
API_KEY_HEADERS = ("x-api-key", "api-key", "apikey", "x-apikey", "x-auth-token", "x-access-token", "x-goog-api-key",
                   "ocp-apim-subscription-key")  # fmt: skip
STABLE_CLAIMS = ("sid", "sub")
"""Claims of a JWT that outlive a refresh of it, best first."""

KEYS = (
    ("a session cookie of the request", "request.cookie.NAME"),
    ("a session header", "request.header.NAME"),
    ("a bearer token that is a JWT: its claim sid, else sub", "request.header.Authorization|bearer|jwt.CLAIM"),
    ("any other bearer token", "request.header.Authorization|bearer"),
    ("a key sent as Authorization: ApiKey", "request.header.Authorization|apikey"),
    ("the user name of Authorization: Basic", "request.header.Authorization|basic.user"),
    ("an API key header", "request.header.NAME"),
    ("a session cookie that the response sets, or its Mcp-Session-Id", "response.header.Set-Cookie.NAME"),
    ("the client's TLS fingerprint", "client.fingerprint"),
    ("client IP and user agent", "client.ip+user_agent"),
    ("client IP", "client.ip"),
)
"""The built-in keys in their order: what is looked at, and how the key that matched is written."""

_SCHEMES = {"bearer": "bearer", "token": "bearer", "apikey": "apikey", "api-key": "apikey", "basic": "basic"}
_INTERESTING = frozenset(("cookie", "authorization", *SESSION_HEADERS, *API_KEY_HEADERS))


class Found(NamedTuple):
    """A grouping value: the key that found it, the value, and how it is shown."""

    key: str
    value: str
    shown: str


def is_key(key: str) -> bool:
    """Whether a key that matched is a built-in one."""
    point = parse(key)
    if point.side == "client" or point.decoders:
        return point.side == "client" or _CARRIER.match(key) is not None
    name = str(point.steps[0]).lower() if point.steps else ""
    if point.place in ("cookie", SET_COOKIE):
        return _is_session_cookie(name)
    return point.place == "header" and name in (*SESSION_HEADERS, *API_KEY_HEADERS)


_CARRIER = re.compile(r"request\.header\.Authorization\|(?:bearer(?:\|jwt\.(?:sid|sub))?|apikey|basic\.user)$")


def from_headers(headers: Headers) -> Found | None:
    """The value of the first built-in key that the request's headers hold."""
    if _INTERESTING.isdisjoint(headers):
        return None
    for look in (_session_cookie, _session_header, _authorization, _api_key):
        found = look(headers)
        if found:
            return found
    return None


def _session_cookie(here: Headers) -> Found | None:
    for part in here.get("cookie", "")[:COOKIES_LIMIT].split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and len(value) > 3 and _is_session_cookie(name):
            return _secret(_key("request", "cookie", name), value)
    return None


def _is_session_cookie(name: str) -> bool:
    if len(name) > COOKIE_NAME_LIMIT:
        return False
    low = name.lower()
    return low in SESSION_COOKIES or low.startswith(("aspsessionid", "wordpress_logged_in_", "sess_", "ssess"))


def _session_header(here: Headers) -> Found | None:
    return _first(here, SESSION_HEADERS)


def _api_key(here: Headers) -> Found | None:
    return _first(here, API_KEY_HEADERS)


def _first(here: Headers, names: tuple[str, ...]) -> Found | None:
    for name in names:
        if here.get(name):
            return _secret(_key("request", "header", name.title()), here[name])
    return None


def _authorization(here: Headers) -> Found | None:
    scheme, _, value = here.get("authorization", "")[:COOKIES_LIMIT].partition(" ")
    kind = _SCHEMES.get(scheme.lower())
    value = value.strip()
    return _CREDENTIALS[kind](value) if kind and value else None


def _bearer(token: str) -> Found:
    claims = jwt_claims(token)
    for claim in STABLE_CLAIMS:
        value = claims.get(claim)
        if isinstance(value, (str, int)) and value not in ("", True, False):
            return Found(f"request.header.Authorization|bearer|jwt.{claim}", str(value), mask_value(str(value)))
    return _secret("request.header.Authorization|bearer", token)


def _basic(value: str) -> Found | None:
    user = (unbase64(value) or b"").decode("utf-8", "replace").partition(":")[0]
    return Found("request.header.Authorization|basic.user", f"basic\n{user}", mask_value(user)) if user else None


_CREDENTIALS: dict[str, Callable[[str], Found | None]] = {
    "bearer": _bearer,
    "basic": _basic,
    "apikey": lambda value: _secret("request.header.Authorization|apikey", value),
}


def from_response(exchange: Exchange) -> Found | None:
    """A session that this very answer opens: the log-in belongs to the session it starts."""
    for name, value in exchange.response_headers:
        found = _opening_header(name, value)
        if found:
            return found
    return None


_TAKEN_AWAY = re.compile(r"(?i)^deleted;|;\s*max-age=(?:0|-\d+)\s*(?:;|$)|;\s*expires=[^;]*\b1970\b")
"""How a log-out clears its cookie: the same way for everybody, so it says nothing of who it was."""


def _opening_header(name: str, value: str) -> Found | None:
    if name == "set-cookie":
        cookie, _, rest = value[:COOKIES_LIMIT].partition("=")
        secret = rest.partition(";")[0].strip()
        if len(secret) > 3 and _is_session_cookie(cookie.strip()) and not _TAKEN_AWAY.search(rest):
            return _secret(_key("response", SET_COOKIE, cookie.strip()), secret)
    if name == "mcp-session-id" and value:
        return _secret(_MCP_OPENED, value)
    return None


def mcp_session(exchange: Exchange, headers: Headers) -> Found | None:
    """The session of a call to an MCP server: what its header says, or the header of the answer that opens one (S8.1)."""
    if value := headers.get("mcp-session-id"):
        return _secret("request.header.Mcp-Session-Id", value)
    opened = next((value for name, value in exchange.response_headers if name == "mcp-session-id" and value), "")
    return _secret(_MCP_OPENED, opened) if opened else None


_MCP_OPENED = "response.header.Mcp-Session-Id"


@lru_cache(maxsize=4096)
def _key(side: str, place: str, name: str) -> str:
    return str(Point(side, place, (name,)))


def _secret(key: str, value: str) -> Found:
    return Found(key, value, mask_value(value))
