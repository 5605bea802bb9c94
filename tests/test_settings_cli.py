"""`apitrail settings session-parameters`, on a store and on a running server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import commanding
from apitrail.store import Store
from serving import Served, serving
from traffic import exchanges, log, save

SECRET = "raw-secret-of-a-client-1"

Run = Callable[..., tuple[int, str, str]]


def ran(*words: str, given: str = "") -> tuple[int, str, str]:
    """Runs the command: exit code, standard output, standard error."""
    return commanding.ran("settings", "session-parameters", *words, given=given.encode())


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A running server over some traffic."""
    with Store(make_dsn("clickhouse"), retention_days=0) as store:
        save(store, exchanges(seed=3, count=30))
        with serving(store) as found:
            yield found


@pytest.fixture(params=["store", "server"])
def where(request: pytest.FixtureRequest, make_dsn: Callable[[str], str], served: Served, tmp_path: Path) -> tuple[str, ...]:
    """The options that name a store, or a running server, with some traffic and an empty list."""
    if request.param == "store":
        dsn, traffic = make_dsn("chdb"), tmp_path / "access.log"
        traffic.write_text(log(30))
        assert commanding.ran("ingest", str(traffic), "--store", dsn)[0] == 0
        return ("--store", dsn)
    options = ("--server", served.url, "--token", served.tokens["admin"])
    assert ran("set", "-", *options, given="session_parameters = []")[0] == 0
    return options


def names(out: str) -> list[str]:
    """The names of parameters that were printed as JSON."""
    return [json.loads(line)["name"] for line in out.splitlines()]


def test_the_list_from_the_first_to_the_last(where: tuple[str, ...], tmp_path: Path) -> None:
    """add, move, remove, export and set do what they say, on a store and on a server; the answer is always the list."""
    code, out, _ = ran(*where)
    assert (code, "built-in keys apply" in out) == (0, True)
    code, out, err = ran("add", "request.header.X-User-Id", "--name", "user", "--type", "user", "--grouping", *where)
    assert (code, err) == (0, "")
    assert "request.header.X-User-Id" in out
    ran("add", "request.body.json.account.id", "--hashed", *where)
    assert names(ran("add", "request.cookie.sid", "--json", *where)[1]) == ["user", "id", "sid"]
    assert names(ran("move", "SID", "1", "--json", *where)[1]) == ["sid", "user", "id"]
    assert names(ran("remove", "request.header.X-User-Id", "--json", *where)[1]) == ["sid", "id"]
    code, exported, _ = ran("export", *where)
    assert code == 0
    file = tmp_path / "list.toml"
    file.write_text(exported)
    ran("remove", "sid", *where)
    assert names(ran("set", str(file), "--json", *where)[1]) == ["sid", "id"]
    entries = ran("history", "--json", *where)[1]
    assert names(ran("set", "-", "--json", *where, given=exported)[1]) == ["sid", "id"]
    assert ran("history", "--json", *where)[1] == entries
    assert json.loads(entries.splitlines()[0])["what"] == ["added sid (request.cookie.sid)"]


def test_json_is_read_too(where: tuple[str, ...]) -> None:
    """`set` takes JSON as the API answers it, and a bare list."""
    listed = [{"point": "request.query.user", "type": "user"}]
    for given in (json.dumps({"parameters": listed}), json.dumps(listed, indent=2)):
        assert names(ran("set", "-", "--json", *where, given=given)[1]) == ["user"]


def test_preview(where: tuple[str, ...], tmp_path: Path) -> None:
    """`preview` shows what a pasted exchange, or the last ones, give under parameters in force or others; no secret is told."""
    exchange = f"GET /v1/items?token={SECRET} HTTP/1.1\nHost: api.example\nX-User-Id: bob\nCookie: sid={SECRET}\n"
    code, out, err = ran("preview", "-", "--json", *where, given=exchange)
    assert (code, err) == (0, "")
    assert json.loads(out)["session_key"] == "request.cookie.sid"
    other = tmp_path / "other.toml"
    other.write_text("[[session_parameters]]\npoint = 'request.header.X-User-Id'\ntype = 'user'\ngrouping = true\n")
    code, out, _ = ran("preview", "-", "--parameters", str(other), *where, given=exchange)
    assert (code, "X-User-Id=bob" in out, SECRET in out) == (0, True, False)
    assert names(ran("--json", *where)[1]) == []
    code, out, _ = ran("preview", "--limit", "7", "--json", *where)
    assert (code, len(out.splitlines())) == (0, 7)


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (("add", "request.heder.x"), "", "(try: request.header.x)"),
        (("remove", "nobody"), "", "there is no session parameter 'nobody'; there are none"),
        (("set", "-"), "retention_days = 3", "-: there is no table [[session_parameters]]"),
        (("set", "-"), "[[session_parameters]]\npoint = ", "-: neither TOML nor JSON"),
        (("set", "-"), '[{"point":', "-: not JSON"),
        (("set", "missing.toml"), "", "missing.toml: No such file"),
        (("preview", "-"), "hello\n", "line 1: paste one exchange"),
        (("preview", "-"), "", "-: there is no exchange in it"),
    ],
)
def test_wrong_questions(served: Served, words: tuple[str, ...], given: str, said: str) -> None:
    """A wrong point, name, file or exchange ends with exit code 2 and a message that says what is wrong."""
    options = ("--server", served.url, "--token", served.tokens["admin"])
    ran("set", "-", *options, given="[]")
    code, out, err = ran(*words, *options, given=given)
    assert (code, out) == (2, "")
    assert said in err


def test_options_may_stand_before_the_word(served: Served) -> None:
    """`session-parameters --server S add POINT` means the same as with the options behind."""
    options = ("--server", served.url, "--token", served.tokens["admin"])
    assert names(ran(*options, "set", "-", "--json", given='[{"point":"client.ip"}]')[1]) == ["ip"]
    assert names(ran(*options, "--json")[1]) == ["ip"]


def test_a_viewer_changes_nothing(served: Served) -> None:
    """The role of the token counts."""
    code, _, err = ran("add", "client.ip", "--server", served.url, "--token", served.tokens["viewer"])
    assert code == 2
    assert "needs the role admin" in err


def test_a_configuration_file_counts_for_ingest(chdb_dsn: str, tmp_path: Path) -> None:
    """What --config says of parameters is in force for what the same command reads."""
    config, traffic = tmp_path / "trail.toml", tmp_path / "a.ndjson"
    config.write_text("[[session_parameters]]\npoint = 'request.header.X-User-Id'\ntype = 'user'\ngrouping = true\n")
    traffic.write_text('{"method":"GET","url":"https://api.example/","headers":{"X-User-Id":"bob"}}\n')
    assert commanding.ran("ingest", str(traffic), "--store", chdb_dsn, "--config", str(config))[0] == 0
    stored = json.loads(commanding.ran("requests", "--json", "--store", chdb_dsn)[1])
    assert (stored["user"], stored["session_key"]) == ("bob", "request.header.X-User-Id")
