"""What parameters would make of traffic: of a pasted exchange, of the last ones in memory, of the last ones stored (S1.8)."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.configure.session_parameters import keep
from apitrail.errors import BadQuestion
from apitrail.explore.preview import TRIED_LIMIT, Preview, Trial, preview
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange
from apitrail.model.parameters import Parameter, check
from apitrail.model.request import session_hex
from apitrail.sources import pasted
from apitrail.store import Store
from traffic import NOON, SECOND, exchanges

pytestmark = pytest.mark.rows("S1.8")

KEY = b"k" * 32
SECRET = "raw-secret-of-a-client-1"
USER = Parameter(point="request.header.X-User-Id", name="user", type="user", grouping=True)
SID = Parameter(point="request.cookie.sid", name="sid")
HASHED = Parameter(point="request.body.json.user.email", name="email", hashed=True)
ROLES = Parameter(point="request.body.json.user.roles[*]", name="roles", type="role")
TOKEN = Parameter(point="request.query.token", name="token", grouping=True)
RAW = f"""POST /v1/orders?token={SECRET} HTTP/1.1
Host: api.example
X-User-Id: bob
Cookie: a=1; sid={SECRET}
Content-Type: application/json

{{"user": {{"email": "bob@shop.example", "roles": ["admin", "buyer"]}}}}

HTTP/1.1 201 Created
Content-Type: application/json
Set-Cookie: fresh={SECRET}; Path=/

