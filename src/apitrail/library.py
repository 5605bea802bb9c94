"""The Python library: the same answers as everywhere else, as Arrow tables.

import apitrail
with apitrail.open("chdb:///tmp/trail") as trail:
trail.ingest("access.log")
trail.sessions("status:5xx").to_pandas()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import msgspec
import pyarrow as pa

from apitrail.abuse import Abuse
from apitrail.analyze.running import Analysis, analyze
from apitrail.configure import ignore_rules, marks, specifications
from apitrail.configure.ignore_rules import KeptRule
from apitrail.configure.kept_specification import KeptSpecification
from apitrail.configure.opening import open_store
from apitrail.errors import ApitrailError, BadInput, BadQuestion, BrokenMachine
from apitrail.explore import export, facets, histogram, related, requests, session, sessions, usual_paths
from apitrail.explore.answers import Request, SessionPart
from apitrail.explore.attacks import grouping, incidents, listing, marking, opening
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.incidents import Incident
from apitrail.explore.attacks.listing import Attack
from apitrail.explore.attacks.opening import AttackRequest
from apitrail.explore.bots import listing as bot_list
from apitrail.explore.bots.listing import Bot
from apitrail.explore.discovery import documenting, reaching
from apitrail.explore.discovery import listing as inventory
from apitrail.explore.discovery import opening as endpoints
from apitrail.explore.discovery.listing import Endpoint
from apitrail.explore.discovery.opening import SpecifiedEndpoint
from apitrail.explore.discovery.reaching import ChangedSpecification, UploadedSpecification
from apitrail.explore.discovery.rules import USUAL, Rules, rules
from apitrail.explore.discovery.specifying import ComparedSpecification, compared
from apitrail.ingest.files import Options, Summary, ingest_files
from apitrail.model.fields import field_named
from apitrail.model.ignoring import IgnoreRule
from apitrail.query import text
from apitrail.query.interval import interval
from apitrail.query.tree import Question
from apitrail.settings import load
from apitrail.store import Store

__all__ = ["ApitrailError", "BadInput", "BadQuestion", "BrokenMachine", "Trail", "open"]


def question(q: str = "", start: str = "", end: str = "", sq: str = "") -> Question:
    """The question of a filter text, an interval as people write it, and in-session filters."""
    return Question(text.parse(q), interval(start, end), text.parse(sq))


class Trail:
    """An open store of traffic, to put traffic in and to ask about it; `author` is who changes what is configured.

    `abuse` has what is said of bots, and what is configured of API abuse.
    """

    def __init__(self, store: Store, *, author: str = "library", rules: Rules = USUAL) -> None:
        self.store = store
        self.abuse = Abuse(store, author)
        self._author = author
        self._rules = rules

    def ingest(self, *files: str, format: str = "auto", **options: Any) -> Summary:  # noqa: A002 - the word of the CLI
        """Read log files, HAR files, flows; globs and `-` too. Reading the same content again stores nothing twice."""
        return ingest_files(self.store, files, Options(format=format, **options))

    def sessions(self, q: str = "", *, start: str = "", end: str = "", sort: str = "-start") -> pa.Table:
        """Every session part under a filter, one row each, members as in the JSON contract."""
        return table(self.iterate_sessions(q, start=start, end=end, sort=sort))

    def iterate_sessions(self, q: str = "", *, start: str = "", end: str = "", sort: str = "-start") -> Iterator[SessionPart]:
        """Every session part, read page by page."""
        return sessions.every_session(self.store, question(q, start, end), sort=sort)

    def session(self, session_id: str, q: str = "", *, start: str = "", end: str = "", sq: str = "") -> session.Session:
        """One session with its parts and statistics."""
        return session.open_session(self.store, question(q, start, end, sq), session_id)

    def related(self, session_id: str) -> related.Related:
        """Other sessions of the same actor, nearest in time first, with the reasons."""
        return related.related(self.store, session_id)

    def compare(self, session_id: str, day: str = "") -> usual_paths.Compared:
        """A session beside what is usual for its group: its part of a day of UTC, of the last one unless told."""
        return usual_paths.compare(self.store, session_id, day)

    def requests(self, session_id: str = "", q: str = "", *, start: str = "", end: str = "") -> pa.Table:
        """Every request, of one session or of all, in time order."""
        return table(self.iterate_requests(session_id, q, start=start, end=end))

    def iterate_requests(self, session_id: str = "", q: str = "", *, start: str = "", end: str = "") -> Iterator[Request]:
        """Every request in time order, read page by page; NotFound when the session is not stored."""
        if session_id:
            session.open_parts(self.store, session_id)
        return requests.every_request(self.store, question(q, start, end), session=session_id)

    def export(
        self,
        session_id: str,
        q: str = "",
        *,
        start: str = "",
        end: str = "",
        format: str = "csv",  # noqa: A002 - the word of the CLI
    ) -> Iterator[str]:
        """The requests of a session as csv, har or json, piece by piece."""
        session.open_parts(self.store, session_id)
        return export.export(self.store, question(q, start, end), format, session=session_id)

    def attacks(self, q: str = "", *, start: str = "", end: str = "", group_by: str = "", sort: str = listing.ORDER) -> pa.Table:
        """Every attack under a filter, one row each; `group_by` has filter words with commas, or is a preset."""
        return table(self.iterate_attacks(q, start=start, end=end, group_by=group_by, sort=sort))

    def iterate_attacks(
        self, q: str = "", *, start: str = "", end: str = "", group_by: str = "", sort: str = listing.ORDER
    ) -> Iterator[Attack]:
        """Every attack, those seen last first, read page by page."""
        words = grouping.preset(group_by) if group_by in grouping.PRESETS else grouping.chosen(group_by, "")
        return listing.every_attack(self.store, Asked(question(q, start, end)), group_by=words, sort=sort)

    def attack(self, attack_id: str, q: str = "", *, start: str = "", end: str = "") -> Attack:
        """One attack: what it adds up to; NotFound when nothing of it is stored."""
        return opening.open_attack(self.store, Asked(question(q, start, end), attack_id))

    def iterate_attack_requests(self, attack_id: str, q: str = "", *, start: str = "", end: str = "") -> Iterator[AttackRequest]:
        """The requests of an attack, newest first, a row for each finding in them."""
        grouping.decode(attack_id)
        return opening.every_finding(self.store, Asked(question(q, start, end), attack_id))

    def incidents(self, q: str = "", *, start: str = "", end: str = "", sort: str = listing.ORDER) -> pa.Table:
        """Every incident under a filter, one row each."""
        return table(self.iterate_incidents(q, start=start, end=end, sort=sort))

    def iterate_incidents(self, q: str = "", *, start: str = "", end: str = "", sort: str = listing.ORDER) -> Iterator[Incident]:
        """Every incident, those seen last first, read page by page."""
        return incidents.every_incident(self.store, Asked(question(q, start, end)), sort=sort)

    def mark(
        self,
        findings: Sequence[str] = (),
        *,
        attack: str = "",
        mark: str,
        q: str = "",
        start: str = "",
        end: str = "",
    ) -> int:
        """Mark findings, or an attack under filters, as `false_positive` or `true_positive`; empty takes marks away."""
        if bool(findings) == bool(attack):
            raise BadQuestion("what is marked is either findings or an attack")
        if attack:
            return marking.mark_attack(self.store, Asked(question(q, start, end), attack), mark, self._author)
        if q or start or end:
            raise BadQuestion("findings are marked by their ids; filters are for an attack")
        return marks.mark_named(self.store, findings, mark, self._author)

    def ignore_rules(self) -> list[KeptRule]:
        """Every ignore rule, the one that was changed last first."""
        return ignore_rules.kept(self.store)

    def add_ignore_rule(self, rule: IgnoreRule) -> KeptRule:
        """A new ignore rule for new traffic, or the same one that there is."""
        return ignore_rules.add(self.store, rule, self._author)

    def enable_ignore_rule(self, rule_id: str, *, enabled: bool = True) -> KeptRule:
        """Put an ignore rule in force or out of it."""
        return ignore_rules.change(self.store, rule_id, self._author, enabled=enabled)

    def remove_ignore_rule(self, rule_id: str) -> None:
        """Forget an ignore rule."""
        ignore_rules.remove(self.store, rule_id, self._author)

    def specifications(self) -> list[KeptSpecification]:
        """Every specification with its versions, by name."""
        return specifications.kept(self.store)

    def specification(self, name: str) -> ComparedSpecification:
        """One specification with its operations, those that nobody calls, and the problems of its document."""
        return compared(self.store, name)

    def upload_specification(
        self,
        name: str,
        document: bytes,
        *,
        hosts: Sequence[str] | None = None,
        applications: Sequence[str] | None = None,
        enforced: bool | None = None,
        file: str = "",
    ) -> UploadedSpecification:
        """Keep a document as the newest version of a specification; scope and enforcement stay where None is given."""
        chosen: Any = {"hosts": hosts, "applications": applications, "enforced": enforced, "file": file}
        return reaching.uploaded(self.store, specifications.upload(self.store, name, document, self._author, **chosen))

    def change_specification(
        self,
        name: str,
        *,
        hosts: Sequence[str] | None = None,
        applications: Sequence[str] | None = None,
        enforced: bool | None = None,
    ) -> ChangedSpecification:
        """Change scope or enforcement of a specification for new traffic; what is None stays."""
        chosen: Any = {"hosts": hosts, "applications": applications, "enforced": enforced}
        return reaching.changed(self.store, specifications.change(self.store, name, self._author, **chosen))

    def remove_specification(self, name: str) -> None:
        """Forget a specification with all its versions."""
        specifications.remove(self.store, name, self._author)

    def analyze(self) -> Analysis:
        """Run the analysis across exchanges to its end now; the server does it by itself."""
        return analyze(self.store, self._rules)

    def endpoints(self, q: str = "", *, start: str = "", end: str = "", sort: str = inventory.ORDER) -> pa.Table:
        """Every endpoint of the inventory under a filter, one row each."""
        return table(self.iterate_endpoints(q, start=start, end=end, sort=sort))

    def iterate_endpoints(
        self, q: str = "", *, start: str = "", end: str = "", sort: str = inventory.ORDER
    ) -> Iterator[Endpoint]:
        """Every endpoint of the inventory, the most used first, read page by page."""
        return inventory.every_endpoint(self.store, question(q, start, end), sort=sort)

    def endpoint(self, endpoint_id: str) -> SpecifiedEndpoint:
        """One endpoint with everything that is known of it; NotFound when the inventory has none of this id."""
        return endpoints.open_specified(self.store, endpoint_id, self._rules)

    def openapi(self, host: str) -> dict[str, Any]:
        """The endpoints of a host as an OpenAPI 3.1 document."""
        return documenting.document_of(self.store, host, self._rules)

    def endpoints_csv(self, q: str = "", *, start: str = "", end: str = "") -> Iterator[str]:
        """The endpoints under a filter as CSV, piece by piece."""
        return documenting.csv(self.store, question(q, start, end))

    def bots(self, q: str = "", *, start: str = "", end: str = "", sort: str = bot_list.ORDER) -> pa.Table:
        """Every bot under a filter, a session part and bot type in each row."""
        return table(self.iterate_bots(q, start=start, end=end, sort=sort))

    def iterate_bots(self, q: str = "", *, start: str = "", end: str = "", sort: str = bot_list.ORDER) -> Iterator[Bot]:
        """Every bot, the newest first, read page by page."""
        return bot_list.every_bot(self.store, question(q, start, end), sort=sort)

    def bot(self, bot_id: str) -> Bot:
        """One bot; NotFound when the newest analysis found none of this id."""
        return bot_list.open_bot(self.store, bot_id)

    def histogram(self, q: str = "", *, start: str = "", end: str = "") -> histogram.Histogram:
        """Requests and attacks over time."""
        return histogram.histogram(self.store, question(q, start, end))

    def facet(self, field: str, q: str = "", *, start: str = "", end: str = "") -> facets.Facet:
        """The values of a field with counts under the other filters."""
        return facets.facet(self.store, question(q, start, end), field_named(field))

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def table(items: Iterable[msgspec.Struct]) -> pa.Table:
    """Answers as an Arrow table, maps as lists of key and value; an empty answer is a table without columns."""
    return pa.Table.from_pylist([msgspec.to_builtins(item) for item in items])


def open(dsn: str = "", *, retention_days: int | None = None) -> Trail:  # noqa: A001 - `apitrail.open`, as `gzip.open`
    """Open a store by DSN, by default the one of the settings."""
    settings = load(flags={"store": dsn or None, "retention_days": retention_days})
    return Trail(open_store(settings), rules=rules(settings))
