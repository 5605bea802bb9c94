"""The filter language: what is written is what is meant, and what is wrong is said with its place."""

from __future__ import annotations

import string
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.analyze.bots.catalogue import detectors
from apitrail.analyze.endpoints import CHANGED, NEW, UNUSED
from apitrail.errors import BadQuestion
from apitrail.explore.discovery.protection import CONSISTENT, MISSING, PARTIAL, PROTECTIONS
from apitrail.explore.discovery.risk import WEIGHTS
from apitrail.inspect import authentication, flows, protocol
from apitrail.inspect.attacks import gathering, matching
from apitrail.inspect.attacks.success.evidence import KINDS as EVIDENCE
from apitrail.inspect.specifications import comparing
from apitrail.model import fields
from apitrail.model.abuse import BOT_TYPES, CONFIRMED, EXCEPTED, REJECTED
from apitrail.model.closed import VALUES
from apitrail.model.fields import BY_WORD, CATALOGUE, Field
from apitrail.model.finding import FALSE_POSITIVE, TRUE_POSITIVE
from apitrail.query.text import NESTING_LIMIT, TERMS_LIMIT, either, parse, quote, sentence, term, term_text, without, write
from apitrail.query.tree import ABOVE, ANY, AT_LEAST, AT_MOST, BELOW, BETWEEN, IS, LIKE, WITHIN, Either, Match, Term, Terms

TEXT_FIELDS = [field for field in CATALOGUE if field.kind in (fields.TEXT, fields.WORDS)]
EXACT_CASE = [field for field in TEXT_FIELDS if field.word not in ("method", "country") and not field.values]
OVERLIMITS = ("VALUES", "VALUE_LENGTH", "DECODED", "DEEP", "BODY_SIZE", "DECOMPRESSION")
VALUE = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)


@pytest.mark.parametrize(
    ("text", "word", "negated", "matches"),
    [
        ("attack:sqli", "attack", False, [Match(IS, "sqli")]),
        ("status:5xx", "status", False, [Match(BETWEEN, 500, 599)]),
        ("status:200,404,5XX", "status", False, [Match(IS, 200), Match(IS, 404), Match(BETWEEN, 500, 599)]),
        ("host:*.shop.example", "host", False, [Match(LIKE, "*.shop.example")]),
        ("-method:get", "method", True, [Match(IS, "GET")]),
        ("METHOD:GET", "method", False, [Match(IS, "GET")]),
        ("country:de", "country", False, [Match(IS, "DE")]),
        ("duration_ms:>500", "duration_ms", False, [Match(ABOVE, 500)]),
        ("duration_ms:>=0.5", "duration_ms", False, [Match(AT_LEAST, 0.5)]),
        ("duration_ms:<7,<=-1", "duration_ms", False, [Match(BELOW, 7), Match(AT_MOST, -1)]),
        ("response_bytes:10..20", "response_bytes", False, [Match(BETWEEN, 10, 20)]),
        ('user:"bob b"', "user", False, [Match(IS, "bob b")]),
        (r'user:"a \"b\" \\ c"', "user", False, [Match(IS, 'a "b" \\ c')]),
        ('user:"*"', "user", False, [Match(IS, "*")]),
        ('user:""', "user", False, [Match(IS, "")]),
        ("user:*", "user", False, [Match(ANY, "*")]),
        ("path:/v1/*", "path", False, [Match(LIKE, "/v1/*")]),
        ("ip:203.0.113.0/24", "ip", False, [Match(WITHIN, "203.0.113.0/24")]),
        ("ip:203.0.113.9/24", "ip", False, [Match(WITHIN, "203.0.113.0/24")]),
        ("ip:2001:DB8::1", "ip", False, [Match(IS, "2001:db8::1")]),
        ("blocked:YES", "blocked", False, [Match(IS, 1)]),
        ("login", "endpoint", False, [Match(LIKE, "*login*")]),
        ("-login", "endpoint", True, [Match(LIKE, "*login*")]),
        ("/v1/*", "endpoint", False, [Match(LIKE, "/v1/*")]),
        ('"two words"', "endpoint", False, [Match(LIKE, "*two words*")]),
        ('flow:auth,"acc mgmt"', "flow", False, [Match(IS, "Auth"), Match(IS, "Acc mgmt")]),
        ("rogue:shad*", "rogue", False, [Match(LIKE, "shad*")]),
        ('-rogue:""', "rogue", True, [Match(IS, "")]),
        ("sensitive:badge_number", "sensitive", False, [Match(IS, "badge_number")]),
    ],
)
def test_a_term_means_what_it_says(text: str, word: str, negated: bool, matches: list[Match]) -> None:
    """Each form of the language gives its field, its matches, and whether it excludes."""
    (term,) = parse(text)
    assert (term.field.word, term.negated, list(term.matches)) == (word, negated, matches)


