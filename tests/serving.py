"""A real server over a store, on the loopback, for tests that talk HTTP."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import uvicorn
from fastapi import FastAPI

from apitrail.access.roles import ROLES
from apitrail.access.tokens import Tokens
from apitrail.server import create_app
from apitrail.settings import Value, load
from apitrail.store import Store


@dataclass
class Served:
    """A running server: its address, its application, and a token for each role."""

    url: str
    app: FastAPI
    store: Store
    tokens: dict[str, str] = field(default_factory=dict)

    def client(self, role: str = "", **options: object) -> httpx.Client:
        """An HTTP client with the token of a role, or with none."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)  # type: ignore[arg-type]


@contextlib.contextmanager
def serving(store: Store, **settings: Value) -> Iterator[Served]:
    """Serve a store by uvicorn in a thread until the block ends."""
    app = create_app(store, load(flags={"port": 0, **settings}))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", access_log=False, server_header=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    tokens = {role: Tokens(store).create(f"test {role}", role, author="test")[0] for role in ROLES}
    try:
        yield Served(f"http://127.0.0.1:{port}", app, store, tokens)
    finally:
        server.should_exit = True
        thread.join(10)
        app.state.intake.close()
