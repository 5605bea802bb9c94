"""A visitor's program: a browser, an app, a script. It has an address, habits in its headers, and a cookie jar."""

from __future__ import annotations

import json as json_format
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from apitrail.demo.transport import Headers, Reply, Transport

API = "api.shop.example"
OFFICE = "admin.shop.example"
PAY = "pay.shop.example"


@dataclass(frozen=True, slots=True)
class Disguise:
    """What a visitor looks like from outside: the address, and the headers it sends with everything."""

    ip: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Client:
    """Sends requests in a disguise; `carried` are headers it has learned to add (a token, a session id)."""

    transport: Transport
    disguise: Disguise
    carried: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def another(self, disguise: Disguise) -> Client:
        """A fresh client over the same transport: other address, no cookies, nothing carried."""
        return Client(self.transport, disguise)

    def move(self, ip: str) -> None:
        """Go on from another address, as a phone does between home and street."""
        self.disguise = Disguise(ip, self.disguise.headers)

    async def get(self, path: str, *, host: str = API, headers: dict[str, str] | None = None, **query: Any) -> Reply:
        """GET with the query encoded as browsers do."""
        target = f"{path}?{urlencode(query)}" if query else path
        return await self.send("GET", target, host=host, headers=headers)

    async def post(self, path: str, json: Any, *, host: str = API, headers: dict[str, str] | None = None) -> Reply:
        """POST a JSON document."""
        return await self.send("POST", path, json=json, host=host, headers=headers)

    async def send(
        self,
        method: str,
        target: str,
        *,
        host: str = API,
        json: Any = None,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Any request; `target` is sent as it is."""
        extra = dict(headers or {})
        if json is not None:
            body = json_format.dumps(json, separators=(",", ":")).encode()
            extra.setdefault("Content-Type", "application/json")
        reply = await self.transport.send(method, target, self._headers(host, extra), body)
        self._remember_cookies(reply)
        return reply

    def _headers(self, host: str, extra: dict[str, str]) -> Headers:
        sent = {"Host": host, **dict(self.disguise.headers), **self.carried, **extra}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [*sent.items(), ("X-Forwarded-For", self.disguise.ip), ("X-Forwarded-Proto", "https")]

    def _remember_cookies(self, reply: Reply) -> None:
        for name, value in reply.headers:
            if name == "set-cookie":
                key, _, content = value.partition(";")[0].partition("=")
                self.cookies[key] = content
