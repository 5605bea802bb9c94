"""Every kind of place of an exchange gives the values that stand there (S1.3)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.points.structures import BODY_LIMIT
from apitrail.inspect.points.walking import VALUES_LIMIT
from apitrail.model.exchange import Exchange, Header
from apitrail.model.point import Point
from pointing import FORM, JSON, XML, b64, found, jwt, multipart, reading

pytestmark = pytest.mark.rows("S1.3")

TOKEN = jwt(sub="u1", sid="s1", admin=True, roles=["a", "b"], realm={"roles": ["c"]}, exp=1_780_000_000)


@pytest.mark.parametrize(
    ("point", "values"),
    [
        ("request.method", ["POST"]),
        ("request.host", ["api.example"]),
        ("request.path", ["/v1/users/%C3%BC/"]),
        ("request.path[0]", ["v1"]),
        ("request.path[2]", ["ü"]),
        ("request.path[3]", []),
        ("request.path[99]", []),
        ("request.path[*]", ["v1", "users", "ü"]),
        ("request.query", ["id=7&id=8&a%20b=%C3%BC+x&empty=&flag"]),
        ("request.query.id", ["7", "8"]),
        ('request.query."a b"', ["ü x"]),
        ("request.query.empty", []),
        ("request.query.flag", []),
        ("request.query.none", []),
        ("request.header.x-user-id", ["42"]),
        ("request.header.X-USER-ID", ["42"]),
        ("request.header.none", []),
        ("request.cookie.sid", ["s1"]),
        ("request.cookie.quoted", ["a b"]),
        ("request.cookie.SID", []),
        ("request.cookie.empty", []),
        ("client.ip", ["203.0.113.7"]),
        ("client.fingerprint", ["t13d"]),
        ("client.ip+user_agent", ["203.0.113.7 curl/8"]),
        ("response.header.x-trace", ["t1", "t2"]),
        ("response.header.set-cookie", ["sid=new; Path=/; HttpOnly", 'theme="dark"', "gone="]),
        ("response.header.Set-Cookie.sid", ["new"]),
        ("response.header.Set-Cookie.theme", ["dark"]),
        ("response.header.Set-Cookie.Path", []),
        ("response.header.Set-Cookie.gone", []),
        ("response.body.json.token", ["tok"]),
        ("response.body", ['{"token":"tok"}']),
        ("request.body", ["x=1"]),
    ],
)
def test_places_of_an_exchange(point: str, values: list[str]) -> None:
    """Names, parameters, cookies, segments and whole parts: what stands there, in order; what is empty is nothing."""
    assert (
        found(
            point,
            "x=1",
            headers=(
                ("x-user-id", "42"),
                ("x-user-id", "43"),
                ("cookie", 'sid=s1; theme; quoted="a b"; empty='),
                ("user-agent", "curl/8"),
            ),
            path="/v1/users/%C3%BC/",
            query="id=7&id=8&a%20b=%C3%BC+x&empty=&flag",
            host="api.example",
            client_ip="203.0.113.7",
            fingerprint="t13d",
            answer='{"token":"tok"}',
            answer_headers=(
                ("x-trace", "t1"),
                ("x-trace", "t2"),
                ("set-cookie", "sid=new; Path=/; HttpOnly"),
                ("set-cookie", 'theme="dark"'),
                ("set-cookie", "gone="),
            ),
        )
        == values
    )


@pytest.mark.parametrize("point", ["request.method", "request.body", "response.body", "client.ip", "client.fingerprint", "request.path[0]",
    "request.query.a", "request.cookie.a", "request.body.json.a", "request.body.xml.a", "request.body.form.a", "request.body.multipart.a",
    "request.graphql.operation", "request.graphql.query.a.arguments.b", "response.header.a", "response.header.Set-Cookie.a"])  # fmt: skip
def test_nothing_stands_in_an_empty_exchange(point: str) -> None:
    """A source that says nothing of a place gives no value there."""
    assert found(point, method="") == []


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("email=a%40b&email=c+d", ["a@b", "c d"]),
        ("email=", []),
        ("other=1", []),
        ('{"email":"x"}', []),
        ("<email>x</email>", []),
        ("e%6Dail=x", ["x"]),
        ("&&=&email=x&=", ["x"]),
        ("email=" + "x" * BODY_LIMIT, []),
    ],
)
def test_form_fields(body: str, values: list[str]) -> None:
    """The fields of an urlencoded body by name; a body that is something else, or too large, has none."""
    assert found("request.body.form.email", body, headers=FORM) == values


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "Application/JSON; charset=utf-8"])
def test_a_body_of_another_kind_is_no_form(kind: str) -> None:
    """The content type decides, in any case of its letters; without one, a body that looks like a form is one."""
    assert found("request.body.form.a", "a=1", headers=(("content-type", kind),)) == []
    assert found("request.body.form.a", "a=1") == ["1"]


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("iso-8859-1", "name=é".encode("latin-1")),
        ("iso-8859-1", b"name=%E9"),
        ("utf-8", b"name=%C3%A9"),
        ("unknown-9", b"name=%C3%A9"),
        ("utf-16", "name=é".encode("utf-16")),
    ],
)
def test_a_form_is_read_in_the_character_set_it_names(charset: str, body: bytes) -> None:
    """Bytes and escapes alike; a name that is unknown means UTF-8."""
    assert found("request.body.form.name", body, headers=(("content-type", f"text/plain; charset={charset}"),)) == ["é"]


def test_multipart_fields_and_the_beginning_of_files() -> None:
    """Fields by their names, repeated ones in order; a file gives its beginning."""
    body, headers = multipart(
        ("email", b"a@b"), ("n\xc3\xa9", b"1"), ("up;photo.png", b"\x89PNG" + b"x" * 20_000), ("email", b"c")
    )
    assert found("request.body.multipart.email", body, headers=headers) == ["a@b", "c"]
    (file,) = found("request.body.multipart.up", body, headers=headers)
    assert file.startswith("\ufffdPNGxxx")
    assert len(file) == 8192


SOAP = """<?xml version="1.0"?><s:Envelope xmlns:s="urn:soap"><s:Body><Login s:user="bob" user2="eve"><Item id="1"> a </Item><Item id="2">b</Item>
<Empty/></Login></s:Body></s:Envelope>"""


@pytest.mark.parametrize(
    ("point", "values"),
    [
        ("Envelope.Body.Login.@user", ["bob"]),
        ("Envelope.Body.Login.@user2", ["eve"]),
        ("Envelope.Body.Login.Item", ["a", "b"]),
        ("Envelope.Body.Login.Item[1]", ["b"]),
        ("Envelope.Body.Login.Item[1].@id", ["2"]),
        ("Envelope.Body.Login.Item[9]", []),
        ("Envelope.Body.Login.Item[*].@id", ["1", "2"]),
        ("Envelope.*.*.Item", ["a", "b"]),
        ("**.Item", ["a", "b"]),
        ("**.Envelope.Body.Login.@user", ["bob"]),
        ("**.@id", ["1", "2"]),
        ("Envelope.**.@user2", ["eve"]),
        ("Envelope.**", ["a", "b"]),
        ("Envelope.Body.Login.Empty", []),
        ("Envelope.Body.Login", []),
        ("Body.Login.@user", []),
        ("Envelope.@user.Login", []),
    ],
)
def test_xml_elements_and_attributes(point: str, values: list[str]) -> None:
    """The first step is the root; namespaces do not count; repeated elements all count; white space around a text does not."""
    assert found(f"request.body.xml.{point}", SOAP, headers=XML) == values
    assert found(f"response.body.xml.{point}", answer=SOAP) == values


USER = '{"user":{"id":7}}'


@pytest.mark.parametrize(
    ("point", "values"),
    [
        ("request.header.Authorization|bearer", [TOKEN]),
        ("request.header.Authorization|bearer|jwt.sub", ["u1"]),
        ("request.header.Authorization|bearer|jwt.roles", ["a", "b"]),
        ("request.header.Authorization|bearer|jwt.roles[1]", ["b"]),
        ("request.header.Authorization|bearer|jwt.realm.roles[*]", ["c"]),
        ("request.header.Authorization|bearer|jwt.exp", ["1780000000"]),
        ("request.header.Authorization|bearer|jwt.admin", ["true"]),
        ("request.header.Authorization|bearer|jwt.none", []),
        ("request.header.Authorization|bearer|jwt_header.kid", ["k7"]),
        ("request.header.Authorization|apikey", []),
        ("request.header.Authorization|basic.user", []),
        ("request.header.Authorization|jwt.sub", []),
        ("request.path[1]|jwt.sub", ["u1"]),
        ("request.query.t|jwt.sid", ["s1"]),
        ("request.cookie.c|base64|json.user.id", ["7"]),
        ("request.cookie.u|url|json.user", ["ü"]),
        ("request.cookie.u|json.user", ["ü"]),
        ("request.query|form.t|jwt.sub", ["u1"]),
        ("request.header.X-Basic|basic.user", ["bob"]),
        ("request.header.X-Basic|basic.password", ["p:w"]),
        ("request.header.X-Key|apikey", ["k1"]),
    ],
)
def test_decoders_read_on_inside_a_value(point: str, values: list[str]) -> None:
    """Bearer, basic, API key, JWT, base64, URL escapes, JSON and forms inside a value, one behind the other."""
    headers: tuple[Header, ...] = (
        ("authorization", f"Bearer {TOKEN}"),
        ("cookie", f"c={b64(USER)}; u=%7B%22user%22%3A%22%C3%BC%22%7D"),
        ("x-basic", f"Basic {b64('bob:p:w', padded=True)}"),
        ("x-key", "ApiKey k1"),
    )
    assert found(point, headers=headers, path=f"/verify/{TOKEN}", query=f"a=1&t={TOKEN}") == values


def test_a_point_gives_a_bounded_number_of_values() -> None:
    """However often a name stands there, so many values count."""
    many = "&".join(["a=1"] * 500)
    answers = tuple(("x-a", str(number)) for number in range(500))
    assert len(found("request.query.a", query=many)) == VALUES_LIMIT
    assert len(found("request.body.form.a", many)) == VALUES_LIMIT
    assert len(found("response.header.x-a", answer_headers=answers)) == VALUES_LIMIT
    assert len(found("request.body.json[*].a", "[" + ",".join(['{"a":1}'] * 500) + "]")) == VALUES_LIMIT
    assert len(found("request.body.xml.r.a", "<r>" + "<a>1</a>" * 500 + "</r>")) == VALUES_LIMIT
    assert len(found("request.path[*]", path="/a" * 500)) == VALUES_LIMIT
    assert len(found("request.body.json.**", str([1] * 500))) == VALUES_LIMIT


PLAIN = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


@given(PLAIN, PLAIN, PLAIN)
def test_a_value_is_found_under_any_name(name: str, value: str, other: str) -> None:
    """Whatever signs a name has, the value that was put there by the usual means is found there."""
    query = urlencode([(other, "x"), (name, value)])
    wanted = ["x", value] if name == other else [value]
    assert found(str(Point("request", "query", (name,))), query=query) == wanted
    assert found(str(Point("request", "body.form", (name,))), query, headers=FORM) == wanted


def test_one_reading_serves_many_points() -> None:
    """A body is taken apart once, however many points are read from it."""
    one = reading(Exchange(method="POST", path="/", body=b'{"a":1,"b":2}', headers=JSON))
    assert one.request.json is one.request.json
