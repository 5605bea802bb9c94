"""The `where` tree of the aggregation API: and, or, not over conditions on fields, as JSON, to terms (A2.5).

    {"and": [{"field": "attack", "op": "=", "value": "sqli"}, {"not": {"field": "ip", "op": "in", "value": ["10.0.0.0/8"]}}]}

`=` and `!=` take a value as it is, `like` one with `*`, `in` a list of either; `>`, `>=`, `<`, `<=` a number, `between` two;
`exists` takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apitrail.errors import BadQuestion
from apitrail.model import fields
from apitrail.model.fields import field_named
from apitrail.query.text import LENGTH_LIMIT, NESTING_LIMIT, TERMS_LIMIT, VALUES_LIMIT, either, term
from apitrail.query.tree import Term, Terms

_MEMBERS = ("and", "or", "not", "field")


def read(tree: object) -> Terms:
    """The terms of a tree; BadQuestion names the place in it that is wrong."""
    count = [0]
    return _read(tree, "where", 0, count)


def _read(tree: object, place: str, level: int, count: list[int]) -> Terms:
    if not isinstance(tree, Mapping):
        raise BadQuestion(f"{place} is an object with one of {', '.join(_MEMBERS)}")
    kinds = [name for name in _MEMBERS if name in tree]
    if len(kinds) != 1:
        raise BadQuestion(f"{place} has exactly one of {', '.join(_MEMBERS)}")
    if level > NESTING_LIMIT:
        raise BadQuestion(f"{place} is more than {NESTING_LIMIT} levels deep")
    kind = kinds[0]
    if kind == "field":
        count[0] += 1
        if count[0] > TERMS_LIMIT:
            raise BadQuestion(f"a filter has at most {TERMS_LIMIT} conditions")
        return (_condition(tree, place),)
    below = tree[kind] if kind != "not" else [tree[kind]]
    if not isinstance(below, Sequence) or isinstance(below, str) or not below:
        raise BadQuestion(f"{place}.{kind} is a list of conditions")
    parts = [
        _read(one, f"{place}.{kind}[{at}]" if kind != "not" else f"{place}.not", level + 1, count) for at, one in enumerate(below)
    ]
    if kind == "and":
        return tuple(term for part in parts for term in part)
    return (either(parts, negated=kind == "not"),)


def _condition(tree: Mapping[str, Any], place: str) -> Term:
    unknown = [name for name in tree if name not in ("field", "op", "value")]
    if unknown:
        raise BadQuestion(f"{place} has field, op and value, not {str(unknown[0])[:40]!r}")
    if not isinstance(tree["field"], str):
        raise BadQuestion(f"{place}.field is the name of a field")
    op = tree.get("op", "=")
    if not isinstance(op, str) or op not in _OPS:
        raise BadQuestion(f"{place}.op is one of {', '.join(_OPS)}, not {str(op)[:40]!r}", suggestion="=")
    try:
        return _OPS[op](field_named(tree["field"]).word, tree.get("value"))
    except BadQuestion as error:
        raise BadQuestion(f"{place}: {error}", suggestion=error.suggestion) from None


def _texts(value: Any, what: str = "a value") -> list[str]:
    """One value or a list of them, as the filter language writes them."""
    some = value if isinstance(value, list) else [value]
    if not some or any(not isinstance(one, (str, int, float)) for one in some):
        raise BadQuestion(f"{what} is a text, a number, true or false, or a list of them")
    if len(some) > VALUES_LIMIT:
        raise BadQuestion(f"a condition has at most {VALUES_LIMIT} values")
    texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in some]
    if any("\0" in one for one in texts):
        raise BadQuestion("a value has no NUL characters")
    if sum(map(len, texts)) > LENGTH_LIMIT:
        raise BadQuestion(f"the values of a condition have at most {LENGTH_LIMIT} characters")
    return texts


def _equal(word: str, value: Any) -> Term:
    return term(word, _texts(value), literal=field_named(word).kind in (fields.TEXT, fields.WORDS))


def _unequal(word: str, value: Any) -> Term:
    return term(word, _texts(value), negated=True, literal=field_named(word).kind in (fields.TEXT, fields.WORDS))


def _like(word: str, value: Any) -> Term:
    return term(word, _texts(value), literal=False)


def _compared(sign: str) -> Callable[[str, Any], Term]:
    return lambda word, value: term(_number(word, sign), [f"{sign}{one}" for one in _texts(value)], literal=False)


def _between(word: str, value: Any) -> Term:
    low, high = _two(value)
    return term(_number(word, "between"), [f"{low}..{high}"], literal=False)


def _number(word: str, op: str) -> str:
    if not field_named(word).numeric:
        raise BadQuestion(f"{op} compares numbers, and {word} is none", suggestion="like")
    return word


def _two(value: Any) -> tuple[str, str]:
    some = _texts(value, "between")
    if len(some) != 2:
        raise BadQuestion("between takes two numbers")
    return some[0], some[1]


def _exists(word: str, value: Any) -> Term:
    if value is not None and not isinstance(value, bool):
        raise BadQuestion("exists takes true, false or nothing")
    return term(word, ["*"], literal=False, negated=value is False)


_OPS: dict[str, Callable[[str, Any], Term]] = {
    "=": _equal,
    "!=": _unequal,
    "in": _equal,
    "like": _like,
    ">": _compared(">"),
    ">=": _compared(">="),
    "<": _compared("<"),
    "<=": _compared("<="),
    "between": _between,
    "exists": _exists,
}
OPS = tuple(_OPS)
"""The words and signs that a condition may have as its `op`."""
