"""Answers are compressed only where their length tells nobody anything."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from apitrail.access.compressing import LEAST_BYTES, Compressing


def long(_request: Request) -> Response:
    """Something worth compressing."""
    return PlainTextResponse("again and " * LEAST_BYTES)


def events(_request: Request) -> Response:
    """A stream of events, which must arrive one by one."""
    return StreamingResponse(iter(["data: 1\n\n" * LEAST_BYTES]), media_type="text/event-stream")


@pytest.fixture
def client() -> TestClient:
    """A small server behind the middleware."""
    app = Starlette(routes=[Route("/static/app.css", long), Route("/sessions", long), Route("/live", events)])
    app.add_middleware(Compressing, files="/static/")
    return TestClient(app)


@pytest.mark.parametrize(
    ("address", "headers", "compressed"),
    [
        ("/static/app.css", {"sec-fetch-site": "cross-site"}, True),
        ("/sessions", {"sec-fetch-site": "same-origin"}, True),
        ("/sessions", {"sec-fetch-site": "none"}, True),
        ("/sessions", {"sec-fetch-site": "cross-site"}, False),
        ("/sessions", {"sec-fetch-site": "same-site"}, False),
        ("/sessions", {}, False),
        ("/sessions", {"authorization": "Bearer at_x"}, True),
        ("/live", {"sec-fetch-site": "same-origin"}, False),
    ],
)
def test_what_is_compressed(client: TestClient, address: str, headers: dict[str, str], compressed: bool) -> None:
    """Files for everybody, pages for who came from the console or typed the address, answers for programs; never events."""
    got = client.get(address, headers={**headers, "accept-encoding": "gzip"})
    assert (got.headers.get("content-encoding") == "gzip") is compressed
    assert len(got.text) > LEAST_BYTES
