"""The command line: one thin command per verb.

Nothing heavy is imported before a command needs it, so that `apitrail --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from apitrail.errors import ApitrailError, BadQuestion, BrokenMachine

if TYPE_CHECKING:
    from apitrail.ingest.files import Summary
    from apitrail.query.tree import Question
    from apitrail.store import Store

app = typer.Typer(
    help="Explore API sessions: what an actor did, in order, and whether it matters.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
