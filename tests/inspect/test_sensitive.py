"""Sensitive data: every row of the catalogue proves itself, names and thresholds count, own patterns are linear (D4)."""

from __future__ import annotations

import contextlib
import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.inspect import checksums
from apitrail.inspect.own_patterns import OWN_LIMIT, OwnPattern
from apitrail.inspect.sensitive import GROUP_OF, KINDS, VALUE_LIMIT, Sensitive, sensitive_kinds, usual
from apitrail.inspect.sensitive_kinds import CATALOGUE, GROUPS
from apitrail.inspect.value_types import type_of_field, type_of_text
from hostile import PROOFS
from timing import cost

pytestmark = pytest.mark.rows("D4")

FIRES = [(row.kind, name, value) for row in CATALOGUE for name, value in row.fires]
SILENT = [(row.kind, name, value) for row in CATALOGUE for name, value in row.silent]
NAMES = (
    *(name for _, name, _ in (*FIRES, *SILENT)),
    "card ssn passport iban account number phone birth address insurance",
    "icd",
)


@pytest.mark.parametrize(("kind", "name", "value"), FIRES)
def test_every_row_fires_on_its_own_examples(kind: str, name: str, value: str) -> None:
    """What a row of the catalogue shows as its kind is of that kind."""
    assert kind in sensitive_kinds(name, value)


@pytest.mark.parametrize(("kind", "name", "value"), SILENT)
def test_every_row_is_silent_on_its_look_alikes(kind: str, name: str, value: str) -> None:
    """What a row of the catalogue shows as ordinary is not of that kind."""
    assert kind not in sensitive_kinds(name, value)


def test_every_row_has_a_proof_of_both_kinds_and_a_group() -> None:
    """No row without an example that fires and one that is silent; scores are shares; every group has a kind."""
    for row in CATALOGUE:
        assert row.fires
        assert row.silent
        assert 0 <= row.score <= 1
        assert 0 <= row.score_with_words <= 1
        assert bool(row.words) == bool(row.score_with_words)
        assert row.inside == bool(row.sign)
    assert {GROUP_OF[kind] for kind in KINDS} == set(GROUPS)