{{"order": {{"id": 7}}}}
"""


def recipe(*parameters: Parameter) -> Recipe:
    """A recipe with parameters."""
    return Recipe(KEY, check(parameters))


def of_pasted(store: Store, text: str, *parameters: Parameter) -> Trial:
    """What parameters make of a pasted text."""
    found = preview(store, recipe(*parameters), exchange=text)
    assert found.source == "pasted"
    (trial,) = found.items
    return trial


def told(found: Preview | Trial) -> str:
    """Everything that a preview says, as text."""
    return json.dumps(msgspec.to_builtins(found))


def test_a_pasted_request_with_its_response(chdb_store: Store) -> None:
    """Of raw HTTP every part is read; the values are told as they would be kept, and no secret is."""
    more = (
        USER, SID, HASHED, ROLES, TOKEN,
        Parameter(point="response.body.json.order.id", name="order"), Parameter(point="response.header.Set-Cookie.fresh", name="fresh"),
        Parameter(point="request.header.X-Nothing", name="nothing"),
    )  # fmt: skip
    trial = of_pasted(chdb_store, RAW, *more)
    assert (trial.method, trial.host, trial.path, trial.query, trial.status) == (
        "POST",
        "api.example",
        "/v1/orders",
        "token=***",
        201,
    )
    assert (trial.session_key, trial.session_value, trial.own, trial.user, trial.roles) == (
        USER.point, "bob", True, "bob", ["admin", "buyer"]
    )  # fmt: skip
    values = {value.name: (value.kept, value.state, value.values) for value in trial.values}
    assert values["user"] == ("plain", "found", ["bob"])
    assert values["roles"] == ("plain", "found", ["admin", "buyer"])
    assert values["order"] == ("plain", "found", ["7"])
    assert values["nothing"] == ("plain", "absent", [])
    assert values["sid"][:2] == values["token"][:2] == values["fresh"][:2] == ("masked", "found")
    kept, state, (digest,) = values["email"]
    assert (kept, state, len(digest)) == ("hashed", "found", 32)
    assert SECRET not in told(trial)
    assert "bob@" not in told(trial)


@pytest.mark.parametrize(
    ("parameters", "key", "own"),
    [
        ((), "request.cookie.sid", False), ((TOKEN,), TOKEN.point, True), ((USER, TOKEN), USER.point, True), ((TOKEN, USER), TOKEN.point, True),
        ((HASHED,), "request.cookie.sid", False), ((Parameter(point="request.header.X-Nothing", grouping=True),), "request.cookie.sid", False),
    ],
)  # fmt: skip
def test_which_key_matches(chdb_store: Store, parameters: Sequence[Parameter], key: str, own: bool) -> None:
    """The first grouping key that finds a value matches, in the order of the list; then the built-in ones."""
    trial = of_pasted(chdb_store, RAW, *parameters)
    assert (trial.session_key, trial.own) == (key, own)


def test_the_fallback(chdb_store: Store) -> None:
    """An exchange that has nothing else is told by its client."""
    assert of_pasted(chdb_store, "GET / HTTP/1.1\nUser-Agent: curl\n").session_key == "client.ip+user_agent"
    assert of_pasted(chdb_store, "GET /").session_key == "client.ip"


def test_a_preview_agrees_with_what_is_stored(chdb_store: Store) -> None:
    """Session, key, value, user, roles and context are those that the exchange has when it is stored under the same parameters."""
    parameters = check([USER, SID, HASHED, ROLES])
    exchange = pasted.read(RAW)
    (row,) = Inspector(Recipe(KEY, parameters)).rows([exchange]).to_pylist()
    trial = of_pasted(chdb_store, RAW, *parameters)
    assert (trial.session_id, trial.session_key, trial.session_value, trial.user, trial.roles) == (
        session_hex(row["session_id"]), row["session_key"], row["session_value"], row["user"], row["roles"]
    )  # fmt: skip
    assert [(value.name, ", ".join(value.values)) for value in trial.values] == list(row["context"])


RECORD = {
    "method": "POST", "url": f"https://api.example/v1/orders?token={SECRET}", "status": 201, "body": '{"user":{"roles":["admin"]}}',
    "headers": {"X-User-Id": "bob", "Content-Type": "application/json"},
}  # fmt: skip
ENTRY = {
    "request": {
        "method": "POST", "url": f"https://api.example/v1/orders?token={SECRET}",
        "headers": [{"name": "X-User-Id", "value": "bob"}], "postData": {"mimeType": "application/json", "text": '{"user":{"roles":["admin"]}}'},
    },
    "response": {"status": 201, "headers": [], "content": {}},
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [json.dumps(RECORD), json.dumps(RECORD, indent=2), f"\n{json.dumps(RECORD)}\n", json.dumps(ENTRY), json.dumps({"log": {"entries": [ENTRY]}}),
     RAW, RAW.replace("\n", "\r\n"), f"\n\n{RAW}"],
    ids=["record", "record on lines", "record between empty lines", "har entry", "har of one entry", "http", "http with cr", "http after empty lines"],
)  # fmt: skip
def test_every_form_of_a_pasted_exchange(chdb_store: Store, text: str) -> None:
    """A record, an entry of a HAR, and raw HTTP say the same."""
    trial = of_pasted(chdb_store, text, USER, ROLES)
    assert (trial.method, trial.host, trial.path, trial.status, trial.user, trial.roles[0]) == (
        "POST", "api.example", "/v1/orders", 201, "bob", "admin"
    )  # fmt: skip


def test_a_multipart_body_is_read_whatever_the_browser_made_of_its_line_ends(chdb_store: Store) -> None:
    """Fields of multipart are found in a pasted text with plain line ends."""
    text = (
        "POST /u HTTP/1.1\nContent-Type: multipart/form-data; boundary=b\n\n"
        '--b\nContent-Disposition: form-data; name="email"\n\nbob@shop.example\n--b--\n'
    )
    trial = of_pasted(chdb_store, text, Parameter(point="request.body.multipart.email", name="who"))
    assert trial.values[0].values == ["bob@shop.example"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("   \n", "line 1: nothing is there"), ("hello", "line 1: paste one exchange"), ("\n\nhello world", "line 3: paste one exchange"),
        ("GET / HTTP/1.1\nHost: a\nnot a header\n", "line 3: here should be a header"), ('{"method":"GET",\n"url":}', "line 2: not JSON"),
        ('{"method":"GET"}', "line 1: not a record"), ('{"method":7,"url":"/"}', "line 1: method"), ("[1]", "line 1: a list is no exchange"),
        ('{"request":{"method":"GET"}}', "line 1: an entry without request method and url"), ('{"log":{"entries":[1,2]}}', "a HAR of 2 entries"),
        ("GET / HTTP/1.1\n\nbody\n\nHTTP/1.1 200 OK\nbad header\n", "line 6: here should be a header"), ("[" * 5000, "line 1: not JSON"),
        ("x" * ((1 << 20) + 1), "at most 1 MB"),
    ],
)  # fmt: skip
def test_what_is_no_exchange_is_refused_with_its_line(text: str, words: str) -> None:
    """A text that is no exchange is a bad question that names the line and says what was expected."""
    with pytest.raises(BadQuestion) as caught:
        pasted.read(text)
    assert words in caught.value.message


@given(st.one_of(st.text(), st.text('GET /HTP1.\n: {}[]"\r\t a').map(lambda text: f"GET / HTTP/1.1\n{text}")))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text ends in anything but an exchange or a bad question."""
    try:
        assert pasted.read(text).method
    except BadQuestion as error:
        assert "line" in error.message  # noqa: PT017 - most texts are refused


