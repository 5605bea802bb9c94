"""The gate that every request passes: known host, security headers, and nobody in without a token or a session."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apitrail.access.roles import Person
from apitrail.access.signin import SignIn
from apitrail.access.tokens import Tokens

OPEN_PATHS = ("/sign-in", "/api/v1/health", "/static/")
"""What answers without a sign-in: the way in, its style sheet, and whether the server is up."""

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
}
_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


class Gate:
    """ASGI middleware; puts the Person who asks into `scope["state"]["person"]`."""

    def __init__(self, app: ASGIApp, *, tokens: Tokens, sign_in: SignIn, hosts: Iterable[str]) -> None:
        self._app = app
        self._tokens = tokens
        self._sign_in = sign_in
        self._hosts = frozenset(("localhost", *(host.lower() for host in hosts)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refuse(scope, headers)
        await (refusal or self._app)(scope, receive, _with_security_headers(send))

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        if not self._known_host(headers.get("host", "")):
            return PlainTextResponse("unknown host; set public_url to the address that people use\n", 421)
        person, by_cookie = self._person(headers)
        scope.setdefault("state", {})["person"] = person
        if person is None and not scope["path"].startswith(OPEN_PATHS):
            return _sign_in_first(scope)
        if by_cookie and scope["method"] not in _SAFE_METHODS and not _same_origin(headers):
            return PlainTextResponse("a form of another site may not act here\n", 403)
        return None

    def _known_host(self, host: str) -> bool:
        """Names must be known, so that no page can reach a local server under a name of its own; addresses may differ."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
            return name in self._hosts or bool(ipaddress.ip_address(name))
        except ValueError:
            return False

    def _person(self, headers: Headers) -> tuple[Person | None, bool]:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if token:
            return (self._tokens.person(token.strip()) if scheme.lower() == "bearer" else None), False
        cookie = cookie_parser(headers.get("cookie", "")).get(self._sign_in.cookie_name)
        person = self._sign_in.person(cookie) if cookie else None
        return (person if person and self._tokens.holds(person) else None), bool(cookie)


def _same_origin(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _sign_in_first(scope: Scope) -> Response:
    if scope["path"].startswith("/api/"):
        message = "send a token: Authorization: Bearer at_..., made with `apitrail token create`"
        return JSONResponse({"error": {"code": "unauthorized", "message": message}}, 401, headers={"www-authenticate": "Bearer"})
    wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    return RedirectResponse(f"/sign-in?next={quote(wanted, safe='')}", 303)


def _with_security_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return guarded
