"""The `where` tree of the aggregation API: it means what the filter language means, and what is wrong in it is named with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.model.fields import CATALOGUE
from apitrail.query.conditions import OPS, read
from apitrail.query.text import LENGTH_LIMIT, NESTING_LIMIT, TERMS_LIMIT, VALUES_LIMIT, parse, sentence
from apitrail.query.tree import Either, Term, Terms

SQLI = {"field": "attack", "op": "=", "value": "sqli"}


def meaning(terms: Any) -> Any:
    """Terms without the way they are written."""
    if isinstance(terms, Term):
        return terms.word, terms.negated, terms.matches
    if isinstance(terms, Either):
        return terms.negated, [meaning(some) for some in terms.alternatives]
    return [meaning(one) for one in terms]


def attempted(tree: Any) -> Terms | str:
    """The terms of a tree, or what is said against it."""
    try:
        return read(tree)
    except BadQuestion as error:
        return str(error)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (SQLI, 'attack:"sqli"'),
        ({"field": "attack", "value": "sqli"}, 'attack:"sqli"'),
        ({"field": "ATTACK", "value": "s*"}, 'attack:"s*"'),
        ({"field": "attack", "op": "!=", "value": "sqli"}, '-attack:"sqli"'),
        ({"field": "attack", "op": "in", "value": ["sqli", "xss"]}, 'attack:"sqli","xss"'),
        ({"field": "attack", "op": "!=", "value": ["sqli", "xss"]}, '-attack:"sqli","xss"'),
        ({"field": "host", "op": "like", "value": "*.example"}, "host:*.example"),
        ({"field": "host", "op": "like", "value": ["a*", "b"]}, "host:a*,b"),
        ({"field": "status", "op": "=", "value": 404}, "status:404"),
        ({"field": "status", "op": "in", "value": [404, 500]}, "status:404,500"),
        ({"field": "status", "op": "like", "value": "5xx"}, "status:5xx"),
        ({"field": "status", "op": ">=", "value": 400}, "status:>=400"),
        ({"field": "duration_ms", "op": "<", "value": 0.5}, "duration_ms:<0.5"),
        ({"field": "status", "op": "between", "value": [400, 499]}, "status:400..499"),
        ({"field": "ip", "op": "in", "value": ["10.0.0.0/8", "2001:db8::1"]}, "ip:10.0.0.0/8,2001:db8::1"),
        ({"field": "ip", "op": "!=", "value": "10.0.0.0/8"}, "-ip:10.0.0.0/8"),
        ({"field": "blocked", "op": "=", "value": True}, "blocked:true"),
        ({"field": "evidence", "op": "exists"}, "evidence:*"),
        ({"field": "evidence", "op": "exists", "value": False}, "-evidence:*"),
        ({"field": "requests", "op": ">", "value": 100}, "requests:>100"),
        ({"and": [SQLI, {"field": "status", "value": 200}]}, 'attack:"sqli" status:200'),
        ({"or": [SQLI, {"field": "status", "value": 200}]}, '(attack:"sqli" OR status:200)'),
        ({"not": SQLI}, '-(attack:"sqli")'),
        ({"not": {"or": [SQLI, {"field": "status", "value": 200}]}}, '-((attack:"sqli" OR status:200))'),
        ({"or": [{"and": [SQLI, {"field": "status", "value": 200}]}, SQLI]}, '(attack:"sqli" status:200 OR attack:"sqli")'),
    ],
)
def test_a_tree_means_what_the_text_means(tree: Any, text: str) -> None:
    """Each sign, and each way to put conditions together, has its counterpart in the filter language."""
    assert meaning(read(tree)) == meaning(parse(text))


@pytest.mark.parametrize(
    ("tree", "words", "suggestion"),
    [
        ([], "where is an object", None),
        ("attack:sqli", "where is an object", None),
        ({}, "where has exactly one of and, or, not, field", None),
        ({"and": [SQLI], "or": [SQLI]}, "where has exactly one of", None),
        ({"and": []}, "where.and is a list of conditions", None),
        ({"and": "sqli"}, "where.and is a list of conditions", None),
        ({"or": [SQLI, 5]}, "where.or[1] is an object", None),
        ({"not": [SQLI]}, "where.not is an object", None),
        ({"field": 5}, "where.field is the name of a field", None),
        ({"field": "atack", "value": "sqli"}, "where: there is no field 'atack'", "attack"),
        ({"and": [SQLI, {"or": [SQLI, {"field": "atack", "value": 1}]}]}, "where.and[1].or[1]: there is no field", "attack"),
        ({"field": "attack", "op": "~", "value": "sqli"}, "where.op is one of =, !=", "="),
        ({"field": "attack", "op": ["="], "value": "sqli"}, "where.op is one of", "="),
        ({"field": "attack", "op": "=", "vaule": "sqli"}, "where has field, op and value, not 'vaule'", None),
        ({"field": "attack"}, "a value is a text, a number", None),
        ({"field": "attack", "value": []}, "a value is a text, a number", None),
        ({"field": "attack", "value": {"a": 1}}, "a value is a text, a number", None),
        ({"field": "attack", "value": [["sqli"]]}, "a value is a text, a number", None),
        ({"field": "status", "op": ">", "value": "many"}, "where: status takes a number", "status:5xx"),
        ({"field": "status", "op": "between", "value": [1]}, "between takes two numbers", None),
        ({"field": "status", "op": "between", "value": [9, 2]}, "goes backwards", "2..9"),
        ({"field": "host", "op": ">", "value": 5}, "> compares numbers, and host is none", "like"),
        ({"field": "host", "op": "between", "value": ["a", "b"]}, "between compares numbers", "like"),
        ({"field": "ip", "op": "=", "value": "10.0.0"}, "ip takes an address", "ip:203.0.113.0/24"),
        ({"field": "finding", "value": "12"}, "16 hex digits", "finding:9d71154dadd331c8"),
        ({"field": "blocked", "value": "maybe"}, "blocked is true or false", "blocked:true"),
        ({"field": "evidence", "op": "exists", "value": "yes"}, "exists takes true, false or nothing", None),
        ({"field": "host", "value": "a\0b"}, "no NUL", None),
        ({"field": "host", "value": ["a"] * (VALUES_LIMIT + 1)}, "at most 100 values", None),
        ({"field": "host", "value": "a" * (LENGTH_LIMIT + 1)}, "at most 4000 characters", None),
        ({"or": [SQLI] * (TERMS_LIMIT + 1)}, "at most 50 conditions", None),
    ],
)
def test_what_is_wrong_is_said_with_its_place_in_the_tree(tree: Any, words: str, suggestion: str | None) -> None:
    """No condition is dropped: a wrong one is an error that names where it stands and, where there is one, the nearest word."""
    with pytest.raises(BadQuestion) as caught:
        read(tree)
    assert words in str(caught.value)
    assert caught.value.suggestion == suggestion


def test_a_tree_has_a_depth() -> None:
    """Levels are bounded, also for a tree that is hostile."""
    tree: Any = SQLI
    for _ in range(NESTING_LIMIT):
        tree = {"not": tree}
    read(tree)
    for _ in range(500):
        tree = {"not": tree}
    with pytest.raises(BadQuestion, match="levels deep"):
        read(tree)


def test_every_sign_is_tried_on_every_field() -> None:
    """Each sign with the example of each field is terms that can be said in words, or a clear no."""
    for field in CATALOGUE:
        for op in OPS:
            value: Any = None if op == "exists" else [1, 2] if op == "between" else field.example.strip("><*") or "x"
            found = attempted({"field": field.word, "op": op, "value": value})
            assert found.startswith("where") if isinstance(found, str) else sentence(found[0])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["attack", "status", "ip", "between", "exists", "="]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["and", "or", "not", "field", "op", "value", "x"]), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_any_json_is_terms_or_an_error(tree: Any) -> None:
    """The reader never fails in another way."""
    assert attempted(json.loads(json.dumps(tree))) != ""
