"""What questions about attacks may have in them, for programs that build them (A2.5)."""

from __future__ import annotations

import msgspec

from apitrail.configure.marks import MARKS, NAMED_LIMIT
from apitrail.explore.attacks import grouping, listing, opening, statistics
from apitrail.explore.attacks.measures import MEASURES
from apitrail.model.attack import TITLES
from apitrail.model.fields import CATALOGUE
from apitrail.query import conditions, text


class AttackField(msgspec.Struct, kw_only=True):
    """A filter word: what it is called, what kind of value it has and what it chooses; whether attacks are grouped by it."""

    word: str
    title: str
    kind: str
    scope: str
    groupable: bool
    help: str
    example: str


class AttackMeasure(msgspec.Struct, kw_only=True):
    """Something that attacks add up to; whether they can be ordered by it, and shown as a statistic."""

    name: str
    help: str
    sortable: bool
    statistic: bool


class AttackSchema(msgspec.Struct, kw_only=True):
    """Everything that a question about attacks may have in it."""

    fields: list[AttackField]
    measures: list[AttackMeasure]
    presets: dict[str, list[str]]
    types: dict[str, str]
    ops: list[str]
    statistics: list[str]
    marks: list[str]
    limits: dict[str, int]


def schema() -> AttackSchema:
    """What questions about attacks may have in them."""
    return AttackSchema(
        fields=_fields(),
        measures=_measures(),
        presets={name: list(words) for name, words in grouping.PRESETS.items()},
        types=dict(TITLES),
        ops=list(conditions.OPS),
        statistics=list(statistics.KINDS),
        marks=list(MARKS),
        limits={
            "group_by": grouping.GROUPS_LIMIT,
            "limit": listing.PAGE_LIMIT,
            "top": statistics.TOP_LIMIT,
            "bars": statistics.BARS_LIMIT,
            "conditions": text.TERMS_LIMIT,
            "values": text.VALUES_LIMIT,
            "depth": text.NESTING_LIMIT,
            "marked": opening.MARKED_LIMIT,
            "marked_by_id": NAMED_LIMIT,
        },
    )


def _fields() -> list[AttackField]:
    groupable = frozenset(grouping.groupable())
    return [
        AttackField(
            word=field.word,
            title=field.title,
            kind=field.kind,
            scope=field.scope,
            groupable=field.word in groupable,
            help=field.help,
            example=field.example,
        )
        for field in CATALOGUE
    ]


def _measures() -> list[AttackMeasure]:
    figures = frozenset(statistics.measures())
    return [
        AttackMeasure(name=one.name, help=one.help, sortable=bool(one.rank), statistic=one.name in figures)
        for one in MEASURES.values()
    ]
