"""The notation of points: what is printed can be parsed, what is wrong is said with its position and a word that would be right."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.model.point import (
    CLIENT,
    DECODERS_LIMIT,
    GRAPHQL_ENDS,
    GRAPHQL_TYPES,
    GRAPHQL_WHOLE,
    NAMED,
    PATHS,
    PLAIN_DECODERS,
    SET_COOKIE,
    TEXT_LIMIT,
    WHOLE,
    Decoder,
    Point,
    Wild,
    parse,
)

ODD = ("", ".", "a.b", "a|b", 'a"b', "a\\b", " a", "a ", "*", "**", "[0]", "x[1]", "é", "😀", "\n", "\x7f", "\x00", "\ud800", "set-cookie.sid",
       "Set-Cookie.x", "arguments", "variables", "@user", "a b", "\u2028", "\xa0x", "form", "body.json", "|", "%2e", "'")  # fmt: skip


def is_one_character_each(name: str) -> bool:
    """Whether a name has no two halves of one character side by side, which are one character once they are read."""
    return not re.search("[\ud800-\udbff][\udc00-\udfff]", name)


NAMES = st.sampled_from(ODD) | st.text(max_size=12).filter(is_one_character_each)
STEPS = st.lists(NAMES | st.integers(0, 999_999_999) | st.sampled_from(Wild), max_size=5).map(tuple)
SOME_STEPS = st.lists(NAMES | st.integers(0, 99) | st.sampled_from(Wild), min_size=1, max_size=4).map(tuple)
DECODER = (
    st.sampled_from(PLAIN_DECODERS).map(Decoder)
    | st.builds(Decoder, st.just("json"), STEPS)
    | st.builds(Decoder, st.sampled_from(("jwt", "jwt_header")), SOME_STEPS)
    | st.builds(Decoder, st.just("form"), NAMES.map(lambda name: (name,)))
    | st.builds(Decoder, st.just("basic"), st.sampled_from((("user",), ("password",))))
)
ONE_NAME = NAMES.map(lambda name: (name,))
FIELD = st.sampled_from([*(name for name in ODD if name not in GRAPHQL_ENDS), "login", Wild.MEMBERS])
GRAPHQL = st.builds(
    lambda kind, fields, end, rest: (Wild.MEMBERS if kind == "*" else kind, *fields, end, *rest),
    st.sampled_from(GRAPHQL_TYPES),
    st.lists(FIELD, min_size=1, max_size=3),
    st.sampled_from(GRAPHQL_ENDS),
    SOME_STEPS,
)
PLACES = st.one_of(
    st.builds(Point, st.just("client"), st.sampled_from(CLIENT)),
    *(st.builds(Point, st.just(side), st.sampled_from(places)) for side, places in WHOLE.items()),
    *(st.builds(Point, st.just(side), st.sampled_from(places), ONE_NAME) for side, places in NAMED.items()),
    st.builds(Point, st.sampled_from(("request", "response")), st.sampled_from(PATHS), STEPS),
    st.builds(Point, st.just("request"), st.just("path"), (st.integers(0, 99) | st.just(Wild.ITEMS)).map(lambda step: (step,))),
    st.builds(Point, st.just("response"), st.just(SET_COOKIE), ONE_NAME),
    st.builds(Point, st.just("request"), st.just("graphql"), st.sampled_from(GRAPHQL_WHOLE).map(lambda word: (word,))),
    st.builds(Point, st.just("request"), st.just("graphql"), GRAPHQL),
)
POINTS = st.builds(
    lambda place, decoders: Point(place.side, place.place, place.steps, tuple(decoders)),
    PLACES,
    st.lists(DECODER, max_size=3),
)


@given(POINTS)
def test_every_point_is_read_back_from_its_text(point: Point) -> None:
    """What can be made of parts prints to a text of that very point, which any file or address can hold."""
    text = str(point)
    if len(text) <= TEXT_LIMIT:
        assert parse(text) == point
        assert str(parse(text)) == text
        assert text.encode().decode() == text
        assert "\n" not in text


PIECES = ("request", "response", "client", ".", "|", "[0]", "[*]", "*", "**", '"', '"a.b"', "\\", "header", "cookie", "query", "path", "body",
          "json", "xml", "form", "multipart", "graphql", "mutation", "arguments", "variables", "Set-Cookie", "sid", "ip", "jwt", "bearer", "basic",
          "user", "base64", "url", " ", "\\u0041", "é", "\x7f", "X-Id", "operation", "[", "]", "١")  # fmt: skip


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | POINTS.map(str))
def test_any_text_is_a_point_or_is_refused(text: str) -> None:
    """Every text parses to a point that prints to a text of the same point, no longer than before, or to one clear refusal."""
    point, error = read(text)
    if error:
        assert error.position is not None
        assert 0 <= error.position <= max(len(text), TEXT_LIMIT)
    if point:
        assert parse(str(point)) == point
        assert len(str(point)) <= len(text)


def read(text: str) -> tuple[Point | None, BadQuestion | None]:
    """The point of a text, or why it is none."""
    try:
        return parse(text), None
    except BadQuestion as error:
        return None, error


EXAMPLES = {
    "request.header.X-User-Id": Point("request", "header", ("X-User-Id",)),
    "request.cookie.sid": Point("request", "cookie", ("sid",)),
    "request.cookie.connect.sid": Point("request", "cookie", ("connect.sid",)),
    "request.query": Point("request", "query"),
    "request.query.user[id]": Point("request", "query", ("user[id]",)),
    'request.query." a"': Point("request", "query", (" a",)),
    "request.method": Point("request", "method"),
    "request.host": Point("request", "host"),
    "request.path": Point("request", "path"),
    "request.path[2]": Point("request", "path", (2,)),
    "request.path[*]": Point("request", "path", (Wild.ITEMS,)),
    "request.body": Point("request", "body"),
    "request.body.json": Point("request", "body.json"),
    "request.body.json.items[*].sku": Point("request", "body.json", ("items", Wild.ITEMS, "sku")),
    "request.body.json[0].*": Point("request", "body.json", (0, Wild.MEMBERS)),
    "request.body.json.**.userId": Point("request", "body.json", (Wild.DEPTHS, "userId")),
    'request.body.json."a.b"."*"': Point("request", "body.json", ("a.b", "*")),
    "request.body.form.email": Point("request", "body.form", ("email",)),
    "request.body.multipart.email": Point("request", "body.multipart", ("email",)),
    "request.body.xml.Envelope.Body.Login.@user": Point("request", "body.xml", ("Envelope", "Body", "Login", "@user")),
    "request.graphql.operation": Point("request", "graphql", ("operation",)),
    "request.graphql.document": Point("request", "graphql", ("document",)),
    "request.graphql.mutation.login.variables.email": Point("request", "graphql", ("mutation", "login", "variables", "email")),
    "request.graphql.*.*.arguments.input.id": Point(
        "request", "graphql", (Wild.MEMBERS, Wild.MEMBERS, "arguments", "input", "id")
    ),
    "request.header.Authorization|bearer|jwt.sub": Point(
        "request", "header", ("Authorization",), (Decoder("bearer"), Decoder("jwt", ("sub",)))
    ),
    "request.header.Authorization|bearer|jwt_header.kid": Point(
        "request", "header", ("Authorization",), (Decoder("bearer"), Decoder("jwt_header", ("kid",)))
    ),
    "request.header.Authorization|basic.user": Point("request", "header", ("Authorization",), (Decoder("basic", ("user",)),)),
    "request.header.Authorization|apikey": Point("request", "header", ("Authorization",), (Decoder("apikey"),)),
    "request.cookie.s|url|base64|json.user.id": Point(
        "request", "cookie", ("s",), (Decoder("url"), Decoder("base64"), Decoder("json", ("user", "id")))
    ),
    "request.cookie.s|json": Point("request", "cookie", ("s",), (Decoder("json"),)),
    "request.body|form.a": Point("request", "body", (), (Decoder("form", ("a",)),)),
    "response.header.X-Request-Id": Point("response", "header", ("X-Request-Id",)),
    "response.header.Set-Cookie": Point("response", "header", ("Set-Cookie",)),
    "response.header.Set-Cookie.sid": Point("response", SET_COOKIE, ("sid",)),
    'response.header."Set-Cookie.sid"': Point("response", "header", ("Set-Cookie.sid",)),
    "response.body": Point("response", "body"),
    "response.body.json.token": Point("response", "body.json", ("token",)),
    "response.body.xml.a.b[1]": Point("response", "body.xml", ("a", "b", 1)),
    "client.ip": Point("client", "ip"),
    "client.fingerprint": Point("client", "fingerprint"),
    "client.ip+user_agent": Point("client", "ip+user_agent"),
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_of_the_notation(text: str) -> None:
    """Each place, step and decoder is written as the documents show it."""
    assert parse(text) == EXAMPLES[text]
    assert str(EXAMPLES[text]) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("response.header.set-cookie.sid", "response.header.Set-Cookie.sid"),
        ('request.query."plain"', "request.query.plain"),
        ('request.body.json."a"."b c"', 'request.body.json.a."b c"'),
        ("request.path[007]", "request.path[7]"),
        ('request.query."\\u0061\\/"', "request.query.a/"),
        ('request.query." \\u00e9"', 'request.query." é"'),
    ],
)
def test_other_ways_to_write_a_point_print_as_the_usual_one(text: str, printed: str) -> None:
    """A point has one printed form, by which two of them are compared."""
    assert str(parse(text)) == printed


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("request.header.X-User-Id", "X-User-Id"),
        ("request.header.Authorization|bearer|jwt.realm_access.roles[*]", "roles"),
        ("request.body.json.items[*]", "items"),
        ("request.body.xml.a.@id", "id"),
        ("request.body.json", "json"),
        ("request.path[1]", "path"),
        ("client.ip", "ip"),
        ("response.header.Set-Cookie.sid", "sid"),
    ],
)
def test_a_point_is_known_by_its_last_name(text: str, name: str) -> None:
    """The name that a parameter gets when nobody gives it one."""
    assert parse(text).name == name


WRONG = [
    ("", 0, "a point begins with request, response, client", None),
    ("reqest.header.X", 0, "did you mean 'request'", "request.header.X"),
    ("cookie.sid", 0, "a point begins with", "request.cookie.sid"),
    ("path[1]", 0, "a point begins with", "request.path[1]"),
    ("nothing", 0, "a point begins with request, response, client", None),
    ("request", 7, "after 'request' should be a dot", None),
    ("request.", 8, "of a request there are", None),
    ("request.heder.X", 8, "did you mean 'header'", "request.header.X"),
    ("request.header", 14, "such as request.header.X-User-Id", None),
    ("request.header.", 15, "here should be a name", None),
    ('request.header."X', 15, "double quotes", None),
    ('request.query."a\\q"', 14, "double quotes", None),
    ("request.query.a|", 16, "decoders are", None),
    ("request.query.a|jwtt.sub", 16, "did you mean 'jwt'", "request.query.a|jwt.sub"),
    ("request.query.a|jwt", 19, "followed by a dot and a claim, such as jwt.sub", None),
    ("request.query.a|jwt_header", 26, "such as jwt_header.kid", None),
    ("request.query.a|basic", 21, "after 'basic' should be a dot", None),
    ("request.query.a|basic.usr", 22, "did you mean 'user'", "request.query.a|basic.user"),
    ("request.query.a|bearer.x", 22, "here should be the end", None),
    ("request.query.a|form", 20, "after 'form' should be a dot", None),
    ("request.body.jsn.a", 13, "did you mean 'json'", "request.body.json.a"),
    ("request.body.json.", 18, "here should be a name", None),
    ("request.body.json.a[", 19, "an index from 0", None),
    ("request.body.json.a[-1]", 19, "an index from 0", None),
    ("request.body.json.a[1", 19, "an index from 0", None),
    ("request.body.json.a[12345678901]", 19, "an index from 0", None),
    ("request.body.json.a b", 19, "here should be the end", None),
    ("request.path.a", 12, "here should be the end", None),
    ("request.path[x]", 12, "an index from 0", None),
    ("request.graphql", 15, "after 'graphql' should be a dot", None),
    ("request.graphql.login", 16, "after graphql there are operation, document", None),
    ("request.graphql.mutatoin.login.variables.x", 16, "did you mean 'mutation'", "request.graphql.mutation.login.variables.x"),
    ("request.graphql.mutation", 24, "names a field, then arguments or variables", None),
    ("request.graphql.mutation.login", 30, "names a field", None),
    ("request.graphql.mutation.login.variables", 40, "names a field", None),
    ("request.graphql.mutation.variables.x", 36, "names a field", None),
    ("request.graphql.mutation.login[0].variables.x", 45, "names a field", None),
    ("request.graphql.mutation.**.variables.x", 39, "names a field", None),
    ("response.cookie.sid", 9, "response.header.Set-Cookie.sid", "response.header.Set-Cookie.sid"),
    ("response.query.a", 9, "of a response there are", None),
    ("response.graphql.operation", 9, "of a response there are", None),
    ("client.ja3", 7, "of a client there are", None),
    ("client.ip.x", 9, "here should be the end", None),
]


@pytest.mark.parametrize(("text", "position", "message", "suggestion"), WRONG)
def test_a_wrong_point_says_where_and_what_would_be_right(text: str, position: int, message: str, suggestion: str | None) -> None:
    """The position is that of the first wrong character, the suggestion the whole text with the nearest word in it."""
    with pytest.raises(BadQuestion) as caught:
        parse(text)
    assert (caught.value.position, caught.value.suggestion) == (position, suggestion)
    assert message in caught.value.message
    if suggestion:
        with contextlib.suppress(BadQuestion):
            assert str(parse(suggestion)) == suggestion


def test_a_point_has_a_longest_text() -> None:
    """A text of the limit is read, one more character is refused."""
    longest = "request.query." + "a" * (TEXT_LIMIT - 14)
    assert str(parse(longest)) == longest
    with pytest.raises(BadQuestion, match="at most 500 characters") as caught:
        parse(longest + "a")
    assert caught.value.position == TEXT_LIMIT


def test_a_point_has_few_decoders() -> None:
    """As many decoders as the limit are read, one more is refused where it stands."""
    most = "request.query.a" + "|url" * DECODERS_LIMIT
    assert len(parse(most).decoders) == DECODERS_LIMIT
    with pytest.raises(BadQuestion, match="at most 8 decoders") as caught:
        parse(most + "|url")
    assert caught.value.position == len(most) + 1