@pytest.mark.parametrize("text", ["", " ", "\t\n  "])
def test_an_empty_text_has_no_terms(text: str) -> None:
    """Nothing asked is no filter."""
    assert parse(text) == ()


@pytest.mark.parametrize(
    ("text", "position", "suggestion"),
    [
        ("statsu:500", 0, "status"),
        ("host:a -mehtod:GET", 8, "method"),
        ("status:abc", 7, "status:5xx"),
        ("status:200,abc", 11, "status:5xx"),
        ("status:6xx", 7, "status:5xx"),
        ("status:>", 7, "status:5xx"),
        ("status:9..2", 7, "2..9"),
        ("duration_ms:1e3", 12, "duration_ms:>500"),
        ("duration_ms:>NaN", 12, "duration_ms:>500"),
        ('status:""', 7, "status:5xx"),
        ("user:", 5, None),
        ("user: bob", 5, None),
        ("user:a,", 7, None),
        ("user:,a", 5, None),
        ('user:"bob', 5, None),
        ('user:"bob"x', 10, None),
        ('user:b"ob"', 6, None),
        ("-", 1, None),
        ("ip:1.2.3", 3, "ip:203.0.113.0/24"),
        ("ip:1.2.3.4/33", 3, "ip:203.0.113.0/24"),
        ("blocked:maybe", 8, "blocked:true"),
        ("session:abc", 8, "session:9d71154dadd331c8e0f1a2b3c4d5e6f7"),
        ("status:200 xyz:1", 11, None),
        ("user:a\0b", 6, None),
        ("OR status:200", 0, None),
        ("status:200 OR", 13, None),
        ("status:200 OR OR status:404", 14, None),
        ("(status:200", 0, ")"),
        ("host:a -(status:200 OR (status:404)", 8, ")"),
        ("()", 1, None),
        ("(status:200 OR )", 15, None),
        ("(status:200)x", 12, None),
        ("(statsu:200)", 1, "status"),
        ("status:200)", 7, "status:5xx"),
        ("rogue:shadwo", 6, "rogue:shadow"),
        ("status:2xx -change:new,chnged", 23, "change:changed"),
        ('flow:"acc management"', 5, 'flow:"Acc mgmt"'),
        ("auth_coverage:missing", 0, "coverage"),
        ("coverage:none", 9, None),
        ("(detector:request_intervall OR bot:*)", 10, "detector:request_interval"),
        ("verdict:confirm", 8, "verdict:confirmed"),
    ],
)
def test_what_is_wrong_is_said_with_place_and_nearest_word(text: str, position: int, suggestion: str | None) -> None:
    """A filter that cannot be read is an error at the offset of the first wrong character; nothing is dropped."""
    with pytest.raises(BadQuestion) as caught:
        parse(text)
    assert (caught.value.position, caught.value.suggestion) == (position, suggestion)


@pytest.mark.parametrize("text", ["a " * 51, "user:" + ",".join("a" * 101), "x" * 4001])
def test_a_filter_has_limits(text: str) -> None:
    """Too many terms, values or characters are refused, so that no question costs without bound."""
    with pytest.raises(BadQuestion, match="at most"):
        parse(text)


