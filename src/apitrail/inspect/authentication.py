"""How a request says who it is: the kinds of authentication it carries, not what they hold (D3, D7)."""

from __future__ import annotations

from collections.abc import Iterator

from apitrail.inspect.builtin import API_KEY_HEADERS, COOKIES_LIMIT, from_headers
from apitrail.inspect.headers import Headers
from apitrail.inspect.points.extracting import Reading

KINDS = ("bearer", "jwt", "basic", "digest", "api_key", "cookie", "mtls", "aws_signature")
"""Every kind, in the order in which they are told. `jwt` is a bearer token that is one."""
KEY_LEAST = 8
"""Characters of a key in a query."""
QUERY_CHARS = 8192
"""Characters of a query that are looked through."""

_SCHEMES = {"bearer": "bearer", "token": "bearer", "dpop": "bearer", "basic": "basic", "digest": "digest", "apikey": "api_key",
            "api-key": "api_key", "aws4-hmac-sha256": "aws_signature", "aws": "aws_signature"}  # fmt: skip
_CERTIFICATE = frozenset(("x-client-cert", "x-ssl-client-cert", "x-forwarded-client-cert", "x-amzn-mtls-clientcert",
                          "ssl-client-cert", "x-client-certificate", "x-arr-clientcert"))  # fmt: skip
_VERIFIED = ("ssl-client-verify", "x-ssl-client-verify", "x-client-verify")
_HEADERS = frozenset(("authorization", "cookie", *API_KEY_HEADERS, *_CERTIFICATE, *_VERIFIED))
_QUERY = {"api_key": "api_key", "apikey": "api_key", "api-key": "api_key", "key": "api_key", "subscription-key": "api_key",
          "access_token": "bearer", "auth_token": "api_key", "token": "api_key",
          "x-amz-signature": "aws_signature"}  # fmt: skip
_COOKIES = frozenset(("token", "access_token", "access-token", "accesstoken", "auth", "auth_token", "authtoken", "jwt",
                      "id_token", "session_token", "remember_token", "remember_me"))  # fmt: skip


def auth_of(reading: Reading) -> tuple[str, ...]:
    """The kinds of authentication of a request, of `KINDS` in their order; none when it carries nothing of the kind."""
    headers, exchange = reading.request.headers, reading.exchange
    silent = _HEADERS.isdisjoint(headers) and not exchange.user
    if silent and not exchange.query:
        return ()
    found = set() if silent else {*_by_headers(headers)}
    if exchange.query:
        found.update(_by_query(exchange.query[:QUERY_CHARS]))
    if exchange.user and not found & {"basic", "digest", "bearer", "jwt", "mtls"}:
        found.add("basic")  # The server logged whom it had asked for a name.
    return tuple(kind for kind in KINDS if kind in found) if found else ()


def auth_in_query(query: str) -> tuple[str, ...]:
    """The kinds of authentication that a query carries, for a line of a log."""
    return tuple(dict.fromkeys(_by_query(query[:QUERY_CHARS])))


def _by_headers(headers: Headers) -> Iterator[str]:
    said = headers.get("authorization", "").strip()
    if said:
        yield _by_authorization(said[:COOKIES_LIMIT])
    if any(headers.get(name) for name in API_KEY_HEADERS):
        yield "api_key"
    if any(headers.get(name) for name in _CERTIFICATE) or any(headers.get(name) == "SUCCESS" for name in _VERIFIED):
        yield "mtls"
    cookies = headers.get("cookie")
    if cookies and _has_session(cookies):
        yield "cookie"


def _by_authorization(said: str) -> str:
    scheme, _, rest = said.partition(" ")
    kind = _SCHEMES.get(scheme.lower(), "api_key")
    if kind == "bearer" or not rest:
        return "jwt" if _is_jwt(rest.strip() or scheme) else kind
    return kind


def _is_jwt(token: str) -> bool:
    return token.startswith("eyJ") and token.count(".") in (2, 4)


def _has_session(cookies: str) -> bool:
    found = from_headers({"cookie": cookies})
    if found is not None:
        return True
    pairs = (part.strip().partition("=") for part in cookies[:COOKIES_LIMIT].split(";"))
    return any(value and (name.lower() in _COOKIES or _is_jwt(value)) for name, _, value in pairs)


def _by_query(query: str) -> Iterator[str]:
    low = query.lower()
    if "key=" not in low and "token=" not in low and "signature=" not in low:
        return
    for part in query.split("&"):
        name, _, value = part.partition("=")
        kind = _QUERY.get(name.lower())
        if kind and len(value) >= KEY_LEAST:
            yield "jwt" if kind != "aws_signature" and _is_jwt(value) else kind
