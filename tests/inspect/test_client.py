"""Clients by their user agent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.client import KINDS, MAX_NAME, UNKNOWN, Client, parse
from timing import cost

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CLIENTS = {
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36": (
        "Chrome 142",
        "Windows",
        "browser",
    ),
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36 Edg/120.0.1": (
        "Edge 120",
        "Windows",
        "browser",
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": ("Firefox 128", "Linux", "browser"),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 "
    "Mobile/15E148 Safari/604.1": ("Safari 17", "iOS", "browser"),
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/120.0.0.0 Safari/537.36": (
        "HeadlessChrome",
        "Linux",
        "bot",
    ),
    "Mozilla/5.0 (compatible; Examplebot/2.1; +http://example.com/bot.html)": ("Examplebot", "", "bot"),
    "Example-Crawler/1.0 (ops@example.com)": ("Example-Crawler", "", "bot"),
    "curl/8.5.0": ("curl 8.5", "", "tool"),
    "PostmanRuntime/7.36.0": ("Postman 7.36", "", "tool"),
    "python-requests/2.31.0": ("python-requests 2.31", "", "library"),
    "okhttp/4.9.3": ("OkHttp 4.9", "", "library"),
    "Go-http-client/1.1": ("Go http 1.1", "", "library"),
    "Dart/3.2 (dart:io)": ("Dart 3.2", "", "library"),
    "axios/1.6.2": ("axios 1.6", "", "library"),
    "Java/17.0.9": ("Java 17.0", "", "library"),
    "Shop/3.2 CFNetwork/1494.0.7 Darwin/23.4.0": ("Shop 3.2", "iOS", "mobile app"),
    "Shop/3.2 (Android 14; Pixel 8)": ("Shop 3.2", "Android", "mobile app"),
    "billing-service/4.1": ("billing-service 4.1", "", "tool"),
    "": ("", "", "unknown"),
    "-": ("", "", "unknown"),
}


@pytest.mark.parametrize("user_agent", CLIENTS)
def test_known_clients(user_agent: str) -> None:
    """Name, system and kind of the clients an API sees most."""
    assert parse(user_agent) == Client(*CLIENTS[user_agent])


def test_own_table_wins_only_at_a_word_boundary() -> None:
    """`GitHub-Hookshot` is not Git, `Javascript` is not Java."""
    assert not parse("GitHubThing/1").name.startswith("Git ")
    assert parse("Javascript/1.0").name == "Javascript 1.0"


def test_ua_parser_knows_the_rest() -> None:
    """A browser outside our table is named by the ua-parser package."""
    assert parse("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)") == Client("IE 8", "Windows", "browser")


@pytest.mark.parametrize("hostile", ["x" * 100_000, "bot" * 9000, "Mozilla/5.0 (" * 4000, "a." * 9000, "@" * 9000, "A " * 9000])
def test_huge_user_agents_are_cut(hostile: str) -> None:
    """A user agent made to be slow takes milliseconds, and its name stays short."""
    parse("warm up/1")
    assert cost(lambda: parse(hostile), below=0.5) < 0.5
    assert len(parse(hostile).name) <= MAX_NAME + 12


@given(st.text(max_size=600) | st.text(alphabet="Mozila/5.0 (;:)botcmp", max_size=80))
def test_never_crashes(user_agent: str) -> None:
    """Whatever was sent has one of the kinds."""
    client = parse(user_agent)
    assert client.kind in KINDS
    assert client == UNKNOWN or client.name
