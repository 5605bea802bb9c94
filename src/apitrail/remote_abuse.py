"""What a running server says and changes of API abuse: the same as the library, over its JSON API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar
from urllib.parse import quote

import msgspec

from apitrail.configure.abuse_exceptions import KeptException
from apitrail.configure.bot_verdicts import DetectorPrecision
from apitrail.configure.changes import HISTORY_LIMIT, Change
from apitrail.configure.denylists import Entry
from apitrail.configure.profiles import KeptProfile
from apitrail.explore.bots.marking import MarkedBots
from apitrail.model.abuse import AbuseException, Profile, TypeRule

BOTS = "/bots"
PROFILES = "/abuse/profiles"
EXCEPTIONS = "/abuse/exceptions"
LISTS = "/lists"

Answer = TypeVar("Answer")


class Call(Protocol):
    """One call of the API, as `Remote.call` makes it."""

    def __call__(
        self, method: str, path: str, params: dict[str, str] | None = None, *, body: bytes | None = None
    ) -> bytes:  # fmt: skip
        """The body of the answer."""


class _Items(msgspec.Struct):
    items: list[msgspec.Raw]


class RemoteAbuse:
    """API abuse on a running server."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def mark(
        self,
        bots: Sequence[str] = (),
        *,
        mark: str,
        q: str = "",
        start: str = "",
        end: str = "",
        exception: bool | AbuseException = False,
    ) -> MarkedBots:
        """Mark bots, by their ids or all under a filter; how many have the mark now, and the exception that was made."""
        about = {"q": q, "time_range": {"from": start, "to": end}, "exception": exception}
        return self._send("POST", f"{BOTS}/mark", {"bots": list(bots), "mark": mark, **about}, MarkedBots)

    def proposal(self, bot_id: str) -> AbuseException:
        """The exception that is proposed for a bot."""
        return msgspec.json.decode(self._call("GET", f"{_within(BOTS, bot_id)}/exception"), type=AbuseException)

    def precision(self) -> list[DetectorPrecision]:
        """How right each detector was by what people said."""
        return self._items(f"{BOTS}/precision", DetectorPrecision)

    def profiles(self) -> list[KeptProfile]:
        """Every profile, the default one first."""
        return self._items(PROFILES, KeptProfile)

    def put_profile(self, profile: Profile) -> KeptProfile:
        """Keep a profile; one of the same name is replaced."""
        return self._send("POST", PROFILES, profile, KeptProfile)

    def change_profile(
        self,
        name: str,
        *,
        applications: Sequence[str] | None = None,
        analyse_by: str | None = None,
        types: Mapping[str, TypeRule] | None = None,
    ) -> KeptProfile:
        """Change applications, the normal, or the rules of some types of a profile; what is None stays."""
        wanted = {"applications": applications, "analyse_by": analyse_by, "types": types}
        return self._send("PUT", _within(PROFILES, name), wanted, KeptProfile)

    def remove_profile(self, name: str) -> None:
        """Forget a profile."""
        self._call("DELETE", _within(PROFILES, name))

    def exceptions(self) -> list[KeptException]:
        """Every exception, the one that was changed last first."""
        return self._items(EXCEPTIONS, KeptException)

    def add_exception(self, exception: AbuseException) -> KeptException:
        """A new exception, or the same one that there is."""
        return self._send("POST", EXCEPTIONS, exception, KeptException)

    def change_exception(
        self, exception_id: str, *, until: str | None = None, enabled: bool | None = None, reason: str | None = None
    ) -> KeptException:
        """Change until when an exception holds, whether it does, or why; what is None stays."""
        wanted = {"until": until, "enabled": enabled, "reason": reason}
        return self._send("PUT", _within(EXCEPTIONS, exception_id), wanted, KeptException)

    def remove_exception(self, exception_id: str) -> None:
        """Forget an exception."""
        self._call("DELETE", _within(EXCEPTIONS, exception_id))

    def exceptions_history(self, limit: int = HISTORY_LIMIT) -> list[Change]:
        """Every change of exceptions, newest first, so many at most."""
        return self._items(f"{EXCEPTIONS}/history", Change, {"limit": str(limit)})

    def denied(self, list_name: str) -> list[Entry]:
        """What is on a list now, the newest first."""
        return self._items(_within(LISTS, list_name), Entry)

    def deny(self, list_name: str, value: str, *, hours: int = 0, reason: str = "") -> Entry:
        """Put something on a list for so many hours, 0 for ever."""
        return self._send("POST", _within(LISTS, list_name), {"value": value, "hours": hours, "reason": reason}, Entry)

    def remove_denied(self, list_name: str, value: str) -> None:
        """Take something off a list."""
        self._call("DELETE", _within(LISTS, list_name), {"value": value})

    def denied_history(self, list_name: str, limit: int = HISTORY_LIMIT) -> list[Change]:
        """Every change of a list, newest first, so many at most."""
        return self._items(f"{_within(LISTS, list_name)}/history", Change, {"limit": str(limit)})

    def _send(self, method: str, path: str, wanted: object, kind: type[Answer]) -> Answer:
        return msgspec.json.decode(self._call(method, path, body=msgspec.json.encode(wanted)), type=kind)

    def _items(self, path: str, kind: type[Answer], params: dict[str, str] | None = None) -> list[Answer]:
        found = msgspec.json.decode(self._call("GET", path, params), type=_Items)
        return [msgspec.json.decode(item, type=kind) for item in found.items]


def _within(path: str, name: str) -> str:
    """The address of one thing by its name."""
    return f"{path}/{quote(name, safe='')}"
