"""Exchanges become rows: every member in its column, secrets masked, nothing of an exchange breaks the batch."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect import endpoints
from apitrail.inspect.rows import TEXT_LIMIT, Inspector, Recipe
from apitrail.model.exchange import Exchange, Verdict
from apitrail.model.request import SCHEMA, session_hex, session_number
from apitrail.store import Store
from explore.plain import plain_rows
from traffic import NOON, exchanges, save

SECRET = b"k" * 32
PLANTED = "PLANTED-5ecret-9f27"


def row(exchange: Exchange) -> dict[str, object]:
    """The one row of an exchange."""
    return plain_rows(Inspector(Recipe(SECRET)).rows([exchange]))[0]


def test_members_stand_in_their_columns() -> None:
    """What the source says is stored as it came; what is derived stands beside it."""
    found = row(
        Exchange(
            id="r1",
            time=NOON,
            method="GET",
            path="/v1/users/42",
            query="page=2",
            host="shop.example",
            client_ip="203.0.113.7",
            headers=(("user-agent", "curl/8.5.0"), ("referer", "https://a.example/x")),
            status=404,
            duration_ms=12.5,
            request_bytes=7,
            response_bytes=9,
            application="shop",
            fingerprint="t13d",
            source="node-1",
            user="bob",
            blocked=True,
            verdicts=(Verdict("xss", "941100"), Verdict("sqli", "942100", "m", "request.query.x", "'"), Verdict("xss", "941110")),
        )
    )
    wanted = {
        "request_id": "r1", "time": NOON, "method": "GET", "path": "/v1/users/42", "query": "page=2", "endpoint": "/v1/users/{id}",
        "host": "shop.example", "ip": "203.0.113.7", "user_agent": "curl/8.5.0", "referer": "https://a.example/x", "status": 404,
        "duration_ms": 12.5, "request_bytes": 7, "response_bytes": 9, "application": "shop", "fingerprint": "t13d", "source": "node-1",
        "user": "bob", "blocked": 1, "attack_types": ["sqli", "xss"], "protocol": "rest",
    }  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
    assert str(found["day"]) == "2026-05-20"


def test_rows_have_the_columns_of_the_store() -> None:
    """The schema is the table's, also when there is nothing."""
    assert Inspector(Recipe(SECRET)).rows([]).schema == SCHEMA
    assert Inspector(Recipe(SECRET)).rows(exchanges(seed=1, count=3)).schema == SCHEMA


def test_rows_do_not_depend_on_their_neighbours() -> None:
    """An exchange gives the same row alone, in a batch, and after others (caches change nothing)."""
    items = exchanges(seed=2, count=100)
    inspector = Inspector(Recipe(SECRET))
    together = inspector.rows(items).to_pylist()
    assert [inspector.rows([item]).to_pylist()[0] for item in reversed(items)] == together[::-1]


def test_attack_types_are_codes_each_once() -> None:
    """Several findings of one type are one type, whoever found them, in the order of their codes."""
    said = (Verdict("xss", "1"), Verdict("xss", "2"), Verdict("crlf", "3"))
    found = row(Exchange(method="GET", path="/", query="q=%3Cscript%3Ealert(1)%3C/script%3E", verdicts=said, time=NOON))
    assert found["attack_types"] == ["crlf", "xss"]


SEGMENTS = st.sampled_from(
    ["v1", "v12", "users", "42", "7", "123", "0123", "2026", "123456789012345678901", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "F47AC10B-58CC-4372-A567-0E02B2C3D479",
     "2026-05-29", "a-b-c-d-e", "", "api", "user-2", "3.5", "12.json", "x.css", "graphql", "+49123456", "deadbeefdeadbeef", "{id}", "100%25", "é"]
)  # fmt: skip


@given(st.lists(SEGMENTS, max_size=7).map("/".join), st.sampled_from(["/", "", "//"]))
def test_the_endpoint_of_a_row_is_the_template_of_its_path(path: str, start: str) -> None:
    """What is left out to remember fewer different paths changes no endpoint."""
    found = row(Exchange(method="GET", path=start + path, time=NOON))
    assert found["endpoint"] == endpoints.template(start + path)


def test_a_long_text_is_cut() -> None:
    """Texts are bounded and show that they were cut; an endpoint is never longer than its limit."""
    found = row(
        Exchange(
            method="GET", path="/" + "a" * 20_000, query="q=" + "b" * 20_000, headers=(("user-agent", "c" * 20_000),), time=NOON
        )
    )
    for name in ("path", "query", "user_agent"):
        assert len(str(found[name])) == TEXT_LIMIT + 1
        assert str(found[name]).endswith("…")
    assert len(str(found["endpoint"])) <= 2048


