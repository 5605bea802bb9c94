"""Descriptors: what an exchange says of its API, each point once, bounded, without any value (D3, D4)."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.authentication import KINDS as AUTHENTICATION
from apitrail.inspect.authentication import auth_of
from apitrail.inspect.described_places import DESCRIPTORS_LIMIT, PLACES_LIMIT, is_name
from apitrail.inspect.describing import DESCRIBED_LIMIT, QUERY_LIMIT, Describer, described, described_query, media_of
from apitrail.inspect.own_patterns import OwnPattern
from apitrail.inspect.sensitive import KINDS, Sensitive
from apitrail.inspect.value_types import TYPES, type_of, type_of_field, type_of_text, wider, widest
from apitrail.model.exchange import Exchange, Header
from apitrail.model.point import parse
from hostile import PROOFS, encoded, everywhere, mutated
from pointing import FORM, JSON, XML, jwt, multipart, reading
from timing import cost

pytestmark = pytest.mark.rows("D3")


def said(
    body: Any = b"",
    headers: tuple[Header, ...] = (),
    *,
    query: str = "",
    answer: Any = b"",
    answer_headers: tuple[Header, ...] = (),
) -> list[str]:
    """The descriptors of an exchange with these members; what is no bytes is sent as JSON."""
    return list(described(made(body, headers, query=query, answer=answer, answer_headers=answer_headers)))


def made(body: Any = b"", headers: tuple[Header, ...] = (), **members: Any) -> Any:
    """An exchange with these members, ready to be read; bodies that are no bytes are JSON."""
    if not isinstance(body, bytes):
        body, headers = json.dumps(body).encode(), (*JSON, *headers)
    answer, answer_headers = members.pop("answer", b""), members.pop("answer_headers", ())
    if not isinstance(answer, bytes):
        answer, answer_headers = json.dumps(answer).encode(), (*JSON, *answer_headers)
    return reading(
        Exchange(
            method="POST", path="/", headers=headers, body=body, response_headers=answer_headers, response_body=answer, **members
        )
    )


def test_a_query_is_described_by_its_parameters() -> None:
    """Each parameter stands once, with its type; a repeated one with the widest, one without a value with null."""
    assert described_query("page=2&q=foo+bar&id=1&id=x&sort=&ids[7]=1&email=a%40b.example") == (
        "request.query.page int32",
        "request.query.q string",
        "request.query.id string",
        "request.query.sort null",
        "request.query.ids[0] int32",
        "request.query.email email email",
    )


def test_parameters_without_a_name_that_somebody_gave_are_left_out() -> None:
    """Times and tokens that stand in the place of a name, and hostile names, are no parameters."""
    assert (
        described_query(
            "1700000000&9f8e7d6c5b4a3f2e=1&<script>=1&550e8400-e29b-41d4-a716-446655440000=1&=5&%00=1&__proto__x\u2028=1"
        )
        == ()
    )


def test_headers_of_the_api_are_described_and_no_others() -> None:
    """What browsers, proxies and tracing send is left out, and so are the values of cookies and credentials."""
    headers = (("host", "x"), ("user-agent", "a"), ("sec-fetch-mode", "cors"), ("x-forwarded-for", "203.0.113.7"), ("authorization", "Bearer abc"),
               ("cookie", "sid=abcdef; _ga=GA1.2; theme=dark"), ("x-tenant-id", "42"), ("x-api-key", "key-b7c1d2e3f4a5"), ("traceparent", "00-1"))  # fmt: skip
    answer = (("content-type", "text/plain"), ("set-cookie", "a=b"), ("x-total-count", "5"), ("server", "x"))
    assert said(b"", headers, answer_headers=answer) == [
        "request.header.X-Tenant-Id int32",
        "request.header.X-Api-Key string",
        "request.cookie.sid string",
        "request.cookie.theme string",
        "response.header.X-Total-Count int32",
    ]


def test_json_is_described_by_paths_with_lists_as_one_place() -> None:
    """Every member stands once, whatever the number of items, with the widest type and the kinds of sensitive data."""
    body = {
        "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2.5}, {"n": None}],
        "user": {"firstName": "Jane", "email": "j@x.example"},
        "tags": [],
    }
    assert said(body) == [
        "request.body.json object",
        "request.body.json.items array",
        "request.body.json.user object",
        "request.body.json.tags array",
        "request.body.json.items[*] object",
        "request.body.json.user.firstName string person_name",
        "request.body.json.user.email email email",
        "request.body.json.items[*].sku string",
        "request.body.json.items[*].n float",
    ]
    assert said(b"", answer=[[1, 2], [3_000_000_000]]) == [
        "response.body.json array",
        "response.body.json[*] array",
        "response.body.json[*][*] int64",
    ]


def test_a_string_of_digits_in_json_is_a_string() -> None:
    """JSON has numbers of its own; a form has not."""
    assert said({"a": "42", "b": 42, "c": True})[1:] == [
        "request.body.json.a string",
        "request.body.json.b int32",
        "request.body.json.c boolean",
    ]
    assert said(b"a=42&b=true", FORM) == ["request.body.form.a int32", "request.body.form.b boolean"]


@pytest.mark.parametrize(
    "names",
    [
        [str(uuid.UUID(int=number, version=4)) for number in (3, 2**127)],
        ["1", "2", "17"],
        ["jane@shop.example", "bob@shop.example"],
        ["2026-11-28", "2026-11-29"],
        ["dQw4w9WgXcQ", "9f8e7d6c5b4a3f2e"],
        ["user_1234", "user_5678"],
        ["<script>", "a\u2028b", "x" * 70, "two words"],
        [f"Key{chr(65 + at)}" for at in range(21)],
    ],
)
def test_maps_are_one_place(names: list[str]) -> None:
    """Members named by identifiers, days or nothing that is a name, and many alike, stand as one."""
    assert said({"map": {name: {"price": 1.5} for name in names}})[2:] == [
        "request.body.json.map.* object",
        "request.body.json.map.*.price float",
    ]


def test_a_large_object_of_unlike_members_is_no_map() -> None:
    """A record of 24 fields of several types keeps its names."""
    record = {f"field{chr(65 + at)}": [at, "text", True][at % 3] for at in range(24)}
    assert len(said(record)) == 25


@pytest.mark.parametrize("name", ["address_1", "userId", "x-user-id", "filter[name]", "$filter", "_", "utm_source", "3d_secure", "is_24h_open", "oauth2ClientId",
                                  "sha256", "x5t#S256", "Имя", "1.open", "items()", "@type", "home.title", "_id", "isA2FAEnabled"])  # fmt: skip
def test_names_that_people_give_are_names(name: str) -> None:
    """Digits, dots, brackets and letters of other scripts do not make a name random."""
    assert is_name[name]


def test_depth_and_number_of_descriptors_are_bounded() -> None:
    """Deep bodies end at six names; wide ones at the limit, and the answer gets its share."""
    deep: Any = 1
    for _ in range(50):
        deep = {"a": deep}
    assert said(deep)[-1] == "request.body.json.a.a.a.a.a.a object"
    letters = "abcdefghijklmnopqrst"
    wide = {first: {second: [1, "x"][at % 2] for at, second in enumerate(letters)} for first in letters}
    query = "&".join(f"{first}{second}=1" for first in letters for second in letters)
    found = said(wide, query=query, answer=wide)
    assert len(found) == len(set(found)) == DESCRIBED_LIMIT
    assert sum(text.startswith("response.") for text in found) == (DESCRIBED_LIMIT - QUERY_LIMIT) // 2
    assert sum(text.startswith("response.") for text in said(b"", answer=wide)) == DESCRIBED_LIMIT - QUERY_LIMIT


def test_xml_multipart_and_packed_bodies_are_described() -> None:
    """Elements and attributes without their namespaces; files as files; gzip as what it holds."""
    xml = b'<s:Envelope xmlns:s="u"><s:Body><Order id="3"><Item>1</Item><Item>2.5</Item></Order></s:Body></s:Envelope>'
    assert said(xml, XML) == [
        "request.body.xml.Envelope object",
        "request.body.xml.Envelope.Body object",
        "request.body.xml.Envelope.Body.Order.@id int32",
        "request.body.xml.Envelope.Body.Order object",
        "request.body.xml.Envelope.Body.Order.Item float",
    ]
    parts, headers = multipart(("title", b"x"), ("photo;a.png", b"\x89PNG\r\n"))
    assert said(parts, headers) == ["request.body.multipart.photo file", "request.body.multipart.title string"]
    large, headers = multipart(("photo;a.png", b"\x89" * 2_000_000))
    assert said(large, headers) == ["request.body.multipart.photo file"]
    assert said(gzip.compress(b'{"a":1}'), JSON) == ["request.body.json object", "request.body.json.a int32"]
    assert said(gzip.compress(b"[" + b" " * 10_000_000 + b"]"), JSON) == []


def test_lines_that_differ_in_short_numbers_are_described_alike_and_rightly() -> None:
    """What is remembered of a query is what any query of the kind says; a number with a leading zero is no number."""
    fresh = Describer()
    for query in (
        "page=1&cvv=123",
        "page=1234567&cvv=12",
        "page=0&cvv=7",
        "page=007&cvv=1",
        "page=12345678901&cvv=1",
        "page=1.5&cvv=1",
    ):
        assert Describer().query(query) == fresh.query(query)
    assert fresh.query("page=007") == ("request.query.page string",)
    assert fresh.query("page=12345678901") == ("request.query.page int64",)


def test_scanners_do_not_fill_the_store() -> None:
    """However many names are made up, one process makes a bounded number of descriptors, and other places keep their room."""
    describer = Describer()
    random_names = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    made_up = ("".join(random_names.choices(letters, k=6)) for _ in range(30_000))
    found = {text for name in made_up for text in describer.query(f"{name}=1")}
    assert len(found) == PLACES_LIMIT
    assert describer.exchange(made({"a": 1}))[-1] == "request.body.json.a int32"
    values = ("1", "x", "2026-11-29", "", "1.5", "true", "a@b.example", "203.0.113.7")
    more = {text for name in sorted(found) for value in values for text in describer.query(f"{name[14:-6]}={value}")}
    assert len(found | more) <= DESCRIPTORS_LIMIT


def test_own_patterns_and_threshold_are_the_describers() -> None:
    """A describer made with own patterns names their kinds."""
    describer = Describer(Sensitive([OwnPattern("badge", r"EMP-\d{6}")]))
    assert describer.query("who=EMP-123456") == ("request.query.who string badge",)
    assert described_query("who=EMP-123456") == ("request.query.who string",)


TYPED = {
    "": "null", "0": "int32", "-7": "int32", "2147483648": "int64", "99999999999999999999": "string", "1e5": "float", "1.5": "float", "007": "string",
    "true": "boolean", "2026-02-30": "date", "2026-13-01": "string", "2026-02-03T10:20:30.5+01:00": "datetime", "2026-02-03 10:20": "datetime",
    "550E8400-E29B-41D4-A716-446655440000": "uuid", "a@b.example": "email", "203.0.113.7": "ip", "2001:db8::1": "ip", "1.2.3.400": "string",
    "https://a.example/?b=c": "uri", "9f8e7d6c": "hex", "12345678": "int32", "deadbeef": "string", "aGVsbG8gd29ybGQxMjM0": "base64", "hello world": "string",
    "a" * 5000: "string", "\ud800": "string", "٣": "string",
}  # fmt: skip


@pytest.mark.parametrize("text", TYPED)
def test_texts_have_types_by_their_look(text: str) -> None:
    """Numbers, days, addresses and codes are told apart."""
    assert type_of_field(text) == TYPED[text]


@given(st.lists(st.sampled_from(TYPES)))
def test_the_widest_type_does_not_depend_on_the_order(types: list[str]) -> None:
    """Any order and any grouping gives the same; null changes nothing; every type is one of the list."""
    whole = widest(types)
    assert whole == widest(reversed(types)) == wider(widest(types[:2]), widest(types[2:])) == widest([*types, "null"])
    assert whole in TYPES


def test_numbers_widen_to_the_next_one_and_other_mixtures_are_strings() -> None:
    """int32 and int64 are int64, with a float a float, and a text among them makes a text."""
    assert widest(("int32", "int64")) == "int64"
    assert widest(("int64", "float", "int32")) == "float"
    assert widest(("null", "uuid")) == "uuid"
    assert widest(("uuid", "email")) == "string"
    assert widest(()) == "null"


@given(
    st.text(max_size=60)
    | st.sampled_from(PROOFS)
    | st.integers().map(str)
    | st.floats().map(repr)
    | st.uuids().map(str)
    | st.emails()
)
def test_every_text_has_a_type(text: str) -> None:
    """No text fails, whether it is one by itself or stands where everything is text."""
    assert type_of_text(text) in TYPES
    assert type_of_field(text) in TYPES
    assert type_of(text) == type_of_text(text)


@given(st.randoms(use_true_random=False), st.integers(0, 7), st.booleans())
def test_hostile_exchanges_have_bounded_descriptors_that_are_points(chance: random.Random, kind: int, packed: bool) -> None:
    """Whatever stands everywhere, nothing fails, there are few, and each is a readable point with a known type and kinds."""
    text = encoded(mutated(chance), [chance.randrange(10) for _ in range(chance.randrange(3))])
    exchange = everywhere(text, kind=kind, packed=packed)
    found = Describer().exchange(reading(exchange))
    assert len(found) <= DESCRIBED_LIMIT
    for descriptor in found:
        point, type_name, *kinds = descriptor.split(" ")
        assert str(parse(point)) == point
        assert type_name in TYPES
        assert not kinds or set(kinds.pop().split(",")) <= set(KINDS)
        assert not kinds
        descriptor.encode()
    assert set(auth_of(reading(exchange))) <= set(AUTHENTICATION)


SECRETS = st.text("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ0123456789_!", min_size=9, max_size=40).map(lambda text: f"Zq{text}")


@given(SECRETS)
def test_no_value_is_in_a_descriptor(secret: str) -> None:
    """A value stands nowhere in what is told of it, neither as sent nor decoded, in any place."""
    headers = (("x-thing", secret), ("cookie", f"sid={secret}; b={secret}"), ("authorization", f"Bearer {secret}"))
    members = {"a": secret, "b": [secret, {"c": secret}], "password": secret, "numbers": [4111111111111111]}
    found = said(members, headers, query=f"a={secret}&{secret}&b=x{secret}", answer=members, answer_headers=(("x-more", secret),))
    found += said(f"a={secret}&b={secret}".encode(), FORM) + said(f"<a b='{secret}'><c>{secret}</c></a>".encode(), XML)
    found += said(*multipart(("a", secret.encode()), ("b;" + secret, secret.encode())))
    assert found
    told = "\n".join(text for text in found if not text.startswith(f"request.query.{secret} "))
    assert secret not in told
    assert "4111" not in told


def test_descriptors_are_the_same_in_every_process() -> None:
    """Another process with another seed of hashes describes hostile traffic in the same words."""
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from hostile import PROOFS, everywhere\nfrom pointing import reading\n"
        "from apitrail.inspect.describing import Describer\nd = Describer()\n"
        "print([d.exchange(reading(everywhere(text, kind=at % 8))) for at, text in enumerate(PROOFS[:200])])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert b"request.query.q string" in told.pop()


HOSTILE = {
    "list": lambda n: b"[" + b",".join([b'"jane@shop.example"'] * (n // 20)) + b"]",
    "lists": lambda n: b"[" + b",".join([b"[[[1]]]"] * (n // 8)) + b"]",
    "members": lambda n: b"{" + b",".join(b'"a%d":"4111 1111 1111 %d"' % (at, at) for at in range(n // 30)) + b"}",
    "digits": lambda n: b'{"a":"' + b"4 " * (n // 2) + b'"}',
    "values": lambda n: b'{"a":[' + b",".join([b'"' + b"4-" * 1000 + b'"'] * (n // 2000)) + b"]}",
    "number": lambda n: b'{"a":' + b"9" * n + b"}",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_take_little_time(name: str) -> None:
    """A quarter of a megabyte, however it is made, is described in less than a quarter of a second."""
    exchange = made(HOSTILE[name](250_000), JSON)
    exchange.request.json  # noqa: B018 - taking it apart is not what is measured
    assert cost(lambda describer: describer.exchange(exchange), setup=Describer, below=0.25) < 0.25
    assert len(Describer().exchange(exchange)) <= DESCRIBED_LIMIT


CREDENTIALS = {
    "bearer": (("authorization", "Bearer abc"),),
    "jwt": (("authorization", f"Bearer {jwt(sub='a')}"),),
    "basic": (("authorization", "Basic YTpi"),),
    "digest": (("authorization", 'Digest username="a"'),),
    "api_key": (("x-api-key", "abc"),),
    "cookie": (("cookie", "a=b; PHPSESSID=abcdef"),),
    "mtls": (("x-ssl-client-verify", "SUCCESS"),),
    "aws_signature": (("authorization", "AWS4-HMAC-SHA256 Credential=a"),),
}


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_the_kind_of_authentication_is_told(kind: str) -> None:
    """Each way to say who one is has its name."""
    assert auth_of(made(b"", CREDENTIALS[kind])) == (kind,)


def test_several_kinds_are_told_in_order_and_none_as_nothing() -> None:
    """A session cookie beside a key are two; cookies that measure, short keys and failed certificates are none."""
    assert set(CREDENTIALS) == set(AUTHENTICATION)
    assert auth_of(made(b"", (("cookie", "access_token=abc"), ("x-api-key", "k")), query="x=1")) == ("api_key", "cookie")
    assert auth_of(made(b"", query="api_key=0123456789")) == ("api_key",)
    assert auth_of(made(b"", query="access_token=0123456789")) == ("bearer",)
    assert auth_of(made(b"", query="X-Amz-Signature=0123456789")) == ("aws_signature",)
    assert auth_of(made(b"", user="bob")) == ("basic",)
    assert (
        auth_of(made(b"", (("cookie", "_ga=GA1.2.3; theme=dark"), ("x-ssl-client-verify", "NONE")), query="key=1&page=2")) == ()
    )


def test_media_types_are_plain_or_nothing() -> None:
    """Type and subtype in lower case; what is none, or random, is left out."""
    assert media_of("Application/JSON; charset=utf-8") == "application/json"
    assert media_of(" application/vnd.api+json") == "application/vnd.api+json"
    assert media_of("multipart/form-data; boundary=XX") == "multipart/form-data"
    for text in (
        "",
        "json",
        "x/y",
        "text/",
        "text/9f8e7d6c5b4a3f2e",
        "text/html<script>",
        "text/" + "a" * 100,
        "text/a b",
        "\ud800/x",
    ):
        assert media_of(text) == ""


def test_content_types_that_are_made_up_are_told_up_to_a_limit() -> None:
    """A scanner that sends a new one each time does not fill the store; those known by then stay known."""
    program = (
        "from itertools import product\nfrom apitrail.inspect.describing import media_of\n"
        "media_of('text/csv')\nfound = {media_of('text/x' + ''.join(name)) for name in product('abcdefgh', repeat=4)}\n"
        "print(len(found), media_of('TEXT/CSV'), media_of('text/other') == '')"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True, text=True
    )
    assert told.stdout.split() == ["300", "text/csv", "True"]
