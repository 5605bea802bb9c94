"""A store as the settings want it: opened by its DSN, with what the configuration file says put in force."""

from __future__ import annotations

from apitrail.configure import sensitive_patterns, session_parameters
from apitrail.settings import Settings
from apitrail.store import Store


def open_store(settings: Settings, dsn: str = "") -> Store:
    """The store of the settings, or the one of a DSN, with the parameters of the configuration file in force."""
    store = Store(dsn or settings.text("store"), retention_days=settings.number("retention_days"))
    try:
        session_parameters.apply_file(store, settings.tables, settings.origin)
        sensitive_patterns.apply_file(store, settings.tables, settings.origin)
    except BaseException:
        store.close()
        raise
    return store