@pytest.mark.parametrize("field", CATALOGUE, ids=lambda field: field.word)
def test_the_example_of_each_field_is_a_filter(field: Field) -> None:
    """What the catalogue shows as an example can be typed as it stands."""
    (term,) = parse(f"{field.word}:{field.example}")
    assert term.field is field
    assert sentence(term).startswith(f"{field.title} is ")


def test_fields_with_few_values_know_them_all() -> None:
    """What the code says of requests, findings, endpoints and bots is what a filter lets through."""
    known = {
        "protocol": protocol.PROTOCOLS,
        "flow": flows.NAMES,
        "overlimit": (*(getattr(gathering, name) for name in OVERLIMITS), matching.PLACES),
        "evidence": tuple(EVIDENCE),
        "mark": (FALSE_POSITIVE, TRUE_POSITIVE),
        "risk_factor": tuple(WEIGHTS),
        "rogue": tuple(filter(None, get_args(comparing.Rogue))),
        "auth": authentication.KINDS,
        "coverage": (CONSISTENT, PARTIAL, MISSING),
        "change": (NEW, CHANGED, UNUSED),
        "protection": tuple(PROTECTIONS),
        "bot": BOT_TYPES,
        "verdict": (CONFIRMED, REJECTED, EXCEPTED),
    }
    assert known == VALUES
    assert BY_WORD["detector"].values == tuple(one.name for one in detectors())


@given(field=st.sampled_from(EXACT_CASE), value=VALUE, negated=st.booleans())
def test_a_value_of_the_data_survives_as_a_term(field: Field, value: str, negated: bool) -> None:
    """The term made for any value parses to exactly that value: nothing in data has a meaning in the language."""
    (term,) = parse(term_text(field.word, value, negated=negated))
    assert (term.field, term.negated, term.matches) == (field, negated, (Match(IS, value),))


@given(st.lists(st.tuples(st.sampled_from(EXACT_CASE), st.lists(VALUE, min_size=1, max_size=3), st.booleans()), max_size=6))
def test_terms_written_and_parsed_again_are_equal(found: list[tuple[Field, list[str], bool]]) -> None:
    """Text to terms to text to terms: nothing changes, in any combination."""
    text = "  ".join(f"{'-' * negated}{field.word}:{','.join(map(quote, values))}" for field, values, negated in found)
    terms = parse(text)
    assert parse(write(terms)) == terms
    assert [[match.value for match in term.matches] for term in terms] == [values for _, values, _ in found]
    for index in range(len(terms)):
        assert parse(write(without(terms, index))) == without(terms, index)


SYNTAX = st.lists(
    st.sampled_from([*"-:,\"\\*<>=. \t/0159ax{}()'", " OR ", "status", "host", "ip:", "user:", "😀", "\x00", "..", "5xx"]),
    max_size=30,
).map("".join)


def _bare(text: str) -> str:
    return "".join(text.split())


@given(SYNTAX | st.text(string.printable, max_size=60) | st.text(max_size=60))
def test_any_text_is_terms_or_an_error_with_a_place(text: str) -> None:
    """The parser never fails in another way, and what it takes it gives back unchanged."""
    try:
        terms = parse(text)
    except BadQuestion as error:
        place = error.position or 0
        terms = ()
    else:
        place = 0
        assert _bare(write(terms)) in (_bare(text), f"({_bare(text)})")
    assert 0 <= place <= len(text)
    assert parse(write(terms)) == terms


def test_no_two_fields_share_a_word() -> None:
    """Each word names one field, in lower case."""
    assert len(BY_WORD) == len(CATALOGUE)
    assert all(field.word == field.word.lower() for field in CATALOGUE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-status:5xx", "Response code is not 500 to 599"),
        ("duration_ms:>500,<1", "Time is above 500 ms or below 1 ms"),
        ("ip:10.0.0.0/8", "Client IP is in 10.0.0.0/8"),
        ("blocked:true", "Blocked is yes"),
        ("user:*", "User is anything"),
        ('user:""', "User is empty"),
    ],
)
def test_a_term_can_be_said_in_words(text: str, words: str) -> None:
    """Chips and messages read like a sentence."""
    assert sentence(parse(text)[0]) == words


