"""The operation of a request and of an endpoint of the inventory; what is rogue and what is orphaned (D6)."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.endpoints import template
from apitrail.inspect.specifications.comparing import Endpoint, orphans, rogue
from apitrail.inspect.specifications.matching import Matcher
from apitrail.inspect.specifications.reading import read
from apitrail.inspect.specifications.segments import variables
from apitrail.inspect.specifications.specification import Operation, Specification
from documents_of_apis import REAL, operation, path_parameters, specification
from timing import cost

pytestmark = pytest.mark.rows("D6")

HOST = "api.shop.example"
NOTHING = Matcher(())


def api(*templates: str, method: str = "GET", **members: Any) -> Specification:
    """A specification with these templates and nothing else."""
    operations = tuple(Operation(method=method, path=one, templates=(one,)) for one in templates)
    return Specification(name="shop", title="Shop", operations=operations, **members)


def found(matcher: Matcher, path: str, method: str = "GET") -> str:
    """The template of the operation of a request; empty when there is none."""
    match = matcher.operation(HOST, method, path)
    return match.operation.path if match else ""


# --- requests ------------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["users", "me", "orders", "{id}", "{name}", "{id}.json", "v{n}", "{a}-{b}", "search", "a-b", "v2", "x.json"]
)
TEMPLATES = st.lists(st.lists(WORDS, max_size=4).map(lambda some: "/" + "/".join(some)), max_size=8, unique=True)
PATHS = st.lists(
    st.sampled_from(["users", "me", "orders", "7", "x.json", "v2", "a-b", "a-b-c", "search", "-", "v"]), max_size=4
).map(lambda some: "/" + "/".join(some))


def plain(templates: list[str], path: str) -> str:
    """The same, by trying a regular expression for each template, the most constant first."""

    def rank(one: str) -> list[int]:
        return [2 if re.fullmatch(r"\{\w+\}", part) else 1 if "{" in part else 0 for part in one.split("/")]

    fitting = [one for one in templates if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(one)), path)]
    return min(fitting, key=rank, default="")


@given(TEMPLATES, PATHS)
def test_matching_is_that_of_trying_every_template(templates: list[str], path: str) -> None:
    """Words come before words with variables, those before variables, from left to right."""
    expected = plain(templates, path)
    got = found(Matcher([api(*templates)]), path)
    erased = [re.sub(r"\{\w+\}", "{}", one) for one in (got, expected)]
    # Of two mixed segments that fit, the first that was specified counts.
    assert bool(got) == bool(expected)
    assert erased[0] == erased[1] or all(re.search(r"[^/]\{|\}[^/]", one) for one in erased)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/users/me", "/users/me"), ("/users/7", "/users/{id}"), ("/users/7/", "/users/{id}"), ("//users//7", "/users/{id}"),
        ("/users/a%2Fb", "/users/{id}"), ("/us%65rs/me", "/users/me"), ("/users/me;v=1", "/users/me"), ("/users", ""),
        ("/report-7.pdf", "/report-{id}.pdf"), ("/report-.pdf", ""), ("/users/7/orders", ""), ("/" + "a/" * 50, ""), ("/" + "a" * 3000, ""),
    ],
)  # fmt: skip
def test_paths_are_read_as_they_were_sent(path: str, expected: str) -> None:
    """Encoded, with a slash at the end, with matrix parameters; one that is too long is in no specification."""
    assert found(Matcher([api("/users/{id}", "/users/me", "/report-{id}.pdf")]), path) == expected


def test_methods_base_paths_and_scope_count() -> None:
    """A host with a port is the one chosen without; with a star, all below are."""
    shop = specification({"/orders/{id}": {"get": operation(parameters=path_parameters("id"))}}, servers=[{"url": "/v2"}])
    matcher = Matcher([msgspec.structs.replace(shop, scope_hosts=("*.shop.example", "localhost"), scope_applications=("web",))])
    assert matcher.operation("api.shop.example", "get", "/v2/orders/7", "web")
    assert matcher.operation("API.SHOP.EXAMPLE:8080", "GET", "/v2/orders/7")
    assert matcher.operation("localhost:5000", "GET", "/v2/orders/7")
    assert not matcher.operation("shop.example", "GET", "/v2/orders/7")
    assert not matcher.operation("evilshop.example", "GET", "/v2/orders/7")
    assert not matcher.operation("api.shop.example", "GET", "/orders/7")
    assert not matcher.operation("api.shop.example", "POST", "/v2/orders/7")
    assert not matcher.operation("api.shop.example", "GET", "/v2/orders/7", "mobile")
    assert matcher.methods("localhost", "/v2/orders/7") == ("GET",)


def test_a_hostile_path_costs_no_more_than_its_length() -> None:
    """Many templates that begin alike, and a path that fits nearly all of them, are followed in bounded time."""
    parts = [["a", "{x}"][at % 2] for at in range(2000)]
    templates = ["/" + "/".join(parts[at : at + 12]) for at in range(12)] + [
        "/" + "/".join("a" if at >> bit & 1 else "{x}" for bit in range(12)) for at in range(4096)
    ]
    matcher = Matcher([api(*templates)])
    assert cost(lambda: [matcher.operation(HOST, "GET", "/a" * 12 + "/b") for _ in range(100)], below=5) < 5


def test_variables_are_found_with_their_segments() -> None:
    """The number of a segment is that of its point."""
    assert variables("/v2/{a}/x-{b}.{c}", "/v2/caf%C3%A9/x-1.pdf") == {"a": ("café", 1), "b": ("1", 2), "c": ("pdf", 2)}
    assert variables("/v2/{a}", "/v1/x") is None
    assert variables("/{a}", "//7") == {"a": ("7", 1)}


# --- endpoints -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("/users/{id}", "/users/{userId}/"), ("/users/{uuid}", "/users/{userId}/"), ("/users/me", "/users/me"), ("/users/{name}", "/users/{userId}/"),
        ("/files/{hex}.js", "/files/{file}.js"), ("/files/{token}", "/files/{file}.js"), ("/api/{date}/orders", "/api/2024-01-15/orders"),
        ("/graphql#query users", "/graphql"), ("/users/...", ""), ("/orders/{id}", ""),
    ],
)  # fmt: skip
def test_an_endpoint_of_the_inventory_finds_its_operation(endpoint: str, expected: str) -> None:
    """Whatever its variables are called, with or without a slash at the end, and without what stands behind `#`."""
    matcher = Matcher([api("/users/{userId}/", "/users/me", "/files/{file}.js", "/api/2024-01-15/orders", "/graphql")])
    match = matcher.operation_of_template(HOST, "GET", endpoint)
    assert (match.operation.path if match else "") == expected


@pytest.mark.parametrize("path", sorted(REAL.glob("*.[jy]*")), ids=lambda path: path.name)
def test_the_traffic_of_a_real_api_is_neither_shadow_nor_orphan(path: Any) -> None:
    """A request to each operation, with its template of the inventory, finds this operation again."""
    current = Matcher([read(path.read_bytes(), path.name)])
    seen = []
    for one in current.specifications[0].operations:
        sent = re.sub(r"\{\w+\}", "77812", one.templates[0])
        match = current.operation(HOST, one.method, sent)
        assert match
        assert match.operation is one
        seen.append(Endpoint(HOST, one.method, template(sent)))
    assert [rogue(endpoint, current, NOTHING) for endpoint in seen] == [""] * len(seen)
    assert orphans(current, seen) == []
    assert orphans(current, seen[1:])[0].operation == current.specifications[0].operations[0]


# --- rogue ---------------------------------------------------------------------------------------------------------------


def deprecated(*templates: str) -> Specification:
    """A specification whose operations are on their way out."""
    shop = api(*templates)
    return msgspec.structs.replace(
        shop, operations=tuple(msgspec.structs.replace(one, deprecated=True) for one in shop.operations)
    )


@pytest.mark.parametrize(
    ("current", "earlier", "expected"),
    [
        ([api("/a/{x}")], [], ""),
        ([api("/b")], [], "shadow"),
        ([api("/b")], [api("/a/{y}")], "zombie"),
        ([deprecated("/a/{x}")], [api("/a/{x}")], "zombie"),
        ([deprecated("/a/{x}")], [], ""),
        ([deprecated("/a/{x}"), api("/a/{z}")], [api("/a/{x}")], ""),
        ([], [], ""),
        ([api("/b", scope_hosts=("other.example",))], [], ""),
        ([api("/b", scope_hosts=("other.example",)), api("/c")], [], "shadow"),
        ([api("/a/{x}", scope_hosts=("other.example",)), api("/c")], [], "shadow"),
    ],
)  # fmt: skip
def test_shadows_and_zombies(current: list[Specification], earlier: list[Specification], expected: str) -> None:
    """In none of the specifications in scope; in an earlier one, not in the current one or deprecated there."""
    assert rogue(Endpoint(HOST, "GET", "/a/{id}"), Matcher(current), Matcher(earlier)) == expected