def test_recent_traffic(chdb_store: Store) -> None:
    """Of the exchanges in memory the last ones are tried, newest first, and counted by key, parameter and session."""
    recent = [
        Exchange(
            method="GET", path=f"/{number}", headers=(("x-user-id", f"u{number % 3}"),) * (number % 2), client_ip="203.0.113.7"
        )
        for number in range(20)
    ]
    found = preview(chdb_store, recipe(USER), recent=recent, limit=10)
    assert (found.source, [trial.path for trial in found.items]) == ("recent", [f"/{number}" for number in range(19, 9, -1)])
    assert (found.keys, found.found, found.sessions) == ({USER.point: 5, "client.ip": 5}, {"user": 5}, 4)


@pytest.mark.parametrize("limit", [0, -1, TRIED_LIMIT + 1])
def test_limits(chdb_store: Store, limit: int) -> None:
    """Fewer than one, or more than 200, are refused."""
    with pytest.raises(BadQuestion, match="limit is from 1 to 200"):
        preview(chdb_store, recipe(), limit=limit)


def stored(
    store: Store, *made: Exchange, parameters: Sequence[Parameter] = (), observed: Sequence[tuple[str, int]] = ()
) -> Recipe:
    """Store exchanges, the newest last, under some parameters, as if these points had been observed in them; the recipe."""
    keep(store, parameters, "test")
    used = Recipe(store.identity_secret(), check(parameters))
    for number, exchange in enumerate(made):
        exchange.time, exchange.id = NOON + number * SECOND, f"r{number}"
    rows = Inspector(used).rows(made)
    if observed:
        at = rows.schema.get_field_index("observed")
        rows = rows.set_column(at, rows.schema.field(at), pa.array([list(observed)] * len(made), rows.schema.field(at).type))
    store.write(rows)
    return used


def plain(**more: Any) -> Exchange:
    """An exchange with a cookie of its session."""
    headers = (("host", "api.example"), ("user-agent", "curl"), ("cookie", f"sid={SECRET}"), *more.pop("headers", ()))
    members = {"method": "GET", "path": "/v1/items/7", "host": "api.example", "client_ip": "203.0.113.7", "headers": headers}
    return Exchange(**{**members, **more})


def test_stored_traffic(store: Store) -> None:
    """Without traffic in memory the last stored requests are tried, newest first; what is not stored is not made up."""
    used = stored(store, *(plain(path=f"/{number}", query="page=2") for number in range(5)))
    page = Parameter(point="request.query.page", name="page", type="context")
    found = preview(store, used._replace(parameters=check([page])), limit=3)
    assert (found.source, [trial.path for trial in found.items], found.found) == ("stored", ["/4", "/3", "/2"], {"page": 3})
    assert {(trial.session_key, trial.own, trial.session_value) for trial in found.items} == {
        ("request.cookie.sid", False, "raw-…")
    }
    (session,) = {trial.session_id for trial in found.items}
    kept = store.rows("SELECT session_id FROM requests LIMIT 1")
    assert session == session_hex(kept[0]["session_id"])


