"""The session context parameters as the API and the command line tell them (S2.1)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apitrail.configure import recipes, session_parameters
from apitrail.configure.session_parameters import Kept
from apitrail.explore.preview import Preview, preview
from apitrail.explore.recommendations import Recommendations, accept, recommend
from apitrail.model.parameters import LIMIT, Parameter, as_toml, check
from apitrail.query.interval import iso
from apitrail.store import Store


class SessionParameters(msgspec.Struct, kw_only=True):
    """The parameters in their order, how many there may be, and who changed them last.

    `time` is ISO 8601 in UTC, None when they were never changed. Who changes them may send `version` back: then nothing is
    changed that somebody else has changed meanwhile.
    """

    parameters: list[Parameter]
    limit: int = LIMIT
    version: str = ""
    author: str = ""
    time: str | None = None


class ParameterChange(msgspec.Struct, kw_only=True):
    """One change: who, when (ISO 8601 in UTC), and what it did, in a few sentences."""

    author: str
    time: str
    what: list[str]


def shown(kept: Kept) -> SessionParameters:
    """The parameters in force as they are told."""
    return SessionParameters(
        parameters=list(kept.parameters),
        version=kept.version,
        author=kept.author,
        time=iso(kept.time) if kept.time else None,
    )


def changes(store: Store) -> list[ParameterChange]:
    """Every change of the parameters, newest first."""
    return [
        ParameterChange(author=change.author, time=iso(change.time), what=change.what)
        for change in session_parameters.history(store)
    ]


def exported(store: Store) -> str:
    """The parameters in force as tables of a configuration file."""
    return as_toml(session_parameters.kept(store).parameters) or "session_parameters = []\n"


class LocalParameters:
    """The parameters of a store opened here, for the command line."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def session_parameters(self) -> SessionParameters:
        """The parameters in force."""
        return shown(session_parameters.kept(self._store))

    def keep_session_parameters(self, parameters: Sequence[Parameter], version: str) -> SessionParameters:
        """Put other ones in force."""
        return shown(session_parameters.keep(self._store, parameters, "command line", version=version))

    def session_parameters_history(self) -> list[ParameterChange]:
        """Every change."""
        return changes(self._store)

    def export_session_parameters(self) -> str:
        """The parameters in force, in TOML."""
        return exported(self._store)

    def recommended_session_parameters(self) -> Recommendations:
        """What would tell sessions apart better."""
        return recommend(self._store)

    def accept_session_parameters(self, points: Sequence[str]) -> SessionParameters:
        """Add recommended parameters, all when no points are named."""
        return shown(accept(self._store, points, "command line"))

    def preview_session_parameters(self, parameters: Sequence[Parameter] | None, exchange: str, limit: int) -> Preview:
        """What parameters, else those in force, make of an exchange, else of the last ones stored."""
        recipe = recipes.recipe(self._store)
        if parameters is not None:
            recipe = recipe._replace(parameters=check(parameters))
        return preview(self._store, recipe, exchange=exchange, limit=limit)
