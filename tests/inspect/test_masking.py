"""Secrets are masked before they are stored, and what is no secret is left alone (S2.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.masking import MASK, is_secret_name, mask_path, mask_query, mask_url, mask_value

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
        ("https://shop.example/a?x=me@example.com", "https://shop.example/a?x=me@example.com"),
        ("/a/b", "/a/b"),
        ("", ""),
    ],
)
def test_a_url_loses_its_secrets(url: str, masked: str) -> None:
    """User and password, matrix session ids and secret parameters go; the rest stays."""
    assert mask_url(url) == masked


def test_a_path_loses_its_session() -> None:
    """A session id in a matrix parameter is masked wherever it stands."""
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