ORDINARY = {
    "id": "8f14e45fceea167a5a36dedd4bea2543", "uuid": "550e8400-e29b-41d4-a716-446655440000", "created_at": "2026-11-29T12:00:00.123Z",
    "timestamp": "1764437400123", "name": "Blue shirt, size M", "sku": "AB-1234-XL", "price": "19.99", "currency": "EUR", "page": "2",
    "url": "https://shop.example.com/v1/items/42?x=1", "etag": 'W/"33a64df5"', "color": "#ff0000", "version": "10.4.2.1", "locale": "en-US",
    "description": "A shirt of cotton: 3 colours, made to last. Wash at 40 degrees.", "tracking": "1Z999AA10123456784", "isbn": "9780306406157",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "cursor": "eyJpZCI6NDJ9", "status": "active", "code": "E11", "query": "SELECT name FROM shops", "time": "10:20:30", "ratio": "0.4111111111111111",
    "max_tokens": "2048", "next_page_token": "Cg0IARIJY3Vyc29yXzEy", "path": "/srv/app/main.py", "order_id": "4111111111111111",
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_values_of_an_api_are_of_no_kind(name: str) -> None:
    """Identifiers, times, prices, texts and addresses of pages are not sensitive."""
    assert sensitive_kinds(name, ORDINARY[name]) == ()


@pytest.mark.parametrize("name", ["iban", "accountNumber", "bank_account_number", "x"])
@pytest.mark.parametrize("value", ["DE89370400440532013000", "BE68539007547034", "GB82WEST12345698765432"])
def test_an_iban_is_one_thing_only(name: str, value: str) -> None:
    """An IBAN under the name of an account is no other account number as well, and its type is no hexadecimal number."""
    assert sensitive_kinds(name, value) == ("iban",)
    assert (type_of_text(value), type_of_field(value)) == ("string", "string")
    assert sensitive_kinds("accountNumber", "DE89370400440532013001") == ("account_number",)


def test_the_threshold_decides() -> None:
    """A value with a low score is of a kind under a low threshold, and one with a high score is not under a higher one."""
    assert sensitive_kinds("x", "4155550123") == ()
    assert "phone" in sensitive_kinds("x", "4155550123", threshold=0.05)
    assert sensitive_kinds("x", "(415) 555-0123", threshold=0.7) == ()
    assert sensitive_kinds("x", "jane@shop.example", threshold=0.7) == ("email",)


def test_own_patterns_are_found_anywhere_in_a_value() -> None:
    """A pattern of the user's own fits a part of a value; with words, only under such names, when its plain score is low."""
    badge = OwnPattern("badge", r"EMP-\d{6}")
    shelf = OwnPattern("shelf", r"^[A-Z]\d$", score=0.1, words=("shelfMark",))
    assert sensitive_kinds("note", "ask EMP-123456 for it", own=[badge, shelf]) == ("badge",)
    assert sensitive_kinds("note", "A1", own=[badge, shelf]) == ()
    assert sensitive_kinds("shelf_mark", "A1", own=[badge, shelf]) == ("shelf",)
    assert sensitive_kinds("email", "jane@shop.example EMP-123456", own=[badge]) == ("badge", "email")


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (OwnPattern("x", "(?=a)b"), "linear time"),
        (OwnPattern("x", r"(a)\1"), "linear time"),
        (OwnPattern("x", "["), "linear time"),
        (OwnPattern("x", "a*"), "linear time"),
        (OwnPattern("x", "a\ud800\\"), "linear time"),
        (OwnPattern("x", "a" * 300), "1 to 200 characters"),
        (OwnPattern("x", ""), "1 to 200 characters"),
        (OwnPattern("x", "a{1,9999}"), "a number in braces is at most 64"),
        (OwnPattern("x", "((a{1,64}b){1,64}c){1,64}"), "only one group"),
        (OwnPattern("x", "(a{1,64}b){1,64}"), "smaller numbers"),
        (OwnPattern("X y", "a"), "small letters"),
        (OwnPattern("x", "a", score=2), "a number from 0 to 1"),
        (OwnPattern("x", "a", words=("",)), "words"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(own: OwnPattern, reason: str) -> None:
    """Look-around, back-references, huge repeats and bad names are refused by a message that says why."""
    with pytest.raises(BadQuestion, match=reason):
        Sensitive([own])


def test_too_many_patterns_and_one_name_twice_are_refused() -> None:
    """The number of own patterns is bounded, and each has a name of its own."""
    with pytest.raises(BadQuestion, match="at most"):
        Sensitive([OwnPattern(f"x{at}", "a") for at in range(OWN_LIMIT + 1)])
    with pytest.raises(BadQuestion, match="two patterns"):
        Sensitive([OwnPattern("x", "a"), OwnPattern("x", "b")])


@pytest.mark.parametrize(
    "pattern",
    [
        r"\p{L}{64}x\p{L}{64}",
        "[ab]{64}[cd]{64}.{64}x.{64}y",
        "(a{1,64}b{1,64}){1,64}",
        "(.{1,64}a{2,64}){64}",
        "(.{1,22}a{2,22}){8}",
    ],
)
def test_making_a_pattern_ready_takes_a_bounded_time(pattern: str) -> None:
    """A pattern is refused or made ready in seconds, whatever it is."""

    def make() -> None:
        with contextlib.suppress(BadQuestion):
            Sensitive([OwnPattern("x", pattern)])

    assert cost(make, below=10) < 10


def test_numbers_of_up_to_seven_digits_are_judged_by_their_name() -> None:
    """Every short number is of the same kinds under a name, because lines of a log that differ in them are looked at once."""
    for name in NAMES:
        kinds = sensitive_kinds(name, "0")
        assert all(
            sensitive_kinds(name, number) == kinds for number in ("7", "12", "123", "1234", "19840", "198439", "9999999")
        ), name


@given(
    st.sampled_from(NAMES) | st.text(max_size=40),
    st.text(max_size=200) | st.sampled_from(PROOFS) | st.sampled_from([value for _, _, value in FIRES]),
)
def test_any_value_under_any_name_has_known_kinds(name: str, value: str) -> None:
    """Nothing fails, the kinds are those of the catalogue in order, and asking again says the same."""
    kinds = sensitive_kinds(name, value)
    assert kinds == tuple(sorted(set(kinds)))
    assert set(kinds) <= set(KINDS)
    assert Sensitive().kinds(usual().context(name), value) == kinds


HOSTILE = ("1", "1 ", "4-", "a@", "a.", "a-", "eyJ", "eyJ.", "-----BEGIN ", "A1", "AB12 ", "\n   at ", "<<P<", "1:", "sk-", "//10.", "+1 ", "P", "ab_",
           "\n at a.", "(1", "A ", "1 A ", "xoxb-", "a@a.", "ghp_", "Traceback (", "\ud800", "é1", "a.local")  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_values_take_little_time(piece: str) -> None:
    """The longest value that is looked at takes less than 50 ms under every name, however it is made."""
    sensitive = usual()
    value = (piece * VALUE_LIMIT)[: 2 * VALUE_LIMIT]
    for name in ("x", NAMES[-2]):
        for text in (value, value[:200], value[:190] + "!"):
            context = sensitive.context(name)
            assert cost(functools.partial(sensitive.kinds, context, text), below=0.05) < 0.05


def test_a_secret_at_the_end_of_a_long_text_is_not_looked_for() -> None:
    """Only the first characters of a value are looked at; an address among them is found."""
    assert sensitive_kinds("x", "a " * VALUE_LIMIT + "jane@shop.example") == ()
    assert sensitive_kinds("x", "jane@shop.example" + " a" * VALUE_LIMIT) == ("email",)


@given(st.integers(0, 10**14))
def test_the_sum_of_luhn_finds_each_changed_digit(number: int) -> None:
    """Of the ten numbers that differ in their last digit only, one has the sum."""
    assert sum(checksums.luhn(f"{number}{digit}") for digit in range(10)) == 1
