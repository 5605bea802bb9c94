"""The templates of the inventory as paths of an OpenAPI document, whose variables have names of their own (D10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote

from apitrail.inspect.endpoints import KINDS

_VARIABLE = re.compile(r"\{([^{}]*)\}")
_WORDS = re.compile(r"[A-Za-z0-9]+")
_TYPES = {"uuid": "uuid", "hex": "hex", "date": "date", "email": "email", "number": "float", "ip": "ip"}
_SAFE = "-._~!$&'()*+,;=:@%"
"""What may stand in a path as it is."""
_PLURALS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("xes", "x"),
    ("ss", "ss"),
    ("us", "us"),
    ("is", "is"),
    ("s", ""),
)


class Variable(NamedTuple):
    """A variable of a path: its name, the type that its kind tells, and the number of its segment as in `request.path[N]`.

    `alone` is one that is the whole segment.
    """

    name: str
    type: str
    segment: int
    alone: bool


class Path(NamedTuple):
    """A path of a document and its variables."""

    path: str
    variables: tuple[Variable, ...]


def path_of(endpoint: str) -> Path:
    """The path of an endpoint, without an operation behind a `#`: `/users/{userId}` of `/users/{id}`.

    A variable is named after the word before it, so that it has the same name in every path that begins the same.
    """
    template = endpoint.partition("#")[0]
    segments, found = template.lstrip("/").split("/"), list[Variable]()
    used: set[str] = set()
    word = ""
    written = []
    for number, segment in enumerate(segments):
        made = ""
        for constant, kind in _parts(segment):
            made += quote(constant, safe=_SAFE) if constant else ""
            if kind is not None:
                name = _free(_name(word, kind), used)
                found.append(Variable(name, _TYPES.get(kind, "string"), number, segment == f"{{{kind}}}"))
                made += f"{{{name}}}"
        written.append(made)
        if "{" not in segment and _WORDS.search(segment):
            word = segment
    return Path("/" + "/".join(written), tuple(found))


def shape_of(path: str) -> str:
    """A path without the names of its variables: paths that differ in nothing else are one path to OpenAPI."""
    return _VARIABLE.sub("{}", path)


def _parts(segment: str) -> Iterator[tuple[str, str | None]]:
    """The constant pieces of a segment, each with the kind of the variable behind it, None at the end."""
    pieces = _VARIABLE.split(segment)
    for at in range(0, len(pieces), 2):
        yield pieces[at], pieces[at + 1] if at + 1 < len(pieces) else None


def _name(word: str, kind: str) -> str:
    """The name of a variable: `orderId` of the kind `id` behind `orders`."""
    words = _WORDS.findall(unquote(word))
    kinds = _WORDS.findall(kind) or ["value"]
    last = kinds if kind in KINDS or not words else kinds[:3]
    if not words:
        return _camel(last)
    words[-1] = _singular(words[-1])
    return _camel(last) if [some.lower() for some in words] == [some.lower() for some in last] else _camel([*words, *last])


def _camel(words: list[str]) -> str:
    first, *others = words
    return (first[:1].lower() + first[1:] + "".join(word[:1].upper() + word[1:] for word in others))[:100]


def _singular(word: str) -> str:
    ending = next(
        ((plural, single) for plural, single in _PLURALS if word.endswith(plural) and len(word) > len(plural) + 1), None
    )
    return word[: -len(ending[0])] + ending[1] if ending else word


def _free(name: str, used: set[str]) -> str:
    """A name that no variable before it has."""
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name}{number}"
    used.add(free)
    return free
