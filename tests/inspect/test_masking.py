"""Secrets are masked before they are stored, and what is no secret is left alone (S2.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.masking import (
    MASK,
    is_secret_name,
    mask_path,
    mask_query,
    mask_segments,
    mask_text,
    mask_tokens,
    mask_url,
    mask_value,
)
from timing import cost

pytestmark = pytest.mark.rows("S2.4")

S = "hunter2-S3cret"


@pytest.mark.parametrize(
    "name",
    ["password", "passwd", "pwd", "user_password", "newPassword", "client_secret", "access_token", "token", "api_key", "apikey", "api-key",
     "X-Amz-Signature", "sig", "sessionid", "PHPSESSID", "sid", "jwt", "otp", "pin", "cvv", "card_number", "code", "user[password]", "auth"],
)  # fmt: skip
def test_the_value_of_a_secret_name_is_masked_in_a_query(name: str) -> None:
    """Names that usually hold a secret lose their value, first or later, and the rest of the query stays."""
    assert mask_query(f"{name}={S}") == f"{name}={MASK}"
    assert mask_query(f"a=1&{name}={S}&b=2") == f"a=1&{name}={MASK}&b=2"
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["user%5Bpassword%5D", "user%5bpassword%5d", "p%61ssword", "%70assword", "api%2Dkey", "a.b%5B0%5D.token"]
)
def test_an_encoded_name_is_the_same_name(name: str) -> None:
    """`user[password]` travels percent-encoded; it is masked all the same."""
    assert mask_query(f"x=1&{name}={S}") == f"x=1&{name}={MASK}"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "page=2&sort=up",
        "q=password",
        "q=my+token",
        "keyword=x",
        "author=bob",
        "design=1",
        "tokenizer=x",
        "a=b;c=d",
        "=x",
        "&&",
        "100%",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(query: str) -> None:
    """Values and names that only contain such words in their middle are not masked."""
    assert mask_query(query) == query


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        (f"https://bob:{S}@shop.example/a?token={S}&x=1", f"https://shop.example/a?token={MASK}&x=1"),
        (f"https://shop.example/a;jsessionid={S}?x=1", f"https://shop.example/a;jsessionid={MASK}?x=1"),
        (f"https://bob:p@{S}@shop.example/a", "https://shop.example/a"),
        (f"https://bob:p%40{S}@shop.example/a?next=%2F%2Feve%3A{S}%40{S}%40x", "https://shop.example/a?next=//x"),
        ("https://shop.example/a?x=me@example.com", "https://shop.example/a?x=me@example.com"),
        ("/a/b", "/a/b"),
        ("", ""),
    ],
)
def test_a_url_loses_its_secrets(url: str, masked: str) -> None:
    """User and password, matrix session ids and secret parameters go; the rest stays."""
    assert mask_url(url) == masked


def test_a_path_loses_its_session() -> None:
    """A session id in a matrix parameter is masked wherever it stands, whatever signs it has."""
    assert mask_path(f"/a;x=token={S}=b/c;token=a={S}%3D;d") == f"/a;x=token={MASK}/c;token={MASK};d"
    assert mask_path(f"/a;JSESSIONID={S}/b;v=2") == f"/a;JSESSIONID={MASK}/b;v=2"


@given(st.text(max_size=40))
def test_a_masked_value_does_not_give_the_secret_away(value: str) -> None:
    """At most four characters of twelve or more are shown, none of less."""
    shown = mask_value(value)
    assert len(shown) <= 5
    assert shown == MASK or (len(value) >= 12 and shown[:-1] == value[:4])


@given(st.text(max_size=80), st.text(st.characters(exclude_characters="&;#"), min_size=1, max_size=20))
def test_masking_never_fails_and_never_lets_a_password_through(text: str, secret: str) -> None:
    """Whatever stands before it, the value of `password` is gone."""
    assert mask_query(f"{text}&password={secret}").endswith(f"password={MASK}")
    mask_url(text)
    mask_path(text)


JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.{S}"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (JWT, MASK),
        (f"/verify/{JWT}/x", f"/verify/{MASK}/x"),
        (f"a={JWT}&b=1", f"a={MASK}&b=1"),
        (f"a=%20{JWT}", f"a=%20{MASK}"),
        (JWT.replace(".", "%2E"), MASK),
        (f"app/1 ({JWT}) x", f"app/1 ({MASK}) x"),
        (f"x-{JWT}", f"x-{MASK}"),
        (f"Bearer {S}", f"Bearer {MASK}"),
        (f"h=bearer%20{S}&x=1", f"h=bearer%20{MASK}&x=1"),
        (f"h=BEARER+{S}", f"h=BEARER+{MASK}"),
        ("eyJpZCI6MX0", "eyJpZCI6MX0"),
        ("v1.eyJpZCI6MX0", "v1.eyJpZCI6MX0"),
        ("keyJar.txt", "keyJar.txt"),
        ("bearer", "bearer"),
        ("a.b.c", "a.b.c"),
    ],
)
def test_tokens_are_masked_by_their_look(text: str, masked: str) -> None:
    """A JWT or bearer value needs no name to be known, in path, query, referer and anywhere else; what only begins like one stays."""
    assert mask_tokens(text) == mask_path(text) == mask_query(text) == mask_url(text) == masked


@pytest.mark.parametrize(
    "query",
    [
        f"next=%2Fcb%3Ftoken%3D{S}",
        f"next=/cb?token={S}",
        f"next=https%3A%2F%2Fx%2Fcb%3Fnext%3D%252Fy%253Ftoken%253D{S}",
        f"filter=%7B%22password%22%3A%22{S}%22%7D",
        f'filter={{"password":"{S}"}}',
        f"query=mutation%7Blogin(password%3A%22{S}%22)%7D",
        f"next=https://bob:{S}@shop.example/",
        f"next=https%3A%2F%2Fbob%3A{S}%40shop.example",
        "a=?" * 3000 + f"token={S}",
        f"x=1&password={S}&y=//z",
        f"AUTHORIZATION=Basic%20{S}",
    ],
)
def test_secrets_inside_values_are_masked(query: str) -> None:
    """URLs, JSON and GraphQL in a value are looked into, a few levels deep; deeper down everything goes."""
    assert S not in mask_query(query)
    assert MASK in mask_query(query) or "bob" not in mask_query(query)


@pytest.mark.parametrize("query", ["next=%2Fcb%3Fpage%3D2", "q=a%3Ab", "filter=%7B%22name%22%3A%22x%22%7D", "mail=a%40b.example&x=%2F%2F", "key_type=a:b", "x=1%26"])  # fmt: skip
def test_values_without_secrets_keep_their_encoding(query: str) -> None:
    """What holds no secret is stored as it was sent, to the last escape."""
    assert mask_query(query) == query


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Basic {S}",
        f"Cookie: a={S}; b={S}\r\nX: 1",
        f'"authorization":"Bearer {S}"',
        f'["cookie","sid={S}; b={S}"]',
        f'{{"name":"Cookie","value":"sid={S}"}}',
        f'<login><password type="x">{S}</password></login>',
        f'--x\r\nContent-Disposition: form-data; name="password"\r\nX: y\r\n\r\n{S}\r\n',
        f'mutation{{login(password:"{S}")}}',
        f'{{"url":"https://x/?token={S}&b=1"}}',
        f'{{"a":"{{\\"password\\":\\"{S}\\"}}"}}',
        f"GET /a?user[password]={S} HTTP/1.1",
        f'"password": "ab\\"{S}"',
        f"password = '{S}'",
        f"https://bob:{S}@h/x",
        f"token: Bearer {S}",
        f'"pin":{S}',
        f'"password":"cut off {S}',
        f"<password>{S}",
    ],
)
def test_any_text_loses_what_cheap_rules_know(text: str) -> None:
    """Rejected lines on the terminal, payloads and context values: JSON, forms, XML, multipart, GraphQL, header lines, URLs."""
    assert S not in mask_text(text)


@pytest.mark.parametrize(
    "text", ["", "hello", '{"a":"b"}', "x: y", "SELECT 1 -- ' or 1=1", "design: modern", "<b>bold</b>", "token", '{"tokens":3}']
)
def test_other_text_stays(text: str) -> None:
    """What holds no secret is left alone."""
    assert mask_text(text) == text


def test_hidden_names_and_segments() -> None:
    """What the user's own parameters hide is masked by name, encoded or not, and by place."""
    hidden = frozenset({"ref", "a b"})
    assert mask_query("r%65f=1&a+b=2&ref2=3&ref", hidden) == f"r%65f={MASK}&a+b={MASK}&ref2=3&ref"
    assert mask_url("https://x/?ref=1", hidden) == f"https://x/?ref={MASK}"
    assert mask_segments("/a/b/c", frozenset({1})) == f"/a/{MASK}/c"
    assert mask_segments("/a", frozenset({1})) == "/a"


