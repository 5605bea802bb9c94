"""See the sessions of your own application: an ASGI middleware that hands on every exchange.

    app.add_middleware(SessionTrail, deliver=Courier("http://127.0.0.1:8080", token), application="shop")

The application never notices: nothing here raises into it, waits for it or holds back a byte of its answer.
"""

from __future__ import annotations

import ipaddress
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any
from urllib.parse import quote

from apitrail.courier import Courier
from apitrail.model.exchange import MICROSECOND, Exchange, Header, header

__all__ = ["Courier", "SessionTrail"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CLIENT_GONE = 499
"""The status of an exchange whose client left before the answer began, as nginx writes it."""
UNSEEN_BODY = frozenset({"http.response.pathsend", "http.response.zerocopysend"})
"""Messages by which an application lets the server send a file that never passes through here."""

log = logging.getLogger(__name__)


def _random_id() -> str:
    return uuid.uuid4().hex


class SessionTrail:
    """An ASGI middleware that hands every HTTP exchange to `deliver`, which must not block.

    Bodies are kept up to `body_limit` bytes each; the request body is what the application read of it. A path in
    `skip` is not recorded. `trust_forwarded` is the number of proxies in front that append to X-Forwarded-For (True
    is one); without it the address of the connection counts.
    """

    def __init__(
        self,
        app: App,
        deliver: Callable[[Exchange], None],
        *,
        application: str = "",
        body_limit: int = 65_536,
        skip: Collection[str] = (),
        trust_forwarded: int = 0,
        source: str = "",
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.perf_counter,
        make_id: Callable[[], str] = _random_id,
    ) -> None:
        self.app = app
        self.deliver = deliver
        self.application = application
        self.body_limit = body_limit
        self.skip = frozenset(skip)
        self.trust_forwarded = int(trust_forwarded)
        self.source = source
        self.clock = clock
        self.stopwatch = stopwatch
        self.make_id = make_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, watching both directions."""
        if scope["type"] != "http" or scope["path"] in self.skip:
            await self.app(scope, receive, send)
            return
        watch = _Watch(self.body_limit, receive, send)
        started, tick = self.clock(), self.stopwatch()
        try:
            await self.app(scope, watch.receive, watch.send)
        except BaseException as problem:
            watch.status = watch.status or _status_of(problem)
            raise
        finally:
            self._hand_over(scope, watch, started, self.stopwatch() - tick)

    def _hand_over(self, scope: Scope, watch: _Watch, started: float, seconds: float) -> None:
        try:
            self.deliver(self._exchange(scope, watch, started, seconds))
        except Exception:
            log.warning("an exchange could not be recorded", exc_info=True)

    def _exchange(self, scope: Scope, watch: _Watch, started: float, seconds: float) -> Exchange:
        headers = _decode(scope["headers"])
        return Exchange(
            method=scope["method"],
            path=_raw_path(scope),
            query=scope.get("query_string", b"").decode("latin-1"),
            host=header(headers, "host"),
            time=round(started * MICROSECOND),
            id=self.make_id(),
            client_ip=_client_ip(scope, headers, self.trust_forwarded),
            headers=headers,
            body=bytes(watch.request_body),
            status=CLIENT_GONE if watch.client_gone and not watch.answered else watch.status,
            duration_ms=round(max(seconds, 0.0) * 1000, 3),
            request_bytes=watch.request_bytes,
            response_bytes=watch.response_bytes,
            response_headers=watch.response_headers,
            response_body=bytes(watch.response_body),
            application=self.application,
            source=self.source,
            scheme=_scheme(scope, headers, self.trust_forwarded),
            version=f"HTTP/{scope.get('http_version', '1.1')}",
        )


class _Watch:
    """Both directions of one exchange: every message goes on at once, what it carried is remembered."""

    def __init__(self, body_limit: int, receive: Receive, send: Send) -> None:
        self._limit = body_limit
        self._receive = receive
        self._send = send
        self.request_body = bytearray()
        self.request_bytes = 0
        self.response_body = bytearray()
        self.response_bytes = 0
        self.response_headers: tuple[Header, ...] = ()
        self.status = 0
        self.answered = False
        self.client_gone = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            chunk = message.get("body", b"")
            self.request_bytes += len(chunk)
            self.request_body += chunk[: max(self._limit - len(self.request_body), 0)]
        elif message["type"] == "http.disconnect":
            self.client_gone = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.answered = True
            self.status = message["status"]
            self.response_headers = _decode(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            chunk = message.get("body", b"")
            self.response_bytes += len(chunk)
            self.response_body += chunk[: max(self._limit - len(self.response_body), 0)]
        elif message["type"] in UNSEEN_BODY:
            self.response_bytes += _declared_length(self.response_headers)
        await self._send(message)


def _decode(headers: Iterable[tuple[bytes, bytes]]) -> tuple[Header, ...]:
    return tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)


def _raw_path(scope: Scope) -> str:
    raw = scope.get("raw_path")
    # Some servers leave the query in raw_path, some give no raw_path at all.
    return raw.decode("latin-1").partition("?")[0] if raw else quote(scope["path"])


def _status_of(problem: BaseException) -> int:
    # What is no Exception is a cancellation: the server gave the request up because nobody waits for it any more.
    return 500 if isinstance(problem, Exception) else CLIENT_GONE


def _declared_length(headers: tuple[Header, ...]) -> int:
    length = header(headers, "content-length")
    return int(length) if length.isdecimal() else 0


def _scheme(scope: Scope, headers: tuple[Header, ...], proxies: int) -> str:
    forwarded = header(headers, "x-forwarded-proto") if proxies else ""
    return forwarded if forwarded in ("http", "https") else scope.get("scheme", "http")


def _client_ip(scope: Scope, headers: tuple[Header, ...], proxies: int) -> str:
    peer = scope.get("client")
    connection = peer[0] if peer else ""
    hops = [hop.strip() for name, value in headers if name == "x-forwarded-for" for hop in value.split(",")]
    if not (proxies and hops):
        return connection
    # Each proxy appends the address it saw; whatever stands further left was written by the client itself.
    return _bare_address(hops[-min(proxies, len(hops))]) or connection


def _bare_address(hop: str) -> str:
    text = hop[1:].partition("]")[0] if hop.startswith("[") else hop.partition(":")[0] if hop.count(":") == 1 else hop
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
