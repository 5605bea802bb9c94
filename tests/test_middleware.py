"""The middleware sees everything and disturbs nothing: in process, and under a real server on loopback."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from apitrail.middleware import App, Message, Receive, Scope, Send, SessionTrail
from apitrail.model.exchange import Exchange, header

pytestmark = pytest.mark.rows("L1")

Seen = list[Exchange]


async def _echo(request: Request) -> JSONResponse:
    body = await request.body()
    return JSONResponse({"size": len(body)}, status_code=201, headers={"X-Answer": "42"})


async def _boom(request: Request) -> JSONResponse:
    raise RuntimeError("the application's own affair")


async def _ticks(request: Request) -> StreamingResponse:
    return StreamingResponse(_events(int(request.query_params.get("count", "3"))), media_type="text/event-stream")


async def _events(count: int) -> AsyncIterator[str]:
    for number in range(count):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0.1)


async def _large(request: Request) -> PlainTextResponse:
    return PlainTextResponse("x" * 5000)


async def _socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


ROUTES = [
    Route("/echo/{name:path}", _echo, methods=["GET", "POST"]),
    Route("/boom", _boom),
    Route("/ticks", _ticks),
    Route("/large", _large),
    WebSocketRoute("/socket", _socket),
]


def _application(seen: Seen, **options: Any) -> Starlette:
    application = Starlette(routes=ROUTES)
    application.add_middleware(SessionTrail, deliver=seen.append, **options)
    return application


def _scope(path: str = "/echo/a", method: str = "GET", **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"api.example")],
        "client": ("192.0.2.9", 5000),
        **more,
    }


async def _call(app: App, scope: Scope, body: bytes = b"") -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


@contextmanager
def _served(app: App) -> Iterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def _wait_for(seen: Seen, count: int = 1) -> None:
    deadline = time.monotonic() + 20
    while len(seen) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(seen) == count


def test_an_exchange_is_recorded_with_both_messages_over_real_http() -> None:
    """Request and response, headers and bodies, sizes, time and duration are in the exchange."""
    seen: Seen = []
    before = time.time_ns() // 1000
    with _served(_application(seen, application="shop", source="node-1")) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/echo/a%2Fb?x=%27&y", body=b'{"a":1}', headers={"Host": "api.example", "X-A": "b"})
        assert json.loads(connection.getresponse().read()) == {"size": 7}
        connection.close()
        _wait_for(seen)
    (exchange,) = seen
    assert (exchange.method, exchange.path, exchange.query) == ("POST", "/echo/a%2Fb", "x=%27&y")
    assert (exchange.host, exchange.client_ip, exchange.scheme) == ("api.example", "127.0.0.1", "http")
    assert (exchange.status, exchange.version, exchange.application) == (201, "HTTP/1.1", "shop")
    assert (exchange.body, exchange.request_bytes) == (b'{"a":1}', 7)
    assert (exchange.response_body, exchange.response_bytes) == (b'{"size":7}', 10)
    assert header(exchange.headers, "x-a") == "b"
    assert header(exchange.response_headers, "x-answer") == "42"
    assert before <= exchange.time <= time.time_ns() // 1000
    assert exchange.duration_ms is not None
    assert 0 < exchange.duration_ms < 3000
    assert len(exchange.id) == 32


def test_server_sent_events_reach_the_client_one_by_one() -> None:
    """The first event is there long before the last one is made, and all of them are in the exchange."""
    seen: Seen = []
    with _served(_application(seen)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        started = time.monotonic()
        connection.request("GET", "/ticks?count=20")
        answer = connection.getresponse()
        first = answer.readline()
        waited = time.monotonic() - started
        rest = answer.read()
        connection.close()
        _wait_for(seen)
    assert first == b"data: 0\n"
    assert waited < 1.5
    assert seen[0].response_body == first + rest
    assert seen[0].duration_ms is not None
    assert seen[0].duration_ms >= 1900


def test_a_client_that_leaves_in_the_middle_of_a_stream_is_recorded() -> None:
    """What was sent until then is in the exchange, once."""
    seen: Seen = []
    with _served(_application(seen)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/ticks?count=1000")
        answer = connection.getresponse()
        answer.readline()
        answer.close()
        connection.close()
        _wait_for(seen)
    assert seen[0].status == 200
    assert seen[0].response_body.startswith(b"data: 0\n\n")
    assert len(seen[0].response_body) < 1000


async def _never_answers(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    while (await receive())["type"] != "http.disconnect":
        pass


def test_a_client_that_leaves_before_the_answer_is_a_499() -> None:
    """Nobody was answered, and the exchange says so."""
    seen: Seen = []
    messages: Iterator[Message] = iter([{"type": "http.request", "body": b"hello"}, {"type": "http.disconnect"}])

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        raise AssertionError("nothing is sent")

    asyncio.run(_as_coroutine(SessionTrail(_never_answers, seen.append), _scope(), receive, send))
    assert (seen[0].status, seen[0].body) == (499, b"hello")


def test_a_cancelled_request_is_a_499_and_stays_cancelled() -> None:
    """Servers that cancel a request when its client leaves see their cancellation come back."""
    seen: Seen = []

    async def sleeps(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(10)

    async def cancel() -> None:
        task = asyncio.ensure_future(_call(SessionTrail(sleeps, seen.append), _scope()))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel())
    assert seen[0].status == 499


def test_an_exception_is_a_500_and_goes_on_to_the_server() -> None:
    """The application's error handling sees the same exception as without the middleware."""
    seen: Seen = []
    with pytest.raises(RuntimeError, match="own affair"):
        asyncio.run(_call(_application(seen), _scope("/boom")))
    assert seen[0].status == 500


