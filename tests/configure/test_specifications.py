"""Specifications of a store: versions, scope, enforcement, limits, each change with its author (D6, A1.3)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from apitrail.configure import ignore_rules, specification_scopes, specifications
from apitrail.configure.recipes import Recipes, recipe
from apitrail.configure.specification_weight import weight
from apitrail.errors import BadQuestion, NotFound
from apitrail.inspect.specifications.comparing import Endpoint, rogue
from apitrail.inspect.specifications.matching import Matcher
from apitrail.inspect.specifications.reading import read
from apitrail.inspect.specifications.specification import Specification
from apitrail.model.exchange import Exchange
from apitrail.model.finding import Finding
from apitrail.model.ignoring import IgnoreRule
from apitrail.store import Store
from documents_of_apis import REAL, document, operation
from traffic import NOON, save

SERVERS = [{"url": "https://api.shop.example/v1"}]
ITEMS = {"/items": {"get": operation(parameters=[{"name": "page", "in": "query", "schema": {"type": "integer"}}])}}
OLD = {"/old": {"get": operation()}}
ACCOUNT = {"/account": {"get": operation(security=[{"token": []}])}}
TOKEN = {"components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}}


def written(paths: Any = ITEMS, **members: Any) -> bytes:
    """A document as it is sent."""
    return json.dumps(document(paths, **{"servers": SERVERS, **members})).encode()


@pytest.mark.rows("D6")
def test_versions(store: Store) -> None:
    """D6: the same name again is a new version with its author; the same document again is none; both are kept as they were sent."""
    first = specifications.upload(store, "shop", written({**ITEMS, **OLD}), "ann", file="shop.json")
    assert (first.number, first.operation_count, first.author, first.enforced) == (1, 2, "ann", False)
    assert [one.path for one in first.operations] == ["/items", "/old"]
    assert specifications.upload(store, "shop", written({**ITEMS, **OLD}), "bob") == first
    second = specifications.upload(store, " shop ", written(), "bob")
    assert [(one.number, one.author, one.operation_count) for one in second.versions] == [(2, "bob", 1), (1, "ann", 2)]
    assert specifications.opened(store, "shop") == second
    assert [one.name for one in specifications.kept(store)] == ["shop"]
    assert specifications.document(store, "shop").content == written()
    assert specifications.document(store, "shop", 1).content == written({**ITEMS, **OLD})
    with pytest.raises(NotFound, match="no version 3; it has 2, 1"):
        specifications.document(store, "shop", 3)


@pytest.mark.rows("D6")
def test_what_is_compared(store: Store) -> None:
    """D6: the newest versions are current, those before are earlier: what only these have is a zombie, what none has a shadow."""
    specifications.upload(store, "shop", written({**ITEMS, **OLD}), "ann")
    specifications.upload(store, "shop", written(), "ann")
    specifications.upload(store, "other", written({"/a": {"get": operation()}}), "ann", hosts=["other.example"])
    current, earlier = specifications.current(store), specifications.earlier(store)
    assert {one.name: one.scope_hosts for one in current} == {"shop": ("api.shop.example",), "other": ("other.example",)}
    assert [(one.name, one.scope_hosts) for one in earlier] == [("shop", ("api.shop.example",))]
    assert current[1].operations[0].parameters
    assert not earlier[0].operations[0].parameters
    told = {
        path: rogue(Endpoint("api.shop.example", "GET", f"/v1{path}"), Matcher(current), Matcher(earlier))
        for path in ("/items", "/old", "/new")
    }
    assert told == {"/items": "", "/old": "zombie", "/new": "shadow"}


def test_scope_and_enforcement(store: Store) -> None:
    """What is not named stays; hosts are those of the servers until some are chosen, and all with a star."""
    specifications.upload(store, "shop", written(), "ann", applications=["shop", " shop "])
    assert specifications.kept(store)[0].scope == "api.shop.example, as its servers say; shop"
    changed = specifications.change(store, "shop", "bob", hosts=["*.Shop.example", "", "a.example"], enforced=True)
    assert (changed.hosts, changed.applications, changed.enforced, changed.author) == (
        ("*.shop.example", "a.example"), ("shop",), True, "bob",
    )  # fmt: skip
    again = specifications.upload(store, "shop", written(OLD), "cid", applications=[])
    assert (again.hosts, again.applications, again.enforced, again.number) == (changed.hosts, (), True, 2)
    assert specifications.change(store, "shop", "bob", hosts=["*"]).scope == "every host"
    assert specifications.current(store)[0].scope_hosts == ()
    assert specifications.change(store, "shop", "bob", hosts=[]).scope == "api.shop.example, as its servers say"
    entries = [record.author for record in store.records.history(specifications.KIND)]
    assert specifications.change(store, "shop", "dan", hosts=[]).author == "bob"
    assert [record.author for record in store.records.history(specifications.KIND)] == entries


def test_removal(store: Store) -> None:
    """What is removed is compared with nothing any more, and its name begins again at version 1."""
    for paths in (OLD, ITEMS):
        specifications.upload(store, "shop", written(paths), "ann", enforced=True)
    specifications.remove(store, "shop", "bob")
    assert specifications.kept(store) == specifications.current(store) == specifications.earlier(store) == []
    assert specifications.enforced(store) == specifications.NOTHING_ENFORCED
    assert store.records.history(specifications.KIND)[0].author == "bob"
    for ask in (specifications.opened, specifications.document):
        with pytest.raises(NotFound, match="no specification 'shop'; there are none yet"):
            ask(store, "shop")
    with pytest.raises(NotFound):
        specifications.remove(store, "shop", "bob")
    assert specifications.upload(store, "shop", written(), "ann").number == 1


@pytest.mark.parametrize("file", sorted(path.name for path in REAL.iterdir() if path.suffix != ".md"))
def test_real_documents(chdb_store: Store, file: str) -> None:
    """Real documents, JSON and YAML, come back as they were sent, and are read to the same specification."""
    sent = (REAL / file).read_bytes()
    found = specifications.upload(chdb_store, file, sent, "ann", file=file)
    assert found.operation_count == len(found.operations) > 0
    assert specifications.document(chdb_store, file).content == sent
    assert len(specifications.current(chdb_store)[0].operations) == found.operation_count


def test_a_document_that_is_not_utf_8(chdb_store: Store) -> None:
    """A document in UTF-16 comes back byte by byte."""
    sent = written().decode().encode("utf-16")
    specifications.upload(chdb_store, "shop", sent, "ann")
    assert specifications.document(chdb_store, "shop").content == sent


@pytest.mark.parametrize(
    ("name", "sent", "members", "said"),
    [
        ("", written(), {}, "a name of 1 to 100 characters"),
        ("x" * 101, written(), {}, "a name of 1 to 100 characters"),
        ("a/b", written(), {}, "without slashes, not 'a/b'"),
        ("..", written(), {}, "without slashes"),
        ("a\nb", written(), {}, "without slashes"),
        ("shop", written(), {"hosts": ["https://api.example/v1"]}, "not 'https://api.example/v1'"),
        ("shop", written(), {"hosts": ["a.*"]}, "or \\* for every host"),
        ("shop", written(), {"hosts": ["*."]}, "or \\* for every host"),
        ("shop", written(), {"hosts": ["h" * 261]}, "a host is such as"),
        ("shop", written(), {"hosts": [f"h{number}" for number in range(101)]}, "at most 100 hosts"),
        ("shop", written(), {"applications": ["a,b"]}, "without commas"),
        ("shop", written({"/a": {"get": []}}), {}, "shop: #/paths/~1a/get: "),
        ("shop", b"{", {}, "shop: it is no JSON"),
        ("shop", json.dumps({"swagger": "2.0"}).encode(), {}, "shop: #/swagger: it is Swagger 2.0"),
        ("shop", b"", {}, "no OpenAPI document"),
    ],
)
def test_what_cannot_be_one(chdb_store: Store, name: str, sent: bytes, members: dict[str, Any], said: str) -> None:
    """A bad name, scope or document is refused with the reason and the place; nothing is kept of it."""
    with pytest.raises(BadQuestion, match=said):
        specifications.upload(chdb_store, name, sent, "ann", **members)
    assert specifications.kept(chdb_store) == []


def test_a_url_is_answered_with_its_host() -> None:
    """Who gives a URL for a host is told the host in it."""
    with pytest.raises(BadQuestion) as caught:
        specification_scopes.check(["https://api.example/v1"], None)
    assert caught.value.suggestion == "api.example"


def test_limits(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many specifications, versions and bytes, and no more; the oldest version makes room for the newest."""
    monkeypatch.setattr(specifications, "VERSIONS_LIMIT", 2)
    for number in range(3):
        specifications.upload(chdb_store, "shop", written({f"/v{number}": {"get": operation()}}), "ann")
    assert [one.number for one in specifications.kept(chdb_store)[0].versions] == [3, 2]
    assert [one.operations[0].path for one in specifications.earlier(chdb_store)] == ["/v1"]
    monkeypatch.setattr(specifications, "SPECIFICATIONS_LIMIT", 1)
    with pytest.raises(BadQuestion, match="at most 1 specifications"):
        specifications.upload(chdb_store, "other", written(), "ann")
    monkeypatch.setattr(specifications, "KEPT_BYTES_LIMIT", 500)
    with pytest.raises(BadQuestion, match="at most 500 bytes; remove some"):
        specifications.upload(chdb_store, "shop", written(OLD), "ann")
    monkeypatch.setattr(specifications, "READ_BYTES_LIMIT", 10)
    with pytest.raises(BadQuestion, match="references written out; split it"):
        specifications.upload(chdb_store, "shop", written(OLD), "ann")
    monkeypatch.undo()
    monkeypatch.setattr(specifications, "ENFORCED_BYTES_LIMIT", 10)
    with pytest.raises(BadQuestion, match="at most 10 bytes are enforced together"):
        specifications.change(chdb_store, "shop", "ann", enforced=True)
    assert (specifications.kept(chdb_store)[0].number, specifications.kept(chdb_store)[0].enforced) == (3, False)