def test_a_stored_request_under_a_new_key(store: Store) -> None:
    """A grouping key that can be read from what is stored gives the session it will give to new traffic."""
    used = stored(store, plain())
    segment = Parameter(point="request.path[2]", name="item", grouping=True)
    new = used._replace(parameters=check([segment]))
    (trial,) = preview(store, new).items
    fresh = preview(store, new, recent=[plain()]).items[0]
    assert (trial.session_key, trial.session_id, trial.own) == (segment.point, fresh.session_id, True)


def test_what_was_there_but_is_not_stored(store: Store) -> None:
    """A parameter whose point was observed, or masked, is there without its value; as a grouping key its session is not known."""
    used = stored(
        store, plain(query=f"token={SECRET}"), observed=[("request.header.x-user-id", 7), ("request.body.json.user.roles[*]", 9)]
    )
    (trial,) = preview(store, used._replace(parameters=check([USER, ROLES, TOKEN, HASHED]))).items
    assert [(value.name, value.state, value.values) for value in trial.values] == [
        ("user", "not stored", []), ("roles", "not stored", []), ("token", "not stored", []), ("email", "absent", [])
    ]  # fmt: skip
    assert (trial.session_key, trial.session_id, trial.session_value, trial.user, trial.roles) == (USER.point, "", "", "", [])
    assert SECRET not in told(trial)


def test_a_key_that_had_matched_is_known(store: Store) -> None:
    """When the own key that matches now had matched before, the stored session is its session."""
    used = stored(store, plain(headers=(("x-user-id", "bob"),)), parameters=[USER], observed=[("request.header.X-User-Id", 7)])
    (trial,) = preview(store, used).items
    assert (trial.session_key, trial.session_value, trial.own) == (USER.point, "bob", True)
    assert trial.session_id == session_hex(store.rows("SELECT session_id FROM requests")[0]["session_id"])
    (without,) = preview(store, used._replace(parameters=())).items
    assert (without.session_key, without.session_id, without.session_value) == ("", "", "")


def test_what_was_kept_is_shown(store: Store) -> None:
    """What a parameter in force has kept of a stored request is shown as it was kept; of a changed one only that something was there."""
    body = b'{"user":{"roles":["admin","buyer"],"email":"bob@shop.example"}}'
    made = plain(method="POST", body=body, headers=(("x-user-id", "bob"), ("content-type", "application/json")))
    used = stored(store, made, parameters=[USER, ROLES, HASHED], observed=[("request.header.X-User-Id", 7)])
    (fresh,) = preview(store, used, recent=[made]).items
    (trial,) = preview(store, used).items
    assert (trial.values, trial.user, trial.roles) == (fresh.values, "bob", ["admin", "buyer"])
    assert (trial.session_id, trial.session_key, trial.session_value) == (fresh.session_id, USER.point, "bob")
    changed = msgspec.structs.replace(USER, hashed=True)
    (trial,) = preview(store, used._replace(parameters=(changed,))).items
    assert (trial.values[0].state, trial.values[0].values, trial.user) == ("not stored", [], "")


def test_a_jwt_that_was_observed(chdb_store: Store) -> None:
    """Points with decoders are compared as they are, header names in any case."""
    token = f"e30.{base64.urlsafe_b64encode(json.dumps({'sub': 'bob'}).encode()).decode().rstrip('=')}.x"
    stored(
        chdb_store,
        plain(headers=(("authorization", f"Bearer {token}"),)),
        observed=[("request.header.authorization|bearer|jwt.sub", 1)],
    )
    sub = Parameter(point="request.header.Authorization|bearer|jwt.sub", name="sub", type="user")
    (trial,) = preview(chdb_store, recipe(sub)).items
    assert trial.values[0].state == "not stored"


def test_any_traffic_can_be_tried(chdb_store: Store) -> None:
    """Odd traffic is tried as the plain one is, in memory and stored."""
    made = exchanges(seed=5, count=150)
    many = (USER, SID, HASHED, ROLES, TOKEN, Parameter(point="request.query", name="all"), Parameter(point="client.ip"))
    assert len(preview(chdb_store, recipe(*many), recent=made, limit=200).items) == 150
    chdb_store.write(Inspector(recipe()).rows(made))
    assert len(preview(chdb_store, recipe(*many), limit=200).items) == 150