@pytest.mark.parametrize(
    ("text", "written", "words"),
    [
        ("(status:200 OR status:404)", "(status:200 OR status:404)", "Response code is 200 or Response code is 404"),
        ("status:200 OR status:404", "(status:200 OR status:404)", "Response code is 200 or Response code is 404"),
        ("-( status:200   method:get )", "-(status:200 method:get)", "not (Response code is 200 and Method is GET)"),
        (
            "(host:a (status:200 OR -method:PUT) OR blocked:yes)",
            "(host:a (status:200 OR -method:PUT) OR blocked:yes)",
            "API host is a and Response code is 200 or Method is not PUT or Blocked is yes",
        ),
    ],
)
def test_parentheses_hold_alternatives(text: str, written: str, words: str) -> None:
    """Alternatives stand between OR, terms side by side hold together, a minus excludes the whole; all of it is written again."""
    (found,) = parse(text)
    assert isinstance(found, Either)
    assert (write((found,)), sentence(found)) == (written, words)
    assert parse(written) == (found,)


def test_or_is_a_word_and_not_a_value() -> None:
    """`OR` in capitals divides; in small letters or inside another word it is text, as parentheses inside a value are."""
    for text, count in (("or", 1), ("ORDER", 1), ("order OR /v1/a(b)", None), ("/v1/a(b)", 1), ('path:"a OR b"', 1)):
        if count is None:
            with pytest.raises(BadQuestion, match="between quotes"):
                parse(text)
        else:
            assert [type(one) for one in parse(text)] == [Term] * count


def test_parentheses_have_limits() -> None:
    """Depth and the number of terms inside are bounded, the place is told, and a long row of parentheses is no recursion."""
    deepest = "(" * NESTING_LIMIT + "status:200" + ")" * NESTING_LIMIT
    assert len(parse(deepest)) == 1
    for deeper in (f"({deepest})", "(" * 3000):
        with pytest.raises(BadQuestion, match="at most 5 deep") as caught:
            parse(deeper)
        assert caught.value.position == NESTING_LIMIT
    with pytest.raises(BadQuestion, match="at most 50 terms"):
        parse(f"({' OR '.join(['a'] * (TERMS_LIMIT + 1))})")


LEAVES = st.builds(
    lambda field, values, negated: term(field.word, values, negated=negated),
    st.sampled_from(EXACT_CASE),
    st.lists(VALUE, min_size=1, max_size=3),
    st.booleans(),
)


def _grown(inner: st.SearchStrategy[Term | Either]) -> st.SearchStrategy[Either]:
    alternatives: st.SearchStrategy[list[Terms]] = st.lists(
        st.lists(inner, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3
    )
    return st.builds(lambda some, negated: either(some, negated=negated), alternatives, st.booleans())


@given(st.recursive(LEAVES, _grown, max_leaves=12))
def test_trees_written_and_parsed_again_are_equal(found: Term | Either) -> None:
    """Whatever values stand in it, a tree of terms is written so that the same tree is read."""
    if _depth(found) <= NESTING_LIMIT:
        assert parse(write((found,))) == (found,)


def _depth(found: Term | Either) -> int:
    if isinstance(found, Term):
        return 0
    return 1 + max(_depth(one) for some in found.alternatives for one in some)


@pytest.mark.rows("S3.1")
def test_and_between_terms_was_searched_as_a_word() -> None:
    """AND between terms says what standing side by side says; at an end, or beside another, a term is missing."""
    assert parse("status:404 AND method:POST") == parse("status:404 method:POST")
    assert parse("(a AND b OR c) AND d") == parse("(a b OR c) d")
    assert [term.text for term in parse("AND:x".lower().replace("and", "host") + " ANDREW and")] == [
        "host:x",
        "ANDREW",
        "and",
    ]
    for wrong, at in (("AND a", 0), ("a AND", 5), ("a AND AND b", 6), ("a AND OR b", 6), ("a OR AND b", 5), ("(a AND)", 6)):
        with pytest.raises(BadQuestion, match="a term is missing") as refused:
            parse(wrong)
        assert refused.value.position == at