def test_references_that_unfold(chdb_store: Store) -> None:
    """Hostile: a large schema that thousands of places refer to is refused before it is written out."""
    names = [f"{number:0400}" for number in range(400)]
    paths = {f"/{number}": {"get": operation(parameters=[{"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/E"}}])}
             for number in range(400)}  # fmt: skip
    sent = written(paths, components={"schemas": {"E": {"type": "string", "enum": names}}})
    assert len(sent) < 300_000
    with pytest.raises(BadQuestion, match="references written out; split it"):
        specifications.upload(chdb_store, "shop", sent, "ann")


def test_weight_is_about_what_is_written() -> None:
    """The weight is near the size as JSON, and counting ends where it is too much."""
    found = read(written(), "shop")
    size = len(msgspec.json.encode(found))
    assert size / 2 < weight(found, 1 << 30) < size * 2
    assert 10 < weight(found, 10) < size


# --- enforcement -------------------------------------------------------------------------------------------------------


def sent(name: str, url: str = "/v1/items?page=1", **members: Any) -> Exchange:
    """An exchange whose headers are all told."""
    path, _, query = url.partition("?")
    given: dict[str, Any] = {"host": "api.shop.example", "headers": (("accept", "*/*"),), "status": 200, **members}
    return Exchange(id=name, time=NOON, method="GET", path=path, query=query, **given)