@pytest.mark.parametrize("unit", ["eyJ", "eyJ.", "password=", '"password":"', "<password>", "%2F%2F", "//", 'name="password"\n', "token%3D", "Bearer ",
    "a", "@//", "%40%2f%2f", '\\"', "'", "cookie:", "a=?", "=token", "%2f%2f%40", "a;", "<a b"])  # fmt: skip
def test_masking_is_linear(unit: str) -> None:
    """No text, however it is made, takes more than a moment: 100,000 characters take less than a second together."""
    text = unit * (100_000 // len(unit))
    masks = (mask_text, mask_query, mask_path, mask_url, mask_tokens)
    assert cost(lambda: [mask(text) for mask in masks], below=1) < 1


@given(st.text(max_size=80) | st.lists(st.sampled_from(("eyJ", ".", "%2E", "bearer ", "//", "@", "?", "=", "&", "%3D", "%3F", "token", '"', ":", "<", ">", "\\", "{")), max_size=20)
       .map("".join))  # fmt: skip
def test_masking_twice_is_masking_once(text: str) -> None:
    """What was masked is safe: masking it again finds nothing new in a query or path."""
    for mask in (mask_tokens, mask_path):
        assert mask(mask(text)) == mask(text)
    mask_text(text)
    mask_query(text)