TEXT = st.text(max_size=30)


@given(
    method=TEXT, path=TEXT, query=TEXT, host=TEXT, client_ip=TEXT, user=TEXT, id=TEXT, application=TEXT, fingerprint=TEXT, source=TEXT,
    headers=st.lists(st.tuples(TEXT | st.sampled_from(["cookie", "authorization", "user-agent", "referer", "content-type"]), TEXT), max_size=4),
    response_headers=st.lists(st.tuples(st.sampled_from(["set-cookie", "mcp-session-id", "x"]), TEXT), max_size=2), body=st.binary(max_size=20),
    verdicts=st.lists(st.builds(Verdict, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=2),
)  # fmt: skip
def test_no_text_breaks_a_row(**members: object) -> None:
    """NUL, lone surrogates, emoji, control characters: every exchange is a row."""
    made = {name: tuple(value) if isinstance(value, list) else value for name, value in members.items()}
    exchange = Exchange(time=NOON, **made)  # type: ignore[arg-type]
    assert len(Inspector(Recipe(SECRET)).rows([exchange, exchange])) == 2


@given(st.binary(min_size=16, max_size=16))
def test_a_session_id_is_32_hex_digits_and_back(raw: bytes) -> None:
    """What is shown of a session is what the store compares."""
    assert session_number(session_hex(raw)) == int.from_bytes(raw, "little")


@pytest.mark.parametrize("text", ["", "0" * 31, "0" * 33, "g" * 32, "0" * 30 + "  ", "00 " * 10 + "00"])
def test_what_is_no_session_id_is_refused(text: str) -> None:
    """Only 32 hex digits are an id."""
    with pytest.raises(ValueError):
        session_number(text)


def _planted() -> list[Exchange]:
    headers = [
        ("cookie", f"PHPSESSID={PLANTED}"), ("cookie", f"theme={PLANTED}"), ("authorization", f"Bearer {PLANTED}"), ("x-api-key", PLANTED),
        ("proxy-authorization", f"Basic {PLANTED}"), ("x-session-id", PLANTED), ("x-csrf-token", PLANTED),
        ("referer", f"https://bob:{PLANTED}@x.example/?password={PLANTED}&a=1"),
        ("x-anything", PLANTED),
    ]  # fmt: skip
    items = [Exchange(method="POST", path="/", headers=(header,)) for header in headers]
    items += [
        Exchange(method="POST", path=f"/a;jsessionid={PLANTED}", query=query)
        for query in (f"password={PLANTED}", f"u%5Bpassword%5D={PLANTED}")
    ]
    items += [
        Exchange(
            method="POST",
            path="/",
            response_headers=(("set-cookie", f"sid={PLANTED}; Path=/"),),
            body=f'{{"password":"{PLANTED}"}}'.encode(),
        )
    ]
    found = [Verdict("sqli", "942100", f"Matched Data: {PLANTED} found", point, PLANTED) for point in SECRET_POINTS]
    items += [Exchange(method="POST", path="/", verdicts=(verdict,)) for verdict in found]
    for number, item in enumerate(items):
        item.id, item.time = f"p{number}", NOON + number
    return items


SECRET_POINTS = ("request.header.authorization", "request.cookie.PHPSESSID", "request.body.form.password", "request.query.token")


@pytest.mark.rows("S1.5", "S2.4")
def test_no_planted_secret_is_in_what_is_stored() -> None:
    """Cookies, Authorization, API keys and password-like fields never get into a row (S1.5, S2.4)."""
    for item in _planted():
        assert PLANTED not in str(row(item)), item


def test_no_planted_secret_is_in_the_files_of_the_store(chdb_dsn: str) -> None:
    """The store's folder, searched byte by byte, does not have the secrets; codecs are switched off so that they would show."""
    with Store(chdb_dsn, retention_days=0) as store:
        for column in ("path", "query", "referer", "verdicts", "request_id"):
            store._connections.command(f"ALTER TABLE requests MODIFY COLUMN {column} String CODEC(NONE)")
        save(store, [*_planted(), Exchange(id="VISIBLE-marker", time=NOON, method="GET", path="/")])
    content = b"".join(path.read_bytes() for path in Path(chdb_dsn.removeprefix("chdb://")).rglob("*") if path.is_file())
    assert b"VISIBLE-marker" in content
    assert PLANTED.encode() not in content