def line(name: str, url: str) -> Exchange:
    """The same as a log tells it."""
    return sent(name, url, headers=(("user-agent", "curl/8"),), client_ip="192.0.2.1")


def full(name: str, url: str) -> Exchange:
    """The same as a middleware tells it, with the response."""
    return sent(name, url, response_headers=(("content-type", "application/json"),), response_body=b"{}")


def found(store: Store) -> dict[str, list[tuple[str, str, str]]]:
    """Type, subtype and point of the findings of each stored request."""
    rows = store.rows("SELECT request_id, verdicts FROM requests")
    return {row["request_id"]: [(one.type, one.subtype, one.point) for one in _findings(row["verdicts"])] for row in rows}


def _findings(text: str) -> list[Finding]:
    return msgspec.json.decode(text, type=list[Finding]) if text else []


@pytest.mark.rows("A1.3")
def test_what_breaks_an_enforced_specification_is_an_attack(store: Store) -> None:
    """A1.3: each type of violation becomes a finding, beside other attacks; what keeps to the specification has none."""
    specifications.upload(store, "shop", written({**ITEMS, **ACCOUNT}, **TOKEN), "ann", enforced=True)
    told = {"authorization": "Bearer abc", "accept": "*/*"}
    save(
        store,
        [
            full("good", "/v1/items?page=1"),
            sent("let in", "/v1/account", headers=tuple(told.items())),
            full("elsewhere", "/v2/items"),
            sent("another host", "/v1/x", host="www.shop.example"),
            full("endpoint", "/v1/nothing"),
            full("parameter", "/v1/items?page=1&debug=1"),
            full("type", "/v1/items?page=one"),
            full("auth", "/v1/account"),
            sent("few headers", "/v1/account"),
            full("injection", "/v1/items?page=1%27%20OR%20%271%27%3D%271"),
        ],
    )
    assert found(store) == {
        "good": [],
        "let in": [],
        "elsewhere": [],
        "another host": [],
        "endpoint": [("undefined_endpoint", "path", "request.path")],
        "parameter": [("undefined_parameter", "query", "request.query.debug")],
        "type": [("invalid_parameter", "type", "request.query.page")],
        "auth": [("missing_auth", "bearer", "request.header.Authorization")],
        "few headers": [("missing_auth", "bearer", "request.header.Authorization")],
        "injection": [("sqli", *found(store)["injection"][0][1:]), ("invalid_parameter", "type", "request.query.page")],
    }


