"""Hostile traffic: whatever is sent, every exchange gets its row and its session, in a time that grows with the size alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.contents import BODY_LIMIT
from apitrail.inspect.identity import CACHED_CHARS, Identifier
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange, Header, Verdict
from apitrail.model.parameters import CONTEXT, ROLE, USER, McpServer, Parameter, check
from apitrail.model.request import session_hex
from pointing import FORM, JSON, XML, b64, jwt, multipart, reading
from timing import cost, growth
from traffic import NOON

SECRET = b"k" * 32
PARAMETERS = check(
    [
        Parameter(point="request.body.json.**.token", grouping=True),
        Parameter(point="request.body.xml.**.@id", name="xml", grouping=True),
        Parameter(point="request.body.multipart.token", name="part", grouping=True),
        Parameter(point="request.body.form.token", name="form", grouping=True),
        Parameter(point="request.graphql.*.*.arguments.token", name="argument", grouping=True),
        Parameter(point="request.query.t|base64|json.**.x", name="packed", type=CONTEXT),
        Parameter(point="request.header.X-Token|jwt.roles[*]", type=ROLE),
        Parameter(point="response.header.Set-Cookie.user|url|json.name", name="user", type=USER, hashed=True),
        Parameter(point="request.cookie.state", type=CONTEXT),
        Parameter(point="request.path[*]", name="segments", type=CONTEXT),
    ]
)
SERVERS = (McpServer(server="h/mcp", session="request.body.json.params.arguments.session", user="request.body.json.**.user"),)
INSPECTOR = Inspector(Recipe(SECRET, PARAMETERS, SERVERS))


def ask(document: str) -> bytes:
    """The body of a GraphQL request."""
    return json.dumps({"query": document}).encode()


def exchange(
    body: bytes = b"", headers: tuple[Header, ...] = (), *, path: str = "/", query: str = "", answer: tuple[Header, ...] = ()
) -> Exchange:
    """A request of one client."""
    return Exchange(
        time=NOON, method="POST", host="h", path=path, query=query, client_ip="203.0.113.7", headers=headers, body=body,
        response_headers=answer, response_body=body,
    )  # fmt: skip


def header(name: str, value: str) -> Exchange:
    """A request with one header."""
    return exchange(headers=((name, value),))


def parts(number: int) -> Exchange:
    """A multipart body of so many parts."""
    return exchange(*multipart(*((f"f{at}", b"x") for at in range(number))))


BOUNDARY = (("content-type", "multipart/form-data; boundary=XX"),)

ATTACKS: dict[str, Callable[[int], Exchange]] = {
    "json nested": lambda n: exchange(b"[" * n + b"]" * n, JSON),
    "json objects nested": lambda n: exchange(b'{"a":' * (n // 5) + b"1" + b"}" * (n // 5), JSON),
    "json the same name": lambda n: exchange(b"{" + b",".join([b'"x":"y"'] * (n // 8)) + b"}", JSON),
    "json wide": lambda n: exchange(b'{"token":' + b"[" + b",".join([b"[]"] * (n // 3)) + b"]}", JSON),
    "json escapes": lambda n: exchange(b'{"token":"' + b"\\u0041" * (n // 6) + b'"}', JSON),
    "json digits": lambda n: exchange(b'{"token":' + b"9" * n + b"}", JSON),
    "json nuls": lambda n: exchange(b"\0" * n, JSON),
    "json utf-16": lambda n: exchange(("[" + '{"token":[]},' * (n // 30) + "{}]").encode("utf-16"), JSON),
    "xml nested": lambda n: exchange(b"<a>" * (n // 7) + b"</a>" * (n // 7), XML),
    "xml wide": lambda n: exchange(b"<a>" + b"<b/>" * (n // 4) + b"</a>", XML),
    "xml attributes": lambda n: exchange(b"<a " + b" ".join(b'x%d=""' % at for at in range(n // 10)) + b"/>", XML),
    "xml namespaces": lambda n: exchange(b"<a " + b" ".join(b'xmlns:x%d="u"' % at for at in range(n // 16)) + b"/>", XML),
    "xml entities": lambda n: exchange(b'<!DOCTYPE a [<!ENTITY x "' + b"y" * n + b'">]><a>&x;&x;</a>', XML),
    "xml comments": lambda n: exchange(b"<a>" + b"<!---->" * (n // 7) + b"</a>", XML),
    "xml cut off": lambda n: exchange(b"<a b='" + b"x" * n, XML),
    "graphql nested": lambda n: exchange(ask("{a" * (n // 4) + "}" * (n // 4)), JSON),
    "graphql wide": lambda n: exchange(ask("{" + "a(token:1) " * (n // 11) + "}"), JSON),
    "graphql circles": lambda n: exchange(ask("{...F0}" + "".join(f"fragment F{k} on Q{{...F{k} ...F{k + 1}}}" for k in range(n // 35))), JSON),
    "graphql strings": lambda n: exchange(ask('{a(token:"""' + '\\""" ' * (n // 6) + '""")}'), JSON),
    "graphql batch": lambda n: exchange(json.dumps([{"query": "{a(token:1)}"}] * (n // 30)).encode(), JSON),
    "graphql get": lambda n: exchange(query=urlencode({"query": "{" + "a " * (n // 4) + "}"})),
    "multipart parts": lambda n: parts(n // 80),
    "multipart header": lambda n: exchange(*multipart(("n" * n, b"x"))),
    "multipart disposition": lambda n: exchange(*multipart(('";' * (n // 2), b"x"))),
    "multipart almost boundaries": lambda n: exchange(*multipart(("token", b"\r\n--X" * (n // 5)))),
    "multipart line ends": lambda n: exchange(*multipart(("token", b"\r\n" * (n // 2)))),
    "multipart before": lambda n: exchange(b"\r\n-" * (n // 3), BOUNDARY),
    "multipart after": lambda n: exchange(multipart(("token", b""))[0] + b"\r" * n, BOUNDARY),
    "multipart headers": lambda n: exchange(b"--XX\r\n" + b"a: b\r\n" * (n // 6), BOUNDARY),
    "multipart type": lambda n: exchange(b"--XX\r\n", (("content-type", "multipart/form-data; " + 'a="\\";' * (n // 6)),)),
    "form fields": lambda n: exchange(b"&".join([b"a=1"] * (n // 4)), FORM),
    "form escapes": lambda n: exchange(b"token=" + b"%41" * (n // 3), FORM),
    "form ampersands": lambda n: exchange(b"&" * n, FORM),
    "charset": lambda n: exchange(b"{}", (("content-type", "application/json; " + "charset = " * (n // 10)),)),
    "jwt dots": lambda n: header("x-token", "ey" + "." * n),
    "jwt long": lambda n: header("authorization", f"Bearer {b64('{}')}.{'A' * n}.x"),
    "jwt deep": lambda n: header("x-token", f"{b64('{}')}.{b64('[' * n)}.x"),
    "jwt starts": lambda n: header("x-token", "eyJ" * (n // 3)),
    "cookies": lambda n: header("cookie", "; ".join(f"c{at}=x" for at in range(n // 10))),
    "cookie semicolons": lambda n: header("cookie", ";" * n),
    "cookie name": lambda n: header("cookie", "sess_" + "x" * n + "=value"),
    "cookie jwts": lambda n: header("cookie", "state=" + "eyJ" * (n // 3)),
    "bearer": lambda n: header("authorization", "Bearer " * (n // 7)),
    "basic": lambda n: header("authorization", "Basic " + "A" * n),
    "user agent": lambda n: header("user-agent", "eyJ." * (n // 8) + "Mozilla/5.0 (" * (n // 26)),
    "referer": lambda n: header("referer", "https://a//" + "@" * (n // 3) + "?" + "a=?" * (n // 6)),
    "many headers": lambda n: exchange(headers=tuple((f"x-user-{at}", "v") for at in range(n // 15))),
    "many set-cookies": lambda n: exchange(answer=tuple(("set-cookie", f"sid{at}=x; Max-Age=0") for at in range(n // 25))),
    "set-cookie": lambda n: exchange(answer=(("set-cookie", "sid=" + "; expires=" * (n // 10)),)),
    "path segments": lambda n: exchange(path="/a" * (n // 2)),
    "path pairs": lambda n: exchange(path="/" + ";a=" * (n // 3) + "token%3D" * (n // 24)),
    "path tokens": lambda n: exchange(path="/" + "eyJ." * (n // 4)),
    "query urls": lambda n: exchange(query="a=" + "?b=" * (n // 3) + "token"),
    "query encoded": lambda n: exchange(query="token_=" + quote("a=b?" * (n // 12))),
    "query no values": lambda n: exchange(query="token" * (n // 5)),
    "query users": lambda n: exchange(query="u=" + "%2F%2F%40" * (n // 9)),
    "query base64": lambda n: exchange(query="t=" + b64("[" * (n // 2))),
}  # fmt: skip


def one_row(given: tuple[Inspector, Exchange]) -> None:
    """Make the row of an exchange."""
    inspector, made = given
    assert len(inspector.rows([made])) == 1


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_work_grows_with_the_size_alone(attack: str) -> None:
    """Ten times the bytes take about ten times the time, far from a hundred times, and a megabyte takes less than two seconds."""

    def given(size: int) -> tuple[Inspector, Exchange]:
        return Inspector(Recipe(SECRET, PARAMETERS, SERVERS), INSPECTOR._places.__getitem__), ATTACKS[attack](size)

    assert cost(one_row, setup=lambda: given(1_000_000), below=2) < 2
    assert growth(one_row, lambda: given(100_000), lambda: given(1_000_000), below=40) < 40


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("size", [300, 1_100_000])
def test_every_attack_gets_a_row_and_a_session(attack: str, size: int) -> None:
    """Small enough to be read whole, or too large to be looked into: one row, one session that any worker finds again."""
    made = ATTACKS[attack](size)
    (row,) = INSPECTOR.rows([made]).to_pylist()
    other = Inspector(Recipe(SECRET, PARAMETERS, SERVERS), INSPECTOR._places.__getitem__)
    assert session_hex(other.rows([made]).to_pylist()[0]["session_id"]) == session_hex(row["session_id"])
    content = row.pop("content")
    assert len(str(row)) < 100_000
    assert len(content) < 6 * 2 * BODY_LIMIT + 100_000


@pytest.mark.rows("S1.2")
@pytest.mark.parametrize("attack", [name for name in ATTACKS if name.startswith(("multipart ", "xml ", "jwt ", "charset"))])
def test_where_nothing_can_be_read_the_session_is_the_usual_one(attack: str) -> None:
    """A body or token that cannot be read leaves the session to the next key, down to client IP and user agent (S1.2)."""
    made = ATTACKS[attack](1_100_000)
    found = Identifier(SECRET, PARAMETERS).say(reading(made)).identity
    usual = Identifier(SECRET).say(reading(made)).identity
    assert found == usual or attack == "jwt long"


def test_what_is_remembered_is_bounded() -> None:
    """Long values are worked out each time; a thousand of them leave nothing behind."""
    identifier = Identifier(SECRET, PARAMETERS)
    for number in range(1000):
        long = f"{number}" + "x" * 100_000
        made = [
            header("authorization", f"Bearer {long}"),
            header("user-agent", long),
            header("cookie", f"state={long}; sess_{long}=x"),
        ]
        for one in made:
            identifier.say(reading(one))
    kept = [*identifier._values, *identifier._clients, *identifier.hashes.context]
    assert sum(len(str(one)) for one in kept) < 100 * CACHED_CHARS


TOKENS = (
    "",
    "x",
    "tok",
    jwt(roles=["a"]),
    "eyJ.eyJ.x",
    b64('{"x":1}'),
    "Bearer t",
    "a=b",
    "{",
    "\ud800",
    "\0",
    "é",
    "%ff",
    '"',
    "<a id='1'/>",
)
TEXT = st.sampled_from(TOKENS) | st.text(max_size=20)
NAMES = st.sampled_from(
    ("content-type", "cookie", "authorization", "x-token", "x-api-key", "user-agent", "mcp-session-id", "accept", "referer")
)
VALUES = TEXT | st.sampled_from(("application/json", "text/xml", "multipart/form-data; boundary=XX", "application/graphql", FORM[0][1], "state=1; sid=abcd",
                                 f"Bearer {TOKENS[3]}", "Basic YTpi", "application/json; charset=utf-16"))  # fmt: skip
BODIES = (
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | TEXT.filter(lambda text: "\ud800" not in text), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("token", "query", "variables", "jsonrpc", "method", "params", "arguments", "user", "operationName")), inner, max_size=4),
        max_leaves=10).map(lambda value: json.dumps(value).encode())
    | st.sampled_from((b"<a id='7'/>", b"<a", multipart(("token", b"t"))[0], b"--XX\r\n", b"token=t&a", ask("{a(token:1)}"), ask("{...F} fragment F on A{...F}"),
                       '{"token":"é"}'.encode("utf-16"), b'{"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"session":1}}}'))
)  # fmt: skip
EXCHANGES = st.builds(
    Exchange,
    time=st.just(NOON),
    method=st.sampled_from(("GET", "POST", "")) | TEXT,
    path=st.sampled_from(("/", "", "/mcp", f"/{TOKENS[3]}/x")) | TEXT,
    query=TEXT
    | st.dictionaries(st.sampled_from(("t", "token", "query", "variables")), st.sampled_from(TOKENS[:9])).map(urlencode),
    host=st.sampled_from(("h", "")) | TEXT,
    client_ip=TEXT,
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=5).map(tuple),
    body=BODIES,
    response_headers=st.lists(
        st.tuples(st.sampled_from(("set-cookie", "mcp-session-id", "content-type")), VALUES), max_size=2
    ).map(tuple),
    response_body=BODIES,
    fingerprint=TEXT,
    user=TEXT,
    verdicts=st.lists(st.builds(Verdict, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=1).map(tuple),
)


@given(st.lists(EXCHANGES, min_size=1, max_size=3))
def test_any_exchange_is_a_row_under_ten_parameters(items: list[Exchange]) -> None:
    """Whatever the parts of an exchange are, it gets a row and a session of 16 bytes, the same alone and among others."""
    rows = INSPECTOR.rows(items).to_pylist()
    assert [len(row["session_id"]) for row in rows] == [16] * len(items)
    assert [INSPECTOR.rows([item]).to_pylist()[0] for item in items] == rows
