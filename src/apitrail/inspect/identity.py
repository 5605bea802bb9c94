"""Whose request is it: the built-in grouping keys, tried in order, and the session id made of the value found (S1.4, S1.5).

The id is a keyed hash of the value alone, so equal values are one session whichever key found them (S1.1) and on whichever
worker they were seen. The key of the hash belongs to the store.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from apitrail.inspect.headers import Headers
from apitrail.inspect.masking import mask_value
from apitrail.model.exchange import Exchange

VALUE_LIMIT = 4096
"""Characters of a grouping value that count; a longer one is cut, so that a hostile header costs no more."""
CACHE_LIMIT = 50_000

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

_SCHEMES = {"bearer": "bearer", "token": "bearer", "apikey": "apikey", "api-key": "apikey", "basic": "basic"}
_INTERESTING = frozenset(("cookie", "authorization", *SESSION_HEADERS, *API_KEY_HEADERS))


class Identity(NamedTuple):
    """The session of an exchange: its id, the key that matched, and the masked value that it found."""

    session_id: bytes
    key: str
    shown: str


class _Found(NamedTuple):
    key: str
    value: str
    shown: str


class Identifier:
    """Gives each exchange its session; stateless but for a bounded cache, so any number of processes agree."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._clients: dict[tuple[str, str], Identity] = {}
        self._values: dict[tuple[str, str], Identity] = {}

    def identify(self, exchange: Exchange, headers: Headers) -> Identity:
        """The one session of this exchange."""
        found = None if _INTERESTING.isdisjoint(headers) else _from_headers(headers)
        if found is None and exchange.response_headers:
            found = _from_response(exchange)
        if found is None and exchange.fingerprint:
            found = _Found("client.fingerprint", exchange.fingerprint, exchange.fingerprint)
        if found:
            return self._remember(self._values, (found.key, found.value), found)
        user_agent = headers.get("user-agent", "")
        seen = self._clients.get((exchange.client_ip, user_agent))
        return seen or self._remember(self._clients, (exchange.client_ip, user_agent), _client(exchange, user_agent))

    def _remember(self, cache: dict[tuple[str, str], Identity], at: tuple[str, str], found: _Found) -> Identity:
        seen = cache.get(at)
        if seen is None:
            if len(cache) >= CACHE_LIMIT:
                cache.clear()
            seen = cache[at] = Identity(self._hash(found.value), found.key, found.shown)
        return seen

    def _hash(self, value: str) -> bytes:
        data = value[:VALUE_LIMIT].encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, key=self._secret, digest_size=16).digest()


def _client(exchange: Exchange, user_agent: str) -> _Found:
    if not user_agent:
        return _Found("client.ip", f"ip\n{exchange.client_ip}", exchange.client_ip)
    return _Found("client.ip+user_agent", f"ip+ua\n{exchange.client_ip}\n{user_agent}", exchange.client_ip)


def _from_headers(headers: Headers) -> _Found | None:
    for look in (_session_cookie, _session_header, _authorization, _api_key):
        found = look(headers)
        if found:
            return found
    return None


def _session_cookie(here: Headers) -> _Found | None:
    for part in here.get("cookie", "")[: 4 * VALUE_LIMIT].split(";"):
        name, equals, value = part.strip().partition("=")
        if equals and len(value) > 3 and _is_session_cookie(name):
            return _secret(f"request.cookie.{name}", value)
    return None


def _is_session_cookie(name: str) -> bool:
    low = name.lower()
    return low in SESSION_COOKIES or low.startswith(("aspsessionid", "wordpress_logged_in_", "sess_", "ssess"))


def _session_header(here: Headers) -> _Found | None:
    return _first(here, SESSION_HEADERS)


def _api_key(here: Headers) -> _Found | None:
    return _first(here, API_KEY_HEADERS)


def _first(here: Headers, names: tuple[str, ...]) -> _Found | None:
    for name in names:
        if here.get(name):
            return _secret(f"request.header.{name}", here[name])
    return None


def _authorization(here: Headers) -> _Found | None:
    scheme, _, value = here.get("authorization", "")[:VALUE_LIMIT].partition(" ")
    kind = _SCHEMES.get(scheme.lower())
    value = value.strip()
    return _CREDENTIALS[kind](value) if kind and value else None


def _bearer(token: str) -> _Found:
    claims = jwt_claims(token)
    for claim in STABLE_CLAIMS:
        value = claims.get(claim)
        if isinstance(value, (str, int)) and str(value):
            return _Found(f"request.header.authorization|bearer|jwt.{claim}", str(value), mask_value(str(value)))
    return _secret("request.header.authorization|bearer", token)


def _basic(value: str) -> _Found | None:
    try:
        user = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")[0]
    except ValueError:
        return None
    return _Found("request.header.authorization|basic.user", f"basic\n{user}", mask_value(user)) if user else None


_CREDENTIALS: dict[str, Callable[[str], _Found | None]] = {
    "bearer": _bearer,
    "basic": _basic,
    "apikey": lambda value: _secret("request.header.authorization|apikey", value),
}


def jwt_claims(token: str) -> dict[str, object]:
    """The claims a JWT carries, unverified; empty when it is not one."""
    parts = token.split(".")
    if len(parts) != 3 or not token.startswith("ey"):
        return {}
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, msgspec.DecodeError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _from_response(exchange: Exchange) -> _Found | None:
    """A session that this very answer opens: the log-in belongs to the session it starts."""
    for name, value in exchange.response_headers:
        found = _opening_header(name, value)
        if found:
            return found
    return None


_TAKEN_AWAY = re.compile(r"(?i)^deleted;|;\s*max-age=(?:0|-\d+)\s*(?:;|$)|;\s*expires=[^;]*\b1970\b")
"""How a log-out clears its cookie: the same way for everybody, so it says nothing of who it was."""


def _opening_header(name: str, value: str) -> _Found | None:
    if name == "set-cookie":
        cookie, _, rest = value.partition("=")
        secret = rest.partition(";")[0].strip()
        if len(secret) > 3 and _is_session_cookie(cookie.strip()) and not _TAKEN_AWAY.search(rest):
            return _secret(f"response.header.set-cookie.{cookie.strip()}", secret)
    if name == "mcp-session-id" and value:
        return _secret("response.header.mcp-session-id", value)
    return None


def _secret(key: str, value: str) -> _Found:
    return _Found(key, value, mask_value(value))
