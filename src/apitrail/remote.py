"""Asking a running server instead of a store: the same answers, over its JSON API."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from apitrail.analyze.running import Analysis
from apitrail.configure.ignore_rules import KeptRule
from apitrail.configure.kept_specification import KeptSpecification
from apitrail.errors import BadQuestion, BrokenMachine, Forbidden, NotFound, Overloaded
from apitrail.explore.answers import Request, SessionPart
from apitrail.explore.attacks.grouping import PRESETS
from apitrail.explore.attacks.incidents import Incident
from apitrail.explore.attacks.listing import Attack
from apitrail.explore.attacks.opening import AttackRequest
from apitrail.explore.bots.listing import Bot
from apitrail.explore.discovery.listing import Endpoint
from apitrail.explore.discovery.opening import SpecifiedEndpoint
from apitrail.explore.discovery.reaching import ChangedSpecification, UploadedSpecification
from apitrail.explore.discovery.specifying import ComparedSpecification
from apitrail.explore.parameters import ParameterChange, SessionParameters
from apitrail.explore.preview import Preview
from apitrail.explore.recommendations import Recommendations
from apitrail.explore.related import Related
from apitrail.explore.session import Session
from apitrail.explore.usual_paths import Compared
from apitrail.model.ignoring import IgnoreRule
from apitrail.model.parameters import Parameter
from apitrail.remote_abuse import RemoteAbuse

PARAMETERS = "/settings/session-parameters"
RULES = "/settings/ignore-rules"
SPECIFICATIONS = "/specifications"
PAGE = 1000
TIMEOUT_SECONDS = 60
ANALYSIS_SECONDS = 3600
"""How long an analysis of the server is waited for."""
NOTHING_STORED = 400
"""The status of a delivery of which no record could be stored; its body has the counts and reasons all the same."""

Answer = TypeVar("Answer")


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    next_cursor: str | None = None


class _Error(msgspec.Struct):
    message: str
    code: str = ""
    position: int | None = None
    suggestion: str | None = None


class _Refusal(msgspec.Struct):
    error: _Error


class Remote:
    """A running server, by its address and a token; raises the errors that a store here would raise."""

    def __init__(self, server: str, token: str) -> None:
        if not server.startswith(("http://", "https://")):
            raise BadQuestion(f"--server takes an address such as http://127.0.0.1:8080, not {server!r}")
        if not token:
            raise BadQuestion("--server needs a token: --token or APITRAIL_TOKEN, made with `apitrail token create`")
        self._base = f"{server.rstrip('/')}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}"}
        self.abuse = RemoteAbuse(self.call)

    def iterate_sessions(self, q: str = "", *, start: str = "", end: str = "", sort: str = "-start") -> Iterator[SessionPart]:
        """Every session part, page by page."""
        return self._pages("/sessions", {"q": q, "from": start, "to": end, "sort": sort}, SessionPart)

    def iterate_requests(self, session_id: str = "", q: str = "", *, start: str = "", end: str = "") -> Iterator[Request]:
        """Every request in time order, page by page."""
        path = f"/sessions/{quote(session_id, safe='')}/requests" if session_id else "/requests"
        return self._pages(path, {"q": q, "from": start, "to": end, "newest_first": "false"}, Request)

    def session(self, session_id: str, q: str = "", *, start: str = "", end: str = "", sq: str = "") -> Session:
        """One session with its parts and statistics."""
        path = f"/sessions/{quote(session_id, safe='')}"
        return msgspec.json.decode(self.call("GET", path, {"q": q, "sq": sq, "from": start, "to": end}), type=Session)

    def related(self, session_id: str) -> Related:
        """Other sessions of the same actor, nearest in time first, with the reasons."""
        return msgspec.json.decode(self.call("GET", f"/sessions/{quote(session_id, safe='')}/related"), type=Related)

    def compare(self, session_id: str, day: str = "") -> Compared:
        """A session beside what is usual for its group: its part of a day of UTC, of the last one unless told."""
        path = f"/sessions/{quote(session_id, safe='')}/compare"
        return msgspec.json.decode(self.call("GET", path, {"day": day}), type=Compared)

    def iterate_attacks(
        self, q: str = "", *, start: str = "", end: str = "", group_by: str = "", sort: str = "-last_seen"
    ) -> Iterator[Attack]:
        """Every attack, page by page; `group_by` has filter words with commas, or is a preset."""
        return self._pages("/attacks", {"q": q, "from": start, "to": end, **_grouped(group_by), "sort": sort}, Attack)

    def attack(self, attack_id: str, q: str = "", *, start: str = "", end: str = "") -> Attack:
        """One attack: what it adds up to."""
        path = f"/attacks/{quote(attack_id, safe='')}"
        return msgspec.json.decode(self.call("GET", path, {"q": q, "from": start, "to": end}), type=Attack)

    def iterate_attack_requests(self, attack_id: str, q: str = "", *, start: str = "", end: str = "") -> Iterator[AttackRequest]:
        """The requests of an attack, newest first, page by page."""
        path = f"/attacks/{quote(attack_id, safe='')}/requests"
        return self._pages(path, {"q": q, "from": start, "to": end}, AttackRequest)

    def iterate_incidents(self, q: str = "", *, start: str = "", end: str = "", sort: str = "-last_seen") -> Iterator[Incident]:
        """Every incident, page by page."""
        return self._pages("/incidents", {"q": q, "from": start, "to": end, "sort": sort}, Incident)

    def iterate_endpoints(self, q: str = "", *, start: str = "", end: str = "", sort: str = "-requests") -> Iterator[Endpoint]:
        """Every endpoint of the inventory, page by page."""
        return self._pages("/endpoints", {"q": q, "from": start, "to": end, "sort": sort}, Endpoint)

    def iterate_bots(self, q: str = "", *, start: str = "", end: str = "", sort: str = "-end") -> Iterator[Bot]:
        """Every bot, page by page."""
        return self._pages("/bots", {"q": q, "from": start, "to": end, "sort": sort}, Bot)

    def bot(self, bot_id: str) -> Bot:
        """One bot."""
        return msgspec.json.decode(self.call("GET", f"/bots/{quote(bot_id, safe='')}"), type=Bot)

    def analyze(self) -> Analysis:
        """Have the server run its analysis to the end now."""
        return msgspec.json.decode(self.call("POST", "/analyze", seconds=ANALYSIS_SECONDS), type=Analysis)

    def endpoint(self, endpoint_id: str) -> SpecifiedEndpoint:
        """One endpoint with everything that is known of it."""
        return msgspec.json.decode(self.call("GET", f"/endpoints/{quote(endpoint_id, safe='')}"), type=SpecifiedEndpoint)

    def openapi(self, host: str) -> dict[str, Any]:
        """The endpoints of a host as an OpenAPI 3.1 document."""
        return dict(msgspec.json.decode(self.call("GET", "/endpoints/openapi.json", {"host": host})))

    def endpoints_csv(self, q: str = "", *, start: str = "", end: str = "") -> Iterator[str]:
        """The endpoints under a filter as CSV."""
        yield self.call("GET", "/endpoints.csv", {"q": q, "from": start, "to": end}).decode()

    def mark(
        self, findings: Sequence[str] = (), *, attack: str = "", mark: str, q: str = "", start: str = "", end: str = ""
    ) -> int:
        """Mark findings, or an attack under filters; how many have the mark now."""
        about = {"attack": attack, "q": q, "time_range": {"from": start, "to": end}}
        asked = msgspec.json.encode({"findings": list(findings), "mark": mark, **about})
        return int(msgspec.json.decode(self.call("POST", "/attacks/mark", body=asked))["marked"])

    def ignore_rules(self) -> list[KeptRule]:
        """Every ignore rule."""
        found = msgspec.json.decode(self.call("GET", RULES), type=_Page)
        return [msgspec.json.decode(item, type=KeptRule) for item in found.items]

    def add_ignore_rule(self, rule: IgnoreRule) -> KeptRule:
        """A new ignore rule, or the same one that there is."""
        return msgspec.json.decode(self.call("POST", RULES, body=msgspec.json.encode(rule)), type=KeptRule)

    def enable_ignore_rule(self, rule_id: str, *, enabled: bool = True) -> KeptRule:
        """Put an ignore rule in force or out of it."""
        asked = msgspec.json.encode({"enabled": enabled})
        return msgspec.json.decode(self.call("PUT", f"{RULES}/{quote(rule_id, safe='')}", body=asked), type=KeptRule)

    def remove_ignore_rule(self, rule_id: str) -> None:
        """Forget an ignore rule."""
        self.call("DELETE", f"{RULES}/{quote(rule_id, safe='')}")

    def specifications(self) -> list[KeptSpecification]:
        """Every specification with its versions, by name."""
        found = msgspec.json.decode(self.call("GET", SPECIFICATIONS), type=_Page)
        return [msgspec.json.decode(item, type=KeptSpecification) for item in found.items]

    def specification(self, name: str) -> ComparedSpecification:
        """One specification with its operations, those that nobody calls, and the problems of its document."""
        return msgspec.json.decode(self.call("GET", f"{SPECIFICATIONS}/{quote(name, safe='')}"), type=ComparedSpecification)

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
        chosen = {"hosts": _joined(hosts), "applications": _joined(applications), "enforced": _said(enforced)}
        asked = {"name": name, "file": file, **chosen}
        answer = self.call("POST", SPECIFICATIONS, asked, body=document)
        return msgspec.json.decode(answer, type=UploadedSpecification)

    def change_specification(
        self,
        name: str,
        *,
        hosts: Sequence[str] | None = None,
        applications: Sequence[str] | None = None,
        enforced: bool | None = None,
    ) -> ChangedSpecification:
        """Change scope or enforcement of a specification for new traffic; what is None stays."""
        asked = msgspec.json.encode({"hosts": hosts, "applications": applications, "enforced": enforced})
        answer = self.call("PUT", f"{SPECIFICATIONS}/{quote(name, safe='')}", body=asked)
        return msgspec.json.decode(answer, type=ChangedSpecification)

    def remove_specification(self, name: str) -> None:
        """Forget a specification with all its versions."""
        self.call("DELETE", f"{SPECIFICATIONS}/{quote(name, safe='')}")

    def export(self, session_id: str, q: str = "", *, start: str = "", end: str = "", format: str = "csv") -> Iterator[str]:  # noqa: A002
        """The requests of a session in a file format."""
        path = f"/sessions/{quote(session_id, safe='')}/export.{quote(format, safe='')}"
        yield self.call("GET", path, {"q": q, "from": start, "to": end}).decode()

    def create_token(self, name: str, role: str) -> dict[str, Any]:
        """A new token with its secret."""
        return dict(msgspec.json.decode(self.call("POST", "/tokens", body=msgspec.json.encode({"name": name, "role": role}))))

    def list_tokens(self) -> list[Any]:
        """Every valid token."""
        from apitrail.access.tokens import Token

        return msgspec.json.decode(self.call("GET", "/tokens"), type=list[Token])

    def revoke_token(self, token_id: str) -> None:
        """Make a token invalid."""
        self.call("DELETE", f"/tokens/{quote(token_id, safe='')}")

    def session_parameters(self) -> SessionParameters:
        """The session context parameters in force."""
        return msgspec.json.decode(self.call("GET", PARAMETERS), type=SessionParameters)

    def keep_session_parameters(self, parameters: Sequence[Parameter], version: str) -> SessionParameters:
        """Put other session context parameters in force."""
        wanted = msgspec.json.encode({"parameters": parameters, "version": version})
        return msgspec.json.decode(self.call("PUT", PARAMETERS, body=wanted), type=SessionParameters)

    def session_parameters_history(self) -> list[ParameterChange]:
        """Every change of the session context parameters."""
        found = msgspec.json.decode(self.call("GET", f"{PARAMETERS}/history"), type=_Page)
        return [msgspec.json.decode(item, type=ParameterChange) for item in found.items]

    def recommended_session_parameters(self) -> Recommendations:
        """What would tell sessions apart better."""
        return msgspec.json.decode(self.call("GET", f"{PARAMETERS}/recommendations"), type=Recommendations)

    def accept_session_parameters(self, points: Sequence[str]) -> SessionParameters:
        """Add recommended parameters, all when no points are named."""
        body = msgspec.json.encode({"points": points})
        return msgspec.json.decode(self.call("POST", f"{PARAMETERS}/recommendations", body=body), type=SessionParameters)

    def export_session_parameters(self) -> str:
        """The session context parameters in force, in TOML."""
        return self.call("GET", f"{PARAMETERS}/export").decode()

    def preview_session_parameters(self, parameters: Sequence[Parameter] | None, exchange: str, limit: int) -> Preview:
        """What parameters, else those in force, make of an exchange, else of the last ones that came."""
        wanted = msgspec.json.encode({"parameters": parameters, "exchange": exchange, "limit": limit})
        return msgspec.json.decode(self.call("POST", f"{PARAMETERS}/preview", body=wanted), type=Preview)

    def ingest(self, body: bytes) -> dict[str, Any]:
        """Send gzipped NDJSON; the server's counts."""
        headers = {"Content-Encoding": "gzip"}
        answer = self.call("POST", "/ingest", body=body, headers=headers, answers=(NOTHING_STORED,))
        told = dict(msgspec.json.decode(answer))
        if "rejects" not in told:
            raise _refusal(NOTHING_STORED, answer)
        return told

    def _pages(self, path: str, params: dict[str, str], kind: type[Answer]) -> Iterator[Answer]:
        cursor = ""
        while True:
            page = msgspec.json.decode(self.call("GET", path, {**params, "limit": str(PAGE), "cursor": cursor}), type=_Page)
            for item in page.items:
                yield msgspec.json.decode(item, type=kind)
            if not page.next_cursor:
                return
            cursor = page.next_cursor

    def call(
        self, method: str, path: str, params: dict[str, str] | None = None, *, body: bytes | None = None,
        headers: dict[str, str] | None = None, answers: tuple[int, ...] = (), seconds: float = TIMEOUT_SECONDS,
    ) -> bytes:  # fmt: skip
        """One call of the API, which may take some seconds; its refusals leave here as our own errors, but for statuses that are
        `answers` too.
        """
        given = {name: value for name, value in (params or {}).items() if value}
        url = f"{self._base}{path}" + (f"?{urlencode(given)}" if given else "")
        asked = urllib.request.Request(url, body, {**self._headers, **(headers or {})}, method=method)  # noqa: S310 - checked above
        try:
            with urllib.request.urlopen(asked, timeout=seconds) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                said = error.read()
            if error.code in answers:
                return said
            raise _refusal(error.code, said) from error
        except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
            raise BrokenMachine(f"{self._base}: {getattr(error, 'reason', error)}") from error


def _joined(names: Sequence[str] | None) -> str:
    """Names as a parameter, one without any too; nothing when they are not to be changed."""
    return "" if names is None else "".join(f"{name}," for name in names) or ","


def _said(value: bool | None) -> str:
    return "" if value is None else str(value).lower()


def _grouped(group_by: str) -> dict[str, str]:
    """A grouping as the parameter that it is: words or a preset."""
    return {"preset" if group_by in PRESETS else "group_by": group_by}


_KINDS = {401: Forbidden, 403: Forbidden, 404: NotFound, 400: BadQuestion}


def _refusal(status: int, body: bytes) -> Exception:
    try:
        error = msgspec.json.decode(body, type=_Refusal).error
    except msgspec.DecodeError:
        return BrokenMachine(f"the server answered {status}: {body[:200].decode('utf-8', 'replace')}")
    if status in (429, 503):
        return Overloaded(error.message)
    if status not in _KINDS:
        return BrokenMachine(error.message)
    return _KINDS[status](error.message, position=error.position, suggestion=error.suggestion)
