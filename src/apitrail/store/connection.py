"""Connections to the engine, both sizes through one driver: chDB in this process or a ClickHouse server by DSN."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from apitrail.errors import BadQuestion, BrokenMachine, StoreFull, StoreLocked
from apitrail.store import owner

READERS = 4
"""Questions answered at the same time; one connection answers one at a time."""

READ_SETTINGS = (
    "max_execution_time = 60, max_memory_usage = 4000000000, output_format_arrow_string_as_string = 1"
    ", prefer_column_name_to_alias = 1"
    ", compile_expressions = 0, compile_aggregate_expressions = 0, compile_sort_description = 0"
)
"""How questions are answered. None is asked so often, of so much, that compiling it pays: at 5 million requests it saves 4 % of
the longest answers, while the question for which it is done, the fourth of a kind, takes up to 300 ms more."""

_REASONS: tuple[tuple[tuple[str, ...], type[BrokenMachine], str], ...] = (
    (
        ("Cannot lock file", "Error initializing EmbeddedServer", "is already running"),
        StoreLocked,
        "the store is in use by another process; stop it, or talk to it with --server URL",
    ),
    (("No space left", "NOT_ENOUGH_SPACE", "Cannot reserve"), StoreFull, "the disk of the store is full"),
)


def translate(error: Exception, dsn: str) -> BrokenMachine:
    """The engine's error as one of ours, with the store named and the engine's own first line kept."""
    text = f"{error} {error.__cause__ or ''}"
    for signs, kind, message in _REASONS:
        if any(sign in text for sign in signs):
            return kind(f"{safe_dsn(dsn)}: {message}")
    return BrokenMachine(f"{safe_dsn(dsn)}: {str(error).splitlines()[0][:500]}")


def safe_dsn(dsn: str) -> str:
    """A DSN without its password, for messages."""
    password = urlsplit(dsn).password
    return dsn.replace(f":{password}@", ":***@") if password else dsn


def check_dsn(dsn: str) -> str:
    """The DSN as given, or BadQuestion when it is of neither kind."""
    if not dsn.startswith(("chdb://", "clickhouse://", "clickhouses://")):
        raise BadQuestion(f"--store takes chdb:///PATH or clickhouse://USER:PASSWORD@HOST:PORT/DB, not {dsn!r}")
    return dsn


class Connections:
    """A few connections to one store: one for writing, some for reading; any thread may use it.

    Every engine error leaves here as one of ours.
    """

    def __init__(self, dsn: str) -> None:
        self.dsn = check_dsn(dsn)
        self._create_place()
        try:
            self._writer = self._connect()
        except BrokenMachine:
            self._leave_place()
            raise
        self._writing = threading.RLock()
        self.writes = 0
        """How often something was written through here, counted when it is done, also when it failed."""
        self._readers: queue.LifoQueue[Client | None] = queue.LifoQueue()
        for _ in range(READERS):
            self._readers.put(None)

    @property
    def embedded(self) -> bool:
        """Whether the engine runs inside this process."""
        return self.dsn.startswith("chdb://")

    @property
    def database(self) -> str:
        """The name of the database, which what the engine does by itself must be told."""
        return "default" if self.embedded else urlsplit(self.dsn).path.strip("/") or "default"

    def _create_place(self) -> None:
        if self.embedded:
            owner.take(self._folder)
            return
        with self._ours():
            client = clickhouse_connect.get_client(dsn=urlsplit(self.dsn)._replace(path="/default").geturl())
            client.command(f"CREATE DATABASE IF NOT EXISTS {quote_name(self.database)}")
            client.close()

    def _leave_place(self) -> None:
        if self.embedded:
            owner.give_back(self._folder)

    @property
    def _folder(self) -> Path:
        return Path(self.dsn.removeprefix("chdb://"))

    def _connect(self) -> Client:
        with self._ours():
            options = {} if self.embedded else {"autogenerate_session_id": False}
            return clickhouse_connect.get_client(dsn=self.dsn, **options)

    @contextlib.contextmanager
    def _ours(self) -> Iterator[None]:
        try:
            yield
        except (ClickHouseError, OSError) as error:
            raise translate(error, self.dsn) from error

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Client]:
        client = self._readers.get()
        try:
            client = client or self._connect()
            yield client
        finally:
            self._readers.put(client)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write, so that check and insert are one step in this process."""
        with self._writing:
            yield

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with self._writing, self._ours():
            try:
                yield
            finally:
                self.writes += 1

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The answer to a SELECT as a list of rows."""
        return list(self.ask(sql, values).to_pylist())

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer to a SELECT as an Arrow table; `values` are bound by the engine, never printed into the text."""
        with self._reader() as client, self._ours():
            return _ask(client, sql, values)

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append rows in one insert; columns left out take their defaults."""
        with self._changing():
            self._writer.insert_arrow(table, rows.unify_dictionaries())

    def command(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement that gives no rows."""
        with self._changing():
            self._writer.command(sql, parameters=dict(values or {}))

    def close(self) -> None:
        """Close every connection; the engine of a chDB store stops with the last one."""
        with contextlib.suppress(queue.Empty):
            while True:
                client = self._readers.get_nowait()
                if client:
                    client.close()
        self._writer.close()
        self._leave_place()


def _ask(client: Client, sql: str, values: Mapping[str, Any] | None) -> pa.Table:
    answer = client.raw_query(
        f"{sql}\nSETTINGS {READ_SETTINGS} FORMAT ArrowStream", parameters=dict(values or {}), use_database=True
    )
    if not answer:
        return pa.table({})
    return pa.ipc.open_stream(pa.py_buffer(answer)).read_all()


def quote_name(name: str) -> str:
    """A database or table name between backticks."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
