"""The columns of the list of sessions: which there are, and which of them an address asks for (S3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from apitrail.console.links import View
from apitrail.errors import BadQuestion


class Column(NamedTuple):
    """A column that can be chosen: its name in the address, and its title."""

    name: str
    title: str


COLUMNS = (
    Column("pulse", "Pace"),
    Column("user", "User"),
    Column("client", "Client"),
    Column("host", "API host"),
    Column("endpoints", "Endpoints"),
    Column("codes", "Codes"),
    Column("methods", "Methods"),
    Column("flows", "Business flows"),
    Column("application", "Application"),
    Column("session", "Session"),
    Column("status", "Status"),
)
"""In the order in which they stand; when it started and how many requests it has stand before them always."""
USUAL = ("pulse", "user", "client", "host", "endpoints", "status")
"""The columns of an address that names none."""


def chosen(view: View) -> list[Column]:
    """The columns of a view; BadQuestion names one that there is not."""
    names = view.cols.split(",") if view.cols else USUAL
    known = {column.name for column in COLUMNS}
    if wrong := next((name for name in names if name not in known), None):
        raise BadQuestion(f"there is no column {wrong[:40]!r}; columns are {', '.join(sorted(known))}", suggestion="user")
    return [column for column in COLUMNS if column.name in names]


def menu(view: View) -> dict[str, Any]:
    """What the menu of columns needs."""
    names = {column.name for column in chosen(view)}
    rows = [{"column": column, "chosen": column.name in names} for column in COLUMNS]
    return {"columns": rows, "usual": view.url(cols="") if view.cols else ""}


def written(names: Sequence[str]) -> str:
    """Columns as an address names them: in their order, nothing when they are the usual ones."""
    found = tuple(column.name for column in COLUMNS if column.name in names)
    return "" if found in ((), USUAL) else ",".join(found)
