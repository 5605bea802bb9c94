"""`apitrail specification`, on a store and on a running server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import commanding
from apitrail.store import Store
from documents_of_apis import REAL, document, operation
from inventoried import shop, take_inventory
from serving import Served, serving
from traffic import save


def ran(*words: str, given: bytes = b"") -> tuple[int, str, str]:
    """Runs the command: exit code, standard output, standard error."""
    return commanding.ran("specification", *words, given=given)


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A running server."""
    with Store(make_dsn("clickhouse"), retention_days=0) as store, serving(store) as found:
        yield found


@pytest.fixture(params=["store", "server"])
def where(request: pytest.FixtureRequest, make_dsn: Callable[[str], str], served: Served) -> tuple[str, ...]:
    """The options that name a store, or a running server."""
    if request.param == "store":
        return ("--store", make_dsn("chdb"))
    return ("--server", served.url, "--token", served.tokens["admin"])


def told(where: tuple[str, ...]) -> str:
    """What standard error says after a change: without a server, nothing compares the inventory by itself."""
    return (
        "note: marks of shadow and zombie APIs follow with the next analysis; run `apitrail analyze`\n"
        if where[0] == "--store"
        else ""
    )


def test_from_upload_to_removal(where: tuple[str, ...], tmp_path: Path) -> None:
    """A file is uploaded under its own name, listed, shown, changed and removed, on a store and on a server."""
    code, out, err = ran("list", *where)
    assert (code, out.strip(), err) == (0, "there are none; upload one", "")
    code, out, err = ran("upload", str(REAL / "vampi-openapi3.yml"), "--host", "a.example", "--host", "*.b.example", *where)
    assert (code, err) == (0, told(where))
    assert "vampi-openapi3" in out
    assert "a.example, *.b.example" in out
    assert "/users/v1/{username}/email" in out
    second = tmp_path / "v2.json"
    second.write_text(json.dumps(document({"/a": {"get": operation(summary="A thing")}})))
    code, out, _ = ran("upload", str(second), "--name", "vampi-openapi3", "--enforce", "--application", "shop", "--json", *where)
    found = json.loads(out)
    assert (found["number"], found["hosts"], found["applications"], found["enforced"]) == (
        2, ["a.example", "*.b.example"], ["shop"], True
    )  # fmt: skip
    assert found["versions"][0]["file"] == "v2.json"
    assert found.pop("notes") == []
    never = {"orphans": [{"method": "GET", "path": "/a"}], "called": []}
    assert json.loads(ran("show", "vampi-openapi3", "--json", *where)[1]) == found | never
    shown = ran("show", "vampi-openapi3", *where)[1]
    assert "A thing" in shown
    assert "never called" in shown, "an orphan (D6)"
    code, out, _ = ran("change", "vampi-openapi3", "--host", "", "--no-enforce", "--json", *where)
    changed = json.loads(out)
    assert (changed["scope"], changed["enforced"]) == ("every host; shop", False)
    assert [json.loads(line)["name"] for line in ran("list", "--json", *where)[1].splitlines()] == ["vampi-openapi3"]
    assert ran("remove", "vampi-openapi3", *where)[:2] == (0, "removed vampi-openapi3\n")
    assert ran("list", "--json", *where)[1] == ""


@pytest.mark.rows("D6")
def test_where_a_specification_reaches_is_noted(make_dsn: Callable[[str], str], tmp_path: Path) -> None:
    """D6: one that names no hosts says how many hosts and endpoints that is, one that reaches no traffic says so; others say nothing."""
    dsn = make_dsn("chdb")
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(document({"/v1/items": {"get": operation()}})))
    with Store(dsn, retention_days=0) as store:
        save(store, shop())
        take_inventory(store)
    every = (
        "no hosts were chosen and its servers name none: it is in force for every host, 2 hosts of the inventory with 5 endpoints"
    )
    none = "it is in force for dev.example, where the inventory has no endpoint; the inventory has api.shop.example, pay.shop.example"
    assert f"note: {every}\n" in ran("upload", str(file), "--store", dsn)[2]
    _, out, err = ran("upload", str(file), "--name", "dev", "--host", "dev.example", "--json", "--store", dsn)
    assert (json.loads(out)["notes"], f"note: {none}\n" in err) == ([none], True)
    _, out, err = ran("change", "dev", "--host", "*.shop.example", "--json", "--store", dsn)
    assert (json.loads(out)["notes"], err) == ([], told(("--store",)))


def test_standard_input(where: tuple[str, ...]) -> None:
    """What comes from standard input has the name that is given."""
    given = json.dumps(document({"/a": {"get": operation()}})).encode()
    code, out, err = ran("upload", "-", "--name", "piped", "--json", *where, given=given)
    assert (code, err, json.loads(out)["name"]) == (0, told(where), "piped")
    assert ran("remove", "piped", *where)[0] == 0


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (("upload", "missing.yaml"), b"", "missing.yaml: No such file"),
        (("upload", "-"), b"{}", "needs a name: --name"),
        (("upload", "-", "--name", "x"), b'{"swagger":"2.0"}', "x: #/swagger: it is Swagger 2.0"),
        (("upload", "-", "--name", "x"), json.dumps(document({"a": {"get": operation()}})).encode(), "x: #/paths"),
        (("upload", "-", "--name", "x", "--host", "https://a.example"), json.dumps(document({})).encode(), "a host is such as"),
        (("show", "nix"), b"", "there is no specification 'nix'; there are none yet"),
        (("change", "nix", "--enforce"), b"", "there is no specification 'nix'"),
        (("remove", "nix"), b"", "there is no specification 'nix'"),
    ],
)
def test_errors(where: tuple[str, ...], words: tuple[str, ...], given: bytes, said: str) -> None:
    """A bad file, document, name or host ends with the reason and exit code 2, on a store and on a server."""
    code, out, err = ran(*words, *where, given=given)
    assert (code, out) == (2, "")
    assert said in err
