"""The command line, run in this process: an `apitrail` of its own would spend most of a test on its start."""

from __future__ import annotations

import contextlib
import io
import sys

import pytest

from apitrail import cli


def ran(*words: str, given: bytes = b"") -> tuple[int, str, str]:
    """Runs `apitrail` with some standard input: exit code, standard output, standard error."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code = 0
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr(sys, "argv", ["apitrail", *words])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
    return code, _written(out), _written(err)


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
