"""apitrail: a self-hosted explorer of API sessions.

The public library: open a store, ingest, ask. Nothing is defined here, and nothing heavy is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apitrail.library import Trail, open  # noqa: A004 - `apitrail.open`, as `gzip.open`

__all__ = ["Trail", "open"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from apitrail import library

        return getattr(library, name)
    raise AttributeError(f"module 'apitrail' has no attribute {name!r}")
