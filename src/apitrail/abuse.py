"""What the library says and changes of API abuse: verdicts on bots, profiles, exceptions, lists of what is denied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apitrail.configure import abuse_exceptions, bot_verdicts, denylists, profiles
from apitrail.configure.abuse_exceptions import KeptException
from apitrail.configure.bot_verdicts import DetectorPrecision
from apitrail.configure.changes import HISTORY_LIMIT, Change
from apitrail.configure.denylists import Entry
from apitrail.configure.profiles import KeptProfile
from apitrail.explore.bots import listing, marking
from apitrail.explore.bots.marking import MarkedBots
from apitrail.model.abuse import AbuseException, Profile, TypeRule
from apitrail.query import text
from apitrail.query.interval import interval
from apitrail.query.tree import Question
from apitrail.store import Store


class Abuse:
    """API abuse in an open store; `author` is who changes what is configured."""

    def __init__(self, store: Store, author: str) -> None:
        self._store = store
        self._author = author

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
        """Mark bots, by their ids or all under a filter, as `confirmed` or `rejected`; empty takes marks away.

        With `exception` those that are rejected have one from now on, the given or, when it is true, the proposed one.
        """
        found = marking.chosen(self._store, bots, Question(text.parse(q), interval(start, end)))
        return marking.mark(self._store, found, mark, self._author, exception=exception)

    def proposal(self, bot_id: str) -> AbuseException:
        """The exception that is proposed for a bot; nothing is kept by this."""
        return marking.proposal(listing.open_bot(self._store, bot_id))

    def precision(self) -> list[DetectorPrecision]:
        """How right each detector was by what people said, those most often judged first."""
        return bot_verdicts.precision(self._store)

    def profiles(self) -> list[KeptProfile]:
        """Every profile, the default one first."""
        return profiles.kept(self._store)

    def put_profile(self, profile: Profile) -> KeptProfile:
        """Keep a profile for the analyses from now on; one of the same name is replaced."""
        return profiles.put(self._store, profile, self._author)

    def change_profile(
        self,
        name: str,
        *,
        applications: Sequence[str] | None = None,
        analyse_by: str | None = None,
        types: Mapping[str, TypeRule] | None = None,
    ) -> KeptProfile:
        """Change applications, the normal, or the rules of some types of a profile; what is None stays."""
        chosen = {"applications": applications, "analyse_by": analyse_by, "types": types}
        return profiles.change(self._store, name, self._author, **chosen)  # type: ignore[arg-type]

    def remove_profile(self, name: str) -> None:
        """Forget a profile; its applications are under the default one."""
        profiles.remove(self._store, name, self._author)

    def exceptions(self) -> list[KeptException]:
        """Every exception, the one that was changed last first."""
        return abuse_exceptions.kept(self._store)

    def add_exception(self, exception: AbuseException) -> KeptException:
        """A new exception, from the next analysis on, or the same one that there is."""
        return abuse_exceptions.add(self._store, exception, self._author)

    def change_exception(
        self, exception_id: str, *, until: str | None = None, enabled: bool | None = None, reason: str | None = None
    ) -> KeptException:
        """Change until when an exception holds, whether it does, or why; what is None stays."""
        return abuse_exceptions.change(
            self._store, exception_id, self._author, until=until, enabled=enabled, reason=reason
        )  # fmt: skip

    def remove_exception(self, exception_id: str) -> None:
        """Forget an exception; its sessions are judged as all others."""
        abuse_exceptions.remove(self._store, exception_id, self._author)

    def exceptions_history(self, limit: int = HISTORY_LIMIT) -> list[Change]:
        """Every change of exceptions, newest first, so many at most."""
        return abuse_exceptions.history(self._store, limit)

    def denied(self, list_name: str) -> list[Entry]:
        """What is on the list `ips` or `sessions` now, the newest first."""
        return denylists.kept(self._store, list_name)

    def deny(self, list_name: str, value: str, *, hours: int = 0, reason: str = "") -> Entry:
        """Put an address, a network or a session id on its list for so many hours, 0 for ever."""
        return denylists.add(self._store, list_name, value, self._author, hours=hours, reason=reason)

    def remove_denied(self, list_name: str, value: str) -> None:
        """Take something off a list."""
        denylists.remove(self._store, list_name, value, self._author)

    def denied_history(self, list_name: str, limit: int = HISTORY_LIMIT) -> list[Change]:
        """Every change of a list, newest first, so many at most."""
        return denylists.history(self._store, list_name, limit)
