"""Answers are compressed where that tells nobody anything: for the console's own pages, for programs, and for its files.

A page that another site made somebody open is sent as it is: its length, compressed, would say whether what that site put into
the address stands on the page too (BREACH, https://www.breachattack.com).
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

LEAST_BYTES = 1_000
"""Answers that are shorter are not compressed."""
LEVEL = 5
"""Of 1 to 9: how much work goes into it."""
_OWN = frozenset(("same-origin", "none"))


class Compressing:
    """ASGI middleware; what begins with `files` is compressed for everybody."""

    def __init__(self, app: ASGIApp, *, files: str) -> None:
        self._plain = app
        self._compressed = GZipMiddleware(app, minimum_size=LEAST_BYTES, compresslevel=LEVEL)
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its answer compressed or not."""
        chosen = self._compressed if scope["type"] == "http" and self._may(scope) else self._plain
        await chosen(scope, receive, send)

    def _may(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        return scope["path"].startswith(self._files) or headers.get("sec-fetch-site") in _OWN or "authorization" in headers
