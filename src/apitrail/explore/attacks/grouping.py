"""By what findings are grouped into attacks, and the opaque id of one of them (A2.1)."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec

from apitrail.errors import BadQuestion, NotFound
from apitrail.model import fields
from apitrail.model.fields import field_named
from apitrail.query.sql import Values
from apitrail.query.text import term
from apitrail.query.tree import Terms

GROUPS_LIMIT = 4
"""Attributes by which findings are grouped at the same time."""
DEFAULT = ("attack", "point", "host")
VULNERABILITY = ("host", "endpoint", "attack", "point")
"""What an incident is an incident of (A3.1)."""
PRESETS = {
    "default": DEFAULT,
    "type": ("attack",),
    "ip": ("attack", "ip"),
    "user": ("attack", "user"),
    "endpoint": ("attack", "host", "endpoint"),
    "session": ("attack", "session"),
    "none": ("finding",),
}
"""Ways of grouping that have a name; `none` leaves every finding by itself."""

_OWN = {"attack": "type", "session": "lower(leftPad(hex(session_id), 32, '0'))", "finding": "finding"}
_UNGROUPED = frozenset(("role", "rpc_method", "primitive", "flow", "request", "overlimit", "mark"))


def groupable() -> list[str]:
    """The filter words by which findings can be grouped."""
    return [
        field.word for field in fields.CATALOGUE
        if field.scope not in (fields.METRIC, fields.ENDPOINT, fields.BOT) and field.word not in _UNGROUPED
    ]  # fmt: skip


def check(words: Sequence[str]) -> tuple[str, ...]:
    """Words by which findings can be grouped; BadQuestion when one of them is none, or there are too many."""
    if not 1 <= len(words) <= GROUPS_LIMIT:
        raise BadQuestion(f"attacks are grouped by 1 to {GROUPS_LIMIT} attributes, not {len(words)}", position=0)
    for word in words:
        if field_named(word).word not in groupable():
            raise BadQuestion(f"attacks cannot be grouped by {word!r}", position=0, suggestion="attack")
    if len(set(words)) < len(words):
        raise BadQuestion("an attribute stands there twice", position=0)
    return tuple(words)


def preset(name: str) -> tuple[str, ...]:
    """The words of a preset; BadQuestion when there is none of that name."""
    if name not in PRESETS:
        raise BadQuestion(f"a preset is one of {', '.join(PRESETS)}, not {name[:40]!r}", position=0, suggestion="default")
    return PRESETS[name]


def chosen(group_by: str, named: str) -> tuple[str, ...]:
    """The words of a grouping that is asked as words with commas or as a preset, else the usual ones."""
    if group_by and named:
        raise BadQuestion("attacks are grouped by group_by or by preset, not both", position=0, suggestion="group_by")
    return check(group_by.split(",")) if group_by else preset(named or "default")


def column(word: str) -> str:
    """What findings are grouped by for a word, as text."""
    return f"toString({_OWN.get(word) or field_named(word).sql})"


def encode(words: Sequence[str], values: Sequence[str]) -> str:
    """The id of the attack in which these words have these values."""
    return base64.urlsafe_b64encode(msgspec.json.encode([words, values])).decode().rstrip("=")


def decode(attack_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words and values of an id; NotFound when it is none."""
    try:
        text = base64.b64decode(attack_id + "=" * (-len(attack_id) % 4), altchars=b"-_", validate=True)
        words, values = msgspec.json.decode(text, type=tuple[tuple[str, ...], tuple[str, ...]])
        check(words)
    except (ValueError, msgspec.DecodeError, BadQuestion):
        raise NotFound("there is no attack of this id; start from the list of attacks") from None
    if len(words) != len(values) or any(
        word == "finding" and not value.isdecimal() for word, value in zip(words, values, strict=True)
    ):
        raise NotFound("there is no attack of this id; start from the list of attacks")
    return words, values


def condition(attack_id: str, values: Values) -> str:
    """The condition under which a finding belongs to an attack."""
    words, told = decode(attack_id)
    return " AND ".join(f"{column(word)} = {values.bind(value, 'String')}" for word, value in zip(words, told, strict=True))


def shown(words: Sequence[str], values: Sequence[str]) -> dict[str, str]:
    """The words of a grouping with the values as people and filters write them."""
    return {word: f"{int(value):016x}" if word == "finding" else value for word, value in zip(words, values, strict=True)}


def terms(attack_id: str) -> Terms:
    """An attack as a filter, as far as its values are not empty and can be written."""
    told = shown(*decode(attack_id))
    return tuple(term(word, [value]) for word, value in told.items() if value and "\0" not in value)
