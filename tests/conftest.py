"""What the tests share: an engine in both sizes, stores on it, and a clock that can be set."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from apitrail.store import Store
from engines import ENGINES

settings.register_profile("house", deadline=None)
settings.load_profile("house")

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the browser's driver keeps an event loop running in this thread, in which no other can start."""
    items.sort(key=lambda item: "console" in item.path.parts)


@pytest.fixture(scope="session")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a running stand-in for a ClickHouse server, in a process of its own."""
    server = Path(__file__).parent / "standin" / "server.py"
    folder = tmp_path_factory.mktemp("standin")
    process = subprocess.Popen([sys.executable, str(server), str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def make_dsn(standin: int, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Makes the DSN of a new, empty store of an engine."""

    def make(engine: str) -> str:
        if engine == "chdb":
            return f"chdb://{tmp_path_factory.mktemp('store')}"
        return f"clickhouse://default:@127.0.0.1:{standin}/test{next(_numbers)}"

    return make


@pytest.fixture(params=ENGINES)
def dsn(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> str:
    """The DSN of a new store, once for each engine."""
    return make_dsn(request.param)


@pytest.fixture
def store(dsn: str) -> Iterator[Store]:
    """A new, empty store that keeps everything, once for each engine."""
    with Store(dsn, retention_days=0) as opened:
        yield opened


@pytest.fixture
def chdb_dsn(make_dsn: Callable[[str], str]) -> str:
    """The DSN of a new chDB store."""
    return make_dsn("chdb")


@pytest.fixture
def chdb_store(chdb_dsn: str) -> Iterator[Store]:
    """A new, empty chDB store that keeps everything, for what does not depend on the engine's size."""
    with Store(chdb_dsn, retention_days=0) as opened:
        yield opened
