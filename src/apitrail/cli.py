"""Where the command line begins: the commands are loaded only when another one than `scan` is asked for, which starts at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from apitrail.errors import ApitrailError, BadQuestion


def main() -> None:
    """Run the command line; our own errors end it with a message and exit code 2 (question) or 1 (input, machine)."""
    try:
        run(sys.argv[1:])
    except ApitrailError as error:
        sys.stderr.write(f"apitrail: {_explained(error)}\n")
        sys.exit(2 if isinstance(error, BadQuestion) else 1)
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def run(words: Sequence[str]) -> None:
    """Run the command that some words ask for."""
    if len(words) == 2 and words[0] == "scan" and (words[1] == "-" or words[1][:1] != "-"):
        from apitrail import scanning

        sys.exit(scanning.scan(words[1]))
    from apitrail.commands import app

    app()


def _explained(error: ApitrailError) -> str:
    suggestion = getattr(error, "suggestion", None)
    return f"{error} (try: {suggestion})" if suggestion and suggestion not in str(error) else str(error)


def __getattr__(name: str) -> Any:
    if name == "app":
        from apitrail.commands import app

        return app
    raise AttributeError(f"module 'apitrail.cli' has no attribute {name!r}")
