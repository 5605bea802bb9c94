"""What the tests share: an engine in both sizes, stores on it, and a clock that can be set."""

from __future__ import annotations

import functools
import itertools
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import clickhouse_connect
import pytest
from hypothesis import HealthCheck, settings

from apitrail.store import Store
from engines import ENGINES, UNCOMPILED

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: the browser's driver keeps an event loop running in this thread, in which no other can start."""
    items.sort(key=lambda item: "console" in item.path.parts)


@pytest.fixture(scope="session", autouse=True)
def uncompiled() -> Iterator[None]:
    """The engines compile no expressions: for each of many small stores that takes longer than the questions themselves.

    Commands and servers that run in processes of their own are tested as they are.
    """
    with pytest.MonkeyPatch.context() as patch:
        get_client = functools.partial(clickhouse_connect.get_client, settings=UNCOMPILED)
        patch.setattr(clickhouse_connect, "get_client", get_client)
        yield


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
def empty_folder(tmp_path_factory: pytest.TempPathFactory, uncompiled: None) -> Path:
    """The folder of a chDB store that was opened once; a copy is a new store whose tables need not be made."""
    folder = tmp_path_factory.mktemp("empty")
    Store(f"chdb://{folder}", retention_days=0).close()
    return folder


@pytest.fixture(scope="session")
def make_dsn(standin: int, empty_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Makes the DSN of a new, empty store of an engine."""

    def make(engine: str) -> str:
        if engine == "chdb":
            folder = tmp_path_factory.mktemp("store")
            shutil.copytree(empty_folder, folder, symlinks=True, dirs_exist_ok=True)
            return f"chdb://{folder}"
        return f"clickhouse://default:@127.0.0.1:{standin}/test{next(_numbers)}"

    return make


@pytest.fixture(params=ENGINES)
def dsn(request: pytest.FixtureRequest, standin: int, make_dsn: Callable[[str], str]) -> Iterator[str]:
    """The DSN of a new store, once for each engine; a server drops it afterwards, since each one left keeps it busy."""
    made = make_dsn(request.param)
    yield made
    if request.param == "clickhouse":
        drop = f"DROP DATABASE IF EXISTS {made.rpartition('/')[2]}"
        urllib.request.urlopen(f"http://127.0.0.1:{standin}/", drop.encode()).close()


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
