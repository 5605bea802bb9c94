"""Every link of the list and of an opened session leads somewhere."""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from console import siege
from console.looking import TENTH, attack_link, finding_rows, opened, request_rows, row_link
from console.serving import Opener, Server
from console.shop import HOSTILE, of

WORKERS = 4
EIGHTH = 8
OF_A_KIND, OF_A_HOSTILE_KIND = 3, 8
"""Links of one kind that are followed, alike but for their values; more where values are hostile."""


def links(page: Page) -> set[str]:
    """The addresses of all links of a page, without their fragments; of the many bars of a histogram every eighth."""
    others = _addresses(page, "a[href]:not(.histogram a)")
    return {*others, *_addresses(page, ".histogram a")[::EIGHTH]}


def _addresses(page: Page, selector: str) -> list[str]:
    found = page.locator(selector).evaluate_all("links => links.map(link => link.getAttribute('href').split('#')[0])")
    return [address for address in found if address]


def some(addresses: set[str], of_a_kind: int = OF_A_KIND) -> set[str]:
    """Of addresses that differ in values alone, so many: the shortest, the longest and those evenly between them."""
    kinds: defaultdict[object, list[str]] = defaultdict(list)
    for address in sorted(addresses, key=len):
        kinds[_kind(address)].append(address)
    return {alike[at * (len(alike) - 1) // (of_a_kind - 1)] for alike in kinds.values() for at in range(of_a_kind)}


def _kind(address: str) -> object:
    """What is the same in addresses that differ in values alone: the place, the parameters, the words of the filter."""
    split = urlsplit(address)
    place = re.sub(r"[\w=-]{16,}|[0-9a-f]{8,}|[0-9]+", "*", split.path)
    asked = parse_qs(split.query, keep_blank_values=True)
    words = re.findall(r"(?:^| )(-?[a-z_]+):", " ".join(asked.get("q", ())))
    return place, tuple(sorted(asked)), tuple(sorted(set(words)))


def broken(page: Page, server: Server, addresses: set[str]) -> list[str]:
    """The addresses that do not answer as they should, with what they answer."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert all(urlsplit(address).netloc == "" for address in addresses)
    with httpx.Client(base_url=server.base, cookies=cookies, timeout=30) as client, ThreadPoolExecutor(WORKERS) as pool:
        statuses = pool.map(lambda address: client.get(address).status_code, addresses)
        return [f"{status} {address[:300]}" for status, address in zip(statuses, addresses, strict=True) if status >= 400]


def test_links_of_the_list(page: Page, filled: Server) -> None:
    """S6.1: every link of the list answers: rows, bars, presets, sort links, dropdowns, pages, chips."""
    page.goto(f"/sessions?q=-status:418&{TENTH}&facet=status")
    expect(page.get_by_role("checkbox").first).to_be_visible()
    assert broken(page, filled, some(links(page))) == []


def test_links_of_a_session(page: Page, filled: Server) -> None:
    """S4.2 to S4.6: every link of an opened session with an expanded request answers: filters, downloads, marks, ways on."""
    page.goto(f"/sessions?q=-status:418&{TENTH}")
    row_link(page, of("mallory")[0]).click()
    opened(page).get_by_role("link", name="GET", exact=True).click()
    request_rows(page).nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    assert broken(page, filled, some(links(page))) == []


def test_links_of_hostile_values(page: Page, filled: Server) -> None:
    """Hostile: links made of hostile values answer too; only a value with a NUL, which no filter has, is refused."""
    page.goto("/sessions?q=ip:45.83.64.9")
    row_link(page, HOSTILE[0]).click()
    request_rows(page).nth(0).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Session parameters")).to_be_visible()
    made = {address for address in links(page) if "\0" not in unquote(address)}
    assert broken(page, filled, some(made, OF_A_HOSTILE_KIND)) == []


def test_links_of_a_long_session_alone(page: Page, filled: Server) -> None:
    """S4.4, S4.5: every link of a long session's own page answers, bars and pages included."""
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("integration")[0]).click()
    page.goto(opened(page).get_by_role("link", name="Copy link").get_attribute("href") or "")
    expect(page.get_by_role("heading", name="Session", exact=True)).to_be_visible()
    assert broken(page, filled, some(links(page))) == []


@pytest.mark.parametrize("section", ["attacks", "incidents"])
def test_links_of_attacks(open_page: Opener, besieged: Server, section: str) -> None:
    """A2, A3: every link of the list, of one of it, of its requests, and of the rule made of one answers."""
    page = open_page(besieged)
    page.goto(f"/{section}?q=-status:418&facet=status&from=2026-06-01")
    found = links(page)
    page.goto(f"/{section}?q=host:{siege.FILES} attack:ptrav")
    attack_link(page, f"Path traversal on {siege.FILES}").click()
    expect(page.get_by_role("link", name="Create rule")).to_be_visible()
    found |= links(page)
    page.get_by_role("link", name="Requests", exact=True).click()
    finding_rows(page).first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    found |= links(page)
    page.get_by_role("link", name="Create rule").first.click()
    found |= links(page)
    assert broken(page, besieged, some(found)) == []


def test_links_of_hostile_attacks(open_page: Opener, besieged: Server) -> None:
    """Hostile: links made of hostile values of attacks answer too; only a value with a NUL, which no filter has, is refused."""
    page = open_page(besieged)
    page.goto(f"/attacks?q=ip:{siege.HOSTILE_IP}")
    found = links(page)
    for row in range(3):
        page.goto(f"/attacks?by=ip&q=ip:{siege.HOSTILE_IP} attack:sqli")
        page.locator("tbody .row a.stretch").first.click()
        page.get_by_role("link", name="Requests", exact=True).click()
        finding_rows(page).nth(row * 5).get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="Detected")).to_be_visible()
        found |= links(page)
    made = {address for address in found if "\0" not in unquote(address)}
    assert broken(page, besieged, some(made, OF_A_HOSTILE_KIND)) == []


def test_links_of_discovery(open_page: Opener, explored: Server) -> None:
    """D1 to D11: every link of the list and of all tabs of an endpoint answers: figures, heads, pages, downloads, ways on and back."""
    page = open_page(explored)
    page.goto("/discovery?q=-method:PUT&facet=risk")
    found = links(page)
    for endpoint in ("/v1/books", "/v1/login"):
        page.goto(f"/discovery?q=endpoint:{endpoint}")
        page.locator("a.stretch").click()
        for tab in ("Parameters", "Performance", "Traffic", "Overview"):
            page.get_by_role("link", name=tab, exact=True).click()
            found |= links(page)
    assert broken(page, explored, some(found)) == []


def test_links_of_hostile_endpoints(open_page: Opener, crowded: Server) -> None:
    """Hostile: links made of the names of hostile endpoints answer too."""
    page = open_page(crowded)
    page.goto("/discovery?q=host:*odd.example")
    found = links(page)
    for address in page.locator("a.stretch").evaluate_all("links => links.map(link => link.href)")[:6]:
        page.goto(address)
        found |= links(page)
    assert broken(page, crowded, found) == []