def test_an_exception_after_the_answer_began_keeps_the_status_that_was_sent() -> None:
    """The client has seen a 200, so the exchange shows one."""
    seen: Seen = []

    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        asyncio.run(_call(SessionTrail(breaks, seen.append), _scope()))
    assert seen[0].status == 200


def test_bodies_are_kept_up_to_the_limit_and_counted_in_full() -> None:
    """The client gets all of a large answer, the exchange the beginning of it."""
    seen: Seen = []
    app = _application(seen, body_limit=100)
    sent = asyncio.run(_call(app, _scope("/large")))
    asyncio.run(_call(app, _scope("/echo/a", "POST"), b"y" * 300))
    assert sum(len(message.get("body", b"")) for message in sent) == 5000
    assert (len(seen[0].response_body), seen[0].response_bytes) == (100, 5000)
    assert (len(seen[1].body), seen[1].request_bytes) == (100, 300)


def test_skipped_paths_are_not_recorded() -> None:
    """A health check that is skipped works and leaves no exchange."""
    seen: Seen = []
    sent = asyncio.run(_call(_application(seen, skip=("/large",)), _scope("/large")))
    assert sent[0]["status"] == 200
    assert seen == []


def test_websockets_and_lifespan_pass_through_untouched() -> None:
    """What is no HTTP exchange gets the server's own receive and send."""
    seen: Seen = []
    passed: list[Any] = []

    async def notes(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append((receive, send))

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        pass

    for kind in ("websocket", "lifespan"):
        asyncio.run(_as_coroutine(SessionTrail(notes, seen.append), {"type": kind}, receive, send))
    assert passed == [(receive, send)] * 2
    assert seen == []


def test_a_failing_delivery_never_reaches_the_application(caplog: pytest.LogCaptureFixture) -> None:
    """The answer is complete, and the log says what went wrong."""

    def refuse(exchange: Exchange) -> None:
        raise OSError("disk full")

    application = Starlette(routes=ROUTES)
    application.add_middleware(SessionTrail, deliver=refuse)
    sent = asyncio.run(_call(application, _scope("/large")))
    assert len(sent[-1]["body"]) == 5000
    assert "could not be recorded" in caplog.text


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.7", "192.0.2.9"),
        (True, "198.51.100.7", "198.51.100.7"),
        (True, "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (2, "6.6.6.6, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (3, "198.51.100.7", "198.51.100.7"),
        (1, "198.51.100.7:4711", "198.51.100.7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, "2001:DB8::7", "2001:db8::7"),
        (1, "unknown", "192.0.2.9"),
        (1, "", "192.0.2.9"),
    ],
)
def test_the_client_address(proxies: int, forwarded: str, expected: str) -> None:
    """X-Forwarded-For counts only as far as proxies of one's own wrote it."""
    seen: Seen = []
    scope = _scope(headers=[(b"host", b"api.example"), (b"x-forwarded-for", forwarded.encode())])
    asyncio.run(_call(_application(seen, trust_forwarded=proxies), scope))
    assert seen[0].client_ip == expected


def test_servers_without_raw_path_or_client() -> None:
    """The path is encoded again, and an unknown address is left empty."""
    seen: Seen = []
    asyncio.run(_call(_application(seen), _scope("/echo/a b", client=None)))
    assert (seen[0].path, seen[0].client_ip) == ("/echo/a%20b", "")


def test_files_the_server_sends_by_itself_are_counted_by_their_declared_length() -> None:
    """The body never passes through the middleware, its length is known from the header."""
    seen: Seen = []

    async def sends_file(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1234")]})
        await send({"type": "http.response.pathsend", "path": "/srv/file"})

    asyncio.run(_call(SessionTrail(sends_file, seen.append), _scope()))
    assert (seen[0].response_bytes, seen[0].response_body) == (1234, b"")


def test_time_ids_and_durations_come_from_the_given_clock() -> None:
    """With its own clock, stopwatch and id source the middleware leaves nothing to chance."""
    seen: Seen = []
    ticks = iter((10.0, 10.25))
    trail = SessionTrail(
        _application([]),
        seen.append,
        clock=lambda: 1_780_000_000.123456,
        stopwatch=lambda: next(ticks),
        make_id=lambda: "the-id",
    )
    asyncio.run(_call(trail, _scope()))
    assert (seen[0].time, seen[0].duration_ms, seen[0].id) == (1_780_000_000_123_456, 250.0, "the-id")


async def _as_coroutine(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)
