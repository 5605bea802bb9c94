"""The engines that the same tests run against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from hypothesis import settings

Thing = TypeVar("Thing")
ENGINES = ("chdb", "clickhouse")
"""chDB in this process, and ClickHouse's HTTP interface answered by the stand-in."""

UNCOMPILED = {"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0}
"""Settings with which the engine interprets what it would compile for the third time it is asked."""


def shared(questions: int) -> settings:
    """So many random questions in all, of which each engine gets its share: what one answers well is no news of the other."""
    return settings(max_examples=questions // len(ENGINES))


def part(dsn: str, things: Iterable[Thing]) -> list[Thing]:
    """Of many alike things those that an engine is asked about: each engine has its share, and together they have all."""
    return list(things)[ENGINES.index(dsn.partition("://")[0]) :: len(ENGINES)]
