"""The shop of this minute: real HTTP, real visitors, and an end when it is told to end."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import mcp
import pytest
from mcp.types import TextContent

from apitrail.demo.live import connections
from apitrail.demo.run import Demo, start
from apitrail.demo.transport import Loopback
from apitrail.model.exchange import Exchange, header

Open = tuple[Demo, list[Exchange]]


@pytest.fixture(scope="module")
def opened() -> Iterator[Open]:
    """A shop that has been open for a moment."""
    seen: list[Exchange] = []
    demo = start(seen.append, now=time.time())
    demo.live()
    try:
        yield demo, seen
    finally:
        demo.stop()


def test_visitors_come_by_themselves(opened: Open) -> None:
    """Within a few seconds there is traffic from several addresses, none of them this machine's."""
    _, seen = opened
    deadline = time.monotonic() + 20
    while len(seen) < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    addresses = {exchange.client_ip for exchange in seen if "apitrail-test" not in str(exchange.headers)}
    assert len(seen) >= 20
    assert len(addresses) > 3
    assert "127.0.0.1" not in addresses


def test_anybody_may_visit_and_is_seen(opened: Open) -> None:
    """A request of one's own to the shop shows up like all others."""
    demo, seen = opened
    request = urllib.request.Request(f"{demo.shop_url}/health?from=me", headers={"User-Agent": "apitrail-test"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200
    deadline = time.monotonic() + 20
    while not (mine := [exchange for exchange in list(seen) if exchange.query == "from=me"]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert (mine[0].client_ip, mine[0].status) == ("127.0.0.1", 200)


def test_a_real_mcp_client_can_use_the_shop(opened: Open) -> None:
    """The client of the mcp package lists, calls, reads and prompts within one session."""
    demo, seen = opened
    asyncio.run(_use(demo))
    sessions = {header(exchange.headers, "mcp-session-id") for exchange in list(seen) if _by_test_client(exchange)}
    assert len(sessions - {""}) == 1


def test_stop_ends_everything() -> None:
    """After stop the port is closed and no more exchanges come."""
    seen: list[Exchange] = []
    demo = start(seen.append, now=time.time())
    demo.live()
    time.sleep(0.3)
    started = time.monotonic()
    demo.stop()
    assert time.monotonic() - started < 5
    count = len(seen)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{demo.shop_url}/health", timeout=1)
    assert len(seen) == count


async def _use(demo: Demo) -> None:
    async with mcp.Client(f"{demo.shop_url}/mcp") as client:
        assert len((await client.list_tools()).tools) == 4
        found = (await client.call_tool("search_products", {"query": "tent"})).content[0]
        assert isinstance(found, TextContent)
        assert "Two-person Tent" in found.text
        assert (await client.read_resource("shop://terms")).contents
        assert (await client.get_prompt("gift_idea", {"person": "aunt"})).messages


def _by_test_client(exchange: Exchange) -> bool:
    return header(exchange.headers, "user-agent").startswith("python-httpx2")


def test_a_cookie_of_one_visitor_is_sent_by_nobody_else(opened: Open) -> None:
    """A page that sets a cookie for any host, as a split response does, leaves the other visitors as they are."""
    demo, _ = opened

    async def asked() -> int:
        async with connections(demo.shop_url) as http:
            loopback = Loopback(http)
            split = "/go?next=/%0D%0ASet-Cookie:%20sessionid=chosen"
            await loopback.send("GET", split, [("Host", "www.shop.example")], b"")
            return len(http.cookies.jar)

    assert asyncio.run(asked()) == 0
