"""How a visitor reaches the shop: straight through ASGI in the history, over loopback HTTP when live."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote

import httpx

from apitrail.middleware import App, Message

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """The first value of a header, by its lower case name; empty when it is not there."""
        return next((value for key, value in self.headers if key == name), "")

    def json(self) -> Any:
        """The decoded body; None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def ok(self) -> bool:
        """Whether the shop did what was asked."""
        return self.status < 400


class Transport(Protocol):
    """The one thing a client needs; `target` goes out exactly as written, dots and all."""

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        """Bring one request to the shop and its answer back."""
        ...


@dataclass(slots=True)
class InProcess:
    """Calls the application directly; the whole answer is collected before it is returned."""

    app: App

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        """One request through ASGI."""
        answer = _Answer(body)
        await self.app(_scope(method, target, headers, body), answer.receive, answer.send)
        return Reply(answer.status, answer.headers, b"".join(answer.chunks))


@dataclass(slots=True)
class Loopback:
    """Real HTTP to a port of this machine."""

    http: httpx.AsyncClient

    async def send(self, method: str, target: str, headers: Headers, body: bytes) -> Reply:
        """One request over the network."""
        # httpx would tidy "/../" away; the extension puts the target on the wire untouched.
        answer = await self.http.request(
            method, "/", headers=headers, content=body or None, extensions={"target": target.encode("latin-1")}
        )
        return Reply(answer.status_code, [(k.lower(), v) for k, v in answer.headers.multi_items()], answer.content)


@dataclass(slots=True)
class _Answer:
    body: bytes
    status: int = 0
    headers: Headers = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    asked: bool = False

    async def receive(self) -> Message:
        if self.asked:
            return {"type": "http.disconnect"}
        self.asked = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in message.get("headers", ())]
        else:
            self.chunks.append(message.get("body", b""))


def _scope(method: str, target: str, headers: Headers, body: bytes) -> dict[str, Any]:
    path, _, query = target.partition("?")
    length = [(b"content-length", str(len(body)).encode())] if body else []
    return {
        "type": "http",
        # 2.4: the response streams by itself and does not ask whether the client is still there.
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers] + length,
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
