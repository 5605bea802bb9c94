"""Options that many commands share, and what they open."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from apitrail.settings import Settings
    from apitrail.store import Store

StoreOption = Annotated[
    str | None, typer.Option("--store", help="The store: chdb:///PATH or clickhouse://USER:PASSWORD@HOST:PORT/DB.")
]
ConfigOption = Annotated[str, typer.Option("--config", help="A TOML file of settings.")]
ServerOption = Annotated[
    str, typer.Option("--server", envvar="APITRAIL_SERVER", help="Ask a running server instead of opening a store.")
]
TokenOption = Annotated[str, typer.Option("--token", envvar="APITRAIL_TOKEN", help="The token for --server.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")]
FilterOption = Annotated[
    str, typer.Option("-q", "--filter", help="Filters, such as 'status:5xx -method:GET host:*.shop.example'.")
]
FromOption = Annotated[str, typer.Option("--from", help="Start, included: ISO 8601, -24h, today.")]
ToOption = Annotated[str, typer.Option("--to", help="End, excluded.")]
LimitOption = Annotated[int, typer.Option("--limit", min=0, help="How many at most; 0 is all.")]


def load(config: str = "", **flags: str | int | None) -> Settings:
    """The settings under these flags."""
    from apitrail import settings

    return settings.load(config, flags)


@contextlib.contextmanager
def opened(config: str = "", **flags: str | int | None) -> Iterator[Store]:
    """The store of the settings under these flags, with what the configuration file says put in force."""
    from apitrail.configure.opening import open_store

    with open_store(load(config, **flags)) as store:
        yield store
