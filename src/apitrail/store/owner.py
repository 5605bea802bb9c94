"""One process owns the folder of a chDB store; another one is told who, before the engine is asked."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import IO

from apitrail.errors import BrokenMachine, StoreLocked

NAME = "apitrail.lock"

_held: dict[str, tuple[IO[str], int]] = {}
_guard = threading.Lock()


def take(folder: Path) -> None:
    """Own a folder, which is made if need be; StoreLocked when another process does. A process may take it several times."""
    path = _path(folder)
    with _guard:
        file, count = _held.get(path, (None, 0))
        _held[path] = (file or _locked(folder, path), count + 1)


def give_back(folder: Path) -> None:
    """Own a folder once less."""
    path = _path(folder)
    with _guard:
        file, count = _held.pop(path)
        if count > 1:
            _held[path] = (file, count - 1)
        else:
            file.close()


def _path(folder: Path) -> str:
    return os.path.realpath(folder / NAME)


def _locked(folder: Path, path: str) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = Path(path).open("a+", encoding="ascii")  # noqa: SIM115 - stays open as long as the folder is owned
    except OSError as error:
        raise BrokenMachine(f"{folder}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read(20).strip()
        file.close()
        raise StoreLocked(
            f"{folder}: the store is in use by another process{f' ({owner})' if owner else ''};"
            " stop it, or talk to it with --server URL"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
