"""What is kept of the attacks in an exchange: our own findings and those of other engines, less what rules ignore, masked.

What the headers of a client's log lines say is the same in every line, so it is looked for once; the target of each line is
looked for by itself, and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from apitrail.inspect.attacks.detecting import NOTHING, Detected, detect
from apitrail.inspect.attacks.families.request_lines import is_usual
from apitrail.inspect.attacks.success.proving import evidences
from apitrail.inspect.contents import content_of
from apitrail.inspect.headers import Headers, read_headers
from apitrail.inspect.hiding import Hiding, hide
from apitrail.inspect.masking import is_secret_point, mask_text, mask_value
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.revealing import secrets_of
from apitrail.inspect.specifications.enforcing import Enforcer
from apitrail.inspect.specifications.specification import Specification
from apitrail.model.attack import OF_SPECIFICATIONS
from apitrail.model.classification import classify
from apitrail.model.exchange import Exchange, Header, Verdict, header
from apitrail.model.finding import Evidence, Finding
from apitrail.model.ignoring import IgnoreRule
from apitrail.model.memo import Memo
from apitrail.model.texts import sayable

LONGEST_TARGET = 1024
"""Characters of a path or query whose findings are remembered; longer ones are looked at each time."""

_NUMBER = re.compile(r"(?:(?<=[/=])|^)[0-9]{1,18}(?=[/&]|$)")
"""A segment or value that is a number by itself: no application reads anything else out of it."""


class Found(NamedTuple):
    """The columns of a row: types of attack, findings and content in JSON, and the limits that were reached."""

    types: Sequence[str] = ()
    verdicts: str = ""
    content: str = ""
    overlimit: Sequence[str] = ()

    @property
    def harmless(self) -> bool:
        """Whether it says what the API is like: what breaks a specification does, or nobody would see what was not specified."""
        return not self.types or set(self.types) <= set(OF_SPECIFICATIONS)


NOTHING_FOUND = Found()


class Finder:
    """Finds the attacks of exchanges under the rules of a store, and its specifications that are `enforced`, as JSON."""

    def __init__(self, hiding: Hiding, rules: Iterable[IgnoreRule] = (), enforced: str = "") -> None:
        self._hiding = hiding
        self._rules: Mapping[str, list[IgnoreRule]] = _by_type(rules)
        self._targets: Memo[tuple[str, str], Detected] = Memo(_of_target)
        self.enforces = bool(enforced)
        self._enforcer = Enforcer(msgspec.json.decode(enforced, type=list[Specification])) if enforced else None

    def sender(self, headers: Headers, exchange_headers: tuple[Header, ...]) -> Detected:
        """What a client says in the headers of its log lines."""
        return detect(Reading(Exchange(method="", path="", headers=exchange_headers), headers))

    def target(self, exchange: Exchange) -> Detected:
        """What stands in the first line of a request alone: in path and query, and in method and version that are odd.

        Targets that differ in plain numbers only, such as ids and pages, are looked at once, unless something is found.
        """
        path, query = exchange.path, exchange.query
        if is_usual(exchange) and len(path) + len(query) <= LONGEST_TARGET:
            alike = _NUMBER.sub("0", path), _NUMBER.sub("0", query) if query else ""
            if self._targets[alike] is NOTHING:
                return NOTHING
        return _of_first_line(exchange)

    def broken(self, exchange: Exchange, reading: Reading | None) -> Detected:
        """What an exchange breaks of the specifications; without a reading, as a line of a log has none, of what it tells."""
        found = self._enforcer.violations(reading or _of_line(exchange)) if self._enforcer else ()
        return Detected(found) if found else NOTHING

    def found(self, reading: Reading, detected: Detected, endpoint: str, hidden: Sequence[str]) -> Found:
        """What is kept of an exchange in which something was found, without the `hidden` values."""
        exchange = reading.exchange
        every = (*detected.findings, *map(_of_engine, exchange.verdicts))
        kept = [finding for finding in every if not self._is_ignored(finding, exchange.host, endpoint)]
        if not kept:
            return NOTHING_FOUND._replace(overlimit=detected.overlimit) if detected.overlimit else NOTHING_FOUND
        shown = [_masked(_proven(finding, proof)) for finding, proof in zip(kept, evidences(reading, kept), strict=True)]
        content = content_of(exchange, self._hiding)
        secrets = (*hidden, *secrets_of(reading, shown))
        return Found(
            sorted({finding.type for finding in kept}),
            hide(msgspec.json.encode(shown).decode(), secrets),
            hide(msgspec.json.encode(content).decode(), secrets) if content else "",
            detected.overlimit,
        )

    def _is_ignored(self, finding: Finding, host: str, endpoint: str) -> bool:
        rules = self._rules.get(finding.type)
        return rules is not None and any(rule.fits(finding, host, endpoint) for rule in rules)


def _by_type(rules: Iterable[IgnoreRule]) -> dict[str, list[IgnoreRule]]:
    found: dict[str, list[IgnoreRule]] = {}
    for rule in rules:
        found.setdefault(rule.type, []).append(rule)
    return found


def _of_target(target: tuple[str, str]) -> Detected:
    """All that may be found in a path and query, whatever the answer was."""
    path, query = target
    return detect(Reading(Exchange(method="", path=path, query=query), read_headers(())))


def _of_first_line(exchange: Exchange) -> Detected:
    line = Exchange(
        method="" if is_usual(exchange) else exchange.method,
        path=exchange.path,
        query=exchange.query,
        status=exchange.status,
        version=exchange.version,
        foreign_host=exchange.foreign_host,
    )
    return detect(Reading(line, read_headers(())), referer=header(exchange.headers, "referer"))


def _of_line(exchange: Exchange) -> Reading:
    """A line of a log with its path and query; its headers are all there are only when it tells one that hardly any log keeps."""
    headers = read_headers(exchange.headers)
    return Reading(exchange, headers if "accept" in headers else {})


def _of_engine(verdict: Verdict) -> Finding:
    """What another engine said, in our words."""
    cwe, owasp, _ = classify(verdict.type) or (0, "", None)
    return Finding(
        type=sayable(verdict.type),
        point=sayable(verdict.point),
        payload=sayable(verdict.payload),
        rule=sayable(verdict.rule),
        message=sayable(verdict.message),
        engine=sayable(verdict.engine),
        cwe=cwe,
        owasp=owasp,
    )


def _proven(finding: Finding, proof: tuple[str, str, str] | None) -> Finding:
    return msgspec.structs.replace(finding, evidence=Evidence(*proof)) if proof else finding


def _masked(finding: Finding) -> Finding:
    """What was found where secrets stand is shown like a secret; elsewhere, without the secrets in it."""
    payload = finding.payload
    shown = mask_value(payload) if payload and is_secret_point(finding.point) else mask_text(payload)
    message = finding.message.replace(payload, shown) if payload else finding.message
    proof = finding.evidence
    if proof:
        proof = msgspec.structs.replace(proof, text=sayable(mask_text(proof.text)), point=sayable(proof.point))
    place = {} if shown == payload else {"start": 0, "end": 0}
    return msgspec.structs.replace(
        finding,
        **place,
        payload=shown,
        message=mask_text(message),
        evidence=proof,
    )
