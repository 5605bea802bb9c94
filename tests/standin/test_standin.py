"""The stand-in speaks ClickHouse's HTTP interface as far as the real client and plain HTTP ask for it."""

from __future__ import annotations

import gzip
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlencode

import clickhouse_connect
import lz4.frame
import pyarrow as pa
import pytest
from backports import zstd
from clickhouse_connect.driver.exceptions import DatabaseError

Send = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def send(standin: int) -> Send:
    """Sends one plain HTTP request: body, headers, and URL parameters by name."""

    def call(
        body: bytes | None = None, headers: dict[str, str] | None = None, path: str = "/", **params: str
    ) -> tuple[int, dict[str, str], bytes]:
        url = f"http://127.0.0.1:{standin}{path}?{urlencode(params)}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers or {})) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    return call


def test_it_answers_a_ping(send: Send) -> None:
    """`/ping` says Ok, as load balancers expect."""
    assert send(path="/ping")[::2] == (200, b"Ok.\n")


@pytest.mark.parametrize("body", [b"SELECT {x:String} AS a, number FROM numbers(2) FORMAT JSONEachRow", None])
def test_a_query_comes_in_the_body_or_the_address(send: Send, body: bytes | None) -> None:
    """Both ways give the same rows, with bound values, settings and the format asked for."""
    query = {} if body else {"query": "SELECT {x:String} AS a, number FROM numbers(2) FORMAT JSONEachRow"}
    status, headers, answer = send(body, param_x="it's", output_format_json_quote_64bit_integers="1", **query)
    assert (status, [json.loads(line) for line in answer.splitlines()]) == (
        200,
        [{"a": "it's", "number": "0"}, {"a": "it's", "number": "1"}],
    )
    assert headers["X-ClickHouse-Summary"]
    assert headers["X-ClickHouse-Query-Id"]


def test_a_get_may_not_change_anything(send: Send) -> None:
    """A query by GET is read-only, as with the real server."""
    status, headers, _ = send(query="CREATE TABLE never (a Int8) ENGINE = Memory")
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, "164")


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [(b"SELEC 1", 400, "62"), (b"SELECT * FROM nix", 404, "60"), (b"SELECT nix", 404, "47"), (b"SELECT throwIf(1)", 500, "395")],
)
def test_an_error_has_a_status_and_the_engines_code(send: Send, sql: bytes, status: int, code: str) -> None:
    """What the engine refuses comes back as an HTTP error with the exception code in a header."""
    found, headers, body = send(sql)
    assert (found, headers["X-ClickHouse-Exception-Code"]) == (status, code)
    assert f"Code: {code}. DB::Exception" in body.decode()


def test_a_wrong_password_is_refused(standin: int) -> None:
    """Only the default user without a password comes in."""
    with pytest.raises(DatabaseError, match="516"):
        clickhouse_connect.get_client(dsn=f"clickhouse://default:wrong@127.0.0.1:{standin}/default")


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress), ("lz4", lz4.frame.compress), ("identity", bytes)]
)
def test_a_body_may_be_compressed(send: Send, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """Inserted data is unpacked by its Content-Encoding, with the statement in the address."""
    send(b"CREATE OR REPLACE TABLE packed (a Int64) ENGINE = Memory")
    status, _, _ = send(pack(b"1\n2\n3\n"), {"Content-Encoding": encoding}, query="INSERT INTO packed FORMAT TabSeparated")
    assert status == 200
    assert send(b"SELECT sum(a) FROM packed")[2] == b"6\n"


@pytest.mark.parametrize("compress", [False, "zstd", "lz4", "gzip"])
def test_the_real_client_works_unchanged(standin: int, compress: str | bool) -> None:
    """clickhouse-connect writes Arrow and Native, reads Native and Arrow, binds long lists, and uses databases of its own."""
    name = f"client_{compress}".lower()
    with clickhouse_connect.get_client(dsn=f"clickhouse://default:@127.0.0.1:{standin}/default") as client:
        client.command(f"CREATE DATABASE {name}")
    with clickhouse_connect.get_client(dsn=f"clickhouse://default:@127.0.0.1:{standin}/{name}", compress=compress) as client:
        client.command("CREATE TABLE t (a Int64, s LowCardinality(String)) ENGINE = MergeTree ORDER BY a")
        client.insert_arrow("t", pa.table({"a": [1, 2], "s": ["x", "😀"]}))
        client.insert("t", [[3, "z"]], column_names=["a", "s"])
        wanted = [(1, "x"), (2, "😀"), (3, "z")]
        assert client.query("SELECT * FROM t ORDER BY a").result_rows == wanted
        long = ["x", "😀", "z", *map(str, range(5000))]
        assert client.query("SELECT * FROM t WHERE s IN {v:Array(String)} ORDER BY a", {"v": long}).result_rows == wanted
        assert client.query_arrow("SELECT a FROM t ORDER BY a").to_pydict() == {"a": [1, 2, 3]}
        assert client.command("SELECT count() FROM t") == 3
    with clickhouse_connect.get_client(dsn=f"clickhouse://default:@127.0.0.1:{standin}/default") as client:
        client.command(f"DROP DATABASE {name}")
