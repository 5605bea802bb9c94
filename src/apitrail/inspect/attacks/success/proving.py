"""Whether an attack worked: the checks of its type, surest first, over the request and its response (A3.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from apitrail.inspect.attacks.success import (
    answer_headers,
    commands,
    database_errors,
    database_rows,
    effects,
    files,
    network,
    reflection,
    templates,
    timing,
    traces,
)
from apitrail.inspect.attacks.success.answer import Answer
from apitrail.inspect.attacks.success.attempt import Attempt, Found, Sent
from apitrail.inspect.attacks.success.evidence import Evidence
from apitrail.inspect.points.extracting import Reading

Check = Callable[[Attempt, Answer], Evidence | None]
"""Looks in an answer for one kind of evidence that an attempt worked."""

_COMMANDS: tuple[Check, ...] = (commands.output, commands.echo)
_FILES: tuple[Check, ...] = (files.contents,)
_ERRORS: tuple[Check, ...] = (commands.shell_error, traces.file_error, traces.trace, timing.delay)
_RUNNING: tuple[Check, ...] = (*_COMMANDS, *_FILES, templates.result, templates.objects)
_INSIDE: tuple[Check, ...] = (*_FILES, network.metadata, network.service)

CHECKS: Mapping[str, tuple[Check, ...]] = MappingProxyType(
    {
        "sqli": (database_rows.rows, database_errors.error, *_FILES, *_COMMANDS, traces.trace, timing.delay),
        "nosqli": (database_errors.error, *_COMMANDS, traces.trace, timing.delay),
        "ldapi": (database_errors.error, traces.trace),
        "xss": (reflection.script,),
        "rce": (*_RUNNING, network.metadata, traces.object_error, *_ERRORS),
        "ptrav": (*_FILES, network.exposed, traces.file_error, traces.trace),
        "lfi": (*_FILES, *_COMMANDS, network.exposed, traces.file_error, traces.trace),
        "rfi": (*_COMMANDS, *_INSIDE, traces.file_error, traces.trace),
        "xxe": (*_INSIDE, effects.entity_expanded, traces.trace),
        "ssrf": (*_INSIDE, traces.trace),
        "ssti": (*_RUNNING, *_ERRORS),
        "ssi": (*_COMMANDS, *_FILES, traces.trace),
        "mail_injection": (traces.trace,),
        "crlf": (answer_headers.injected, reflection.script),
        "redir": (answer_headers.redirect,),
        "scanner": (*_FILES, network.exposed),
        "mass_assignment": (effects.member_set,),
        "data_bomb": (effects.entity_expanded,),
        "prompt_injection": (effects.prompt_text,),
        "prompt_retrieval": (effects.prompt_text,),
        "graphql": (effects.schema, traces.trace),
        "deserialize": (*_RUNNING, network.metadata, traces.object_error, *_ERRORS),
        "file_upload": (effects.stored_file,),
        "auth": (effects.token_accepted,),
        "cve": (*_RUNNING, answer_headers.injected, network.exposed, *_ERRORS),
    }
)
"""The checks of each type of attack that a response can prove, surest first."""


def evidence(reading: Reading, finding: Found) -> Evidence | None:
    """What in the response of an exchange proves that a finding of its request worked; None when nothing does."""
    return evidences(reading, [finding])[0]


def evidences(reading: Reading, findings: Sequence[Found]) -> list[Evidence | None]:
    """The evidence of each finding of one exchange, in their order; what they share is taken apart once."""
    if reading.exchange.blocked:
        return [None] * len(findings)
    answer, sent = Answer(reading), Sent(reading)
    return [_proof(Attempt(sent, finding), answer) for finding in findings]


def _proof(attempt: Attempt, answer: Answer) -> Evidence | None:
    checks = CHECKS.get(attempt.finding.type, ())
    return next((found for check in checks if (found := check(attempt, answer))), None)