@pytest.mark.rows("A1.3")
def test_a_line_of_a_log_is_judged_by_path_and_query(store: Store) -> None:
    """A1.3: what a log does not tell is not missing; every line of a client is judged by itself."""
    specifications.upload(store, "shop", written({**ITEMS, **ACCOUNT}, **TOKEN), "ann", enforced=True)
    urls = ("/v1/items?page=1", "/v1/account", "/v1/items?page=x", "/v1/nothing", "/v1/items?page=2", "/v1/items?debug=1")
    save(store, [line(url, url) for url in urls])
    assert {name: [one[0] for one in some] for name, some in found(store).items()} == {
        "/v1/items?page=1": [],
        "/v1/account": [],
        "/v1/items?page=x": ["invalid_parameter"],
        "/v1/nothing": ["undefined_endpoint"],
        "/v1/items?page=2": [],
        "/v1/items?debug=1": ["undefined_parameter"],
    }


@pytest.mark.rows("A2.4")
def test_ignore_rules_and_masking(store: Store) -> None:
    """A2.4: a rule silences a violation as any other finding; a secret in one is masked."""
    specifications.upload(store, "shop", written(), "ann", enforced=True)
    ignore_rules.add(store, IgnoreRule(type="undefined_parameter", point="request.query.debug"), "ann")
    save(store, [full("ignored", "/v1/items?debug=1"), full("secret", "/v1/items?password=correct-horse-9")])
    assert {name: len(some) for name, some in found(store).items()} == {"ignored": 0, "secret": 1}
    text = store.rows("SELECT verdicts FROM requests WHERE request_id = 'secret'")[0]["verdicts"]
    assert "undefined_parameter" in text
    assert "horse" not in text


@pytest.mark.rows("D6")
def test_what_was_not_specified_still_belongs_to_the_inventory(store: Store) -> None:
    """D6: a violation does not keep an endpoint out of the inventory, or nobody would see what is a shadow; an attack does."""
    specifications.upload(store, "shop", written(), "ann", enforced=True)
    save(store, [full("shadow", "/v1/nothing?a=1"), full("attack", "/v1/nothing?a=1%27%20OR%20%271%27%3D%271")])
    rows = store.rows("SELECT request_id, described FROM requests")
    assert {row["request_id"]: bool(row["described"]) for row in rows} == {"shadow": True, "attack": False}


def test_only_what_is_enforced_judges_and_only_new_traffic(store: Store) -> None:
    """Nothing is judged before enforcement begins, nor after it ends, nor by a version that was replaced."""
    specifications.upload(store, "shop", written(), "ann")
    assert recipe(store).enforced == ""
    save(store, [full("before", "/v1/old")])
    specifications.change(store, "shop", "ann", enforced=True)
    save(store, [full("during", "/v1/old")])
    specifications.upload(store, "shop", written({**ITEMS, **OLD}), "ann")
    save(store, [full("new version", "/v1/old")])
    specifications.change(store, "shop", "ann", hosts=["other.example"])
    save(store, [full("another scope", "/v1/nothing")])
    specifications.change(store, "shop", "ann", hosts=[], enforced=False)
    save(store, [full("after", "/v1/nothing")])
    assert {name for name, some in found(store).items() if some} == {"during"}


def test_a_process_reads_what_is_enforced_once(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing changes, refreshing the recipe gives the very same text; a change is read."""
    specifications.upload(chdb_store, "shop", written(), "ann", enforced=True)
    recipes = Recipes(chdb_store)
    first = recipes.current().enforced
    before = specifications._read
    monkeypatch.setattr(specifications, "_read", lambda *_: pytest.fail("it was read again"))
    recipes.refresh()
    assert recipes.current().enforced is first
    monkeypatch.setattr(specifications, "_read", before)
    specifications.change(chdb_store, "shop", "ann", hosts=["*"])
    recipes.refresh()
    assert msgspec.json.decode(recipes.current().enforced, type=list[Specification])[0].scope_hosts == ()
