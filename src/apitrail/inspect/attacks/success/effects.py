"""What an answer says that the application has done: a member set, a file stored, a token believed, a schema or prompt told."""

from __future__ import annotations

import base64
import binascii
import re

from apitrail.inspect.attacks.success.answer import Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import TEXT_LIMIT, Evidence
from apitrail.inspect.points.structures import json_of
from apitrail.model.exchange import header

_SCRIPT_NAME = re.compile(
    r"(?<![\w.%-])[\w.%-]{1,100}\.(?:ph(?:p\d?|tml|ar|ps|t)|jspx?|aspx?|ashx|cgi|pl|sh|exe|war|svg|html?)\b", re.IGNORECASE
)
_STORED = re.compile(r"^(?:https?://[^\s\x00]{1,200}/|\.{0,2}/?(?:[\w.-]{1,60}/){1,10})([\w.%-]{1,100})$", re.MULTILINE)
_ENTITY = re.compile(r"<!ENTITY\s{1,9}([\w.-]{1,60})\s{1,9}[\"']([^\"'<>%&]{4,200})[\"']", re.IGNORECASE)
_TOKEN = re.compile(r"eyJ[\w-]{4,2000}\.[\w-]{1,4000}\.")
_WHO = ("sub", "user", "username", "email", "name", "user_id", "uid")
_ROLE = re.compile(
    r"\b(?:You are|You're|Your name is) [^\n\x00]{0,100}?\b(?:assistant|agent|chatbot|bot|AI|language model|helper|expert"
    r"|concierge)\b"
)
_ORDER = re.compile(
    r"\b(?:[Dd]o not|[Dd]on't|[Nn]ever|[Aa]lways|[Yy]ou must|[Oo]nly|[Uu]nder no circumstances) "
    r"(?:reveal|share|disclose|mention|answer|discuss|respond|use|tell|give|provide|call|say|be|ask|refuse)\b"
)
PROMPT_LIMIT = 4000
"""Characters after the role of a model in which its orders must stand."""


def member_set(attempt: Attempt, answer: Answer) -> Evidence | None:
    """The member of the payload in the answer with the same value."""
    if answer.status >= 300 or answer.exchange.method in ("GET", "HEAD", "OPTIONS") or not attempt.name:
        return None
    wanted = {form.strip().lower() for form in (*attempt.forms, *_values_of(attempt))}
    for number, (steps, text) in enumerate(answer.values):
        if str(steps[-1:][0] if steps else "").lower() == attempt.name and text.lower() in wanted:
            return Evidence("member_set", f"{steps[-1]}: {text}"[:TEXT_LIMIT], answer.point_of(number))
    return None


def _values_of(attempt: Attempt) -> list[str]:
    """The value at the point as the request has it, where no attack stands in it by itself."""
    from apitrail.errors import BadQuestion
    from apitrail.inspect.points.extracting import extractor
    from apitrail.model.point import parse

    try:
        return extractor(parse(attempt.finding.point))(attempt.sent.reading)
    except (BadQuestion, KeyError):
        return []


def stored_file(attempt: Attempt, answer: Answer) -> Evidence | None:
    """The path under which a script was stored, with its name or its ending, in an answer that is no error."""
    names = {found[0].lower() for found in _SCRIPT_NAME.finditer(attempt.text)}
    if not names or not 200 <= answer.status < 400:
        return None
    endings = {name.rpartition(".")[2] for name in names}

    def stored(path: str) -> bool:
        name = path.rpartition("/")[2].partition("?")[0].lower()
        return not attempt.sent.says(path) and (name in names or name.rpartition(".")[2] in endings)

    location = header(answer.headers, "location")
    if location and answer.status == 201 and stored(location):
        return Evidence("stored_file", location[:TEXT_LIMIT], "response.header.Location")
    return answer.find("stored_file", _STORED, lambda match: stored(match[0]))


def token_accepted(attempt: Attempt, answer: Answer) -> Evidence | None:
    """An unsigned token in an answer that is no refusal; where the answer names who the token names, that is shown."""
    if not 200 <= answer.status < 300 or answer.exchange.method in ("OPTIONS", "HEAD"):
        return None
    tokens = (found[0] for form in attempt.forms for found in _TOKEN.finditer(form[:8192]))
    token = next((token for token in tokens if _unsigned(token)), None)
    if token is None:
        return None
    claims = _part(token, 1)
    for name in _WHO:
        who = claims.get(name)
        if isinstance(who, str) and len(who) > 1:
            found = answer.find("token_accepted", re.compile(rf"(?<![\w.]){re.escape(who[:100])}(?![\w.])"))
            if found:
                return found
    return Evidence("token_accepted", f"status {answer.status}", "")


def _unsigned(token: str) -> bool:
    algorithm = _part(token, 0).get("alg")
    return isinstance(algorithm, str) and algorithm.strip().lower() in ("none", "")


def _part(token: str, number: int) -> dict[str, object]:
    text = token.split(".")[number]
    try:
        read = json_of(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def schema(_attempt: Attempt, answer: Answer) -> Evidence | None:
    """The types that an introspection of GraphQL gives."""
    for number, (steps, text) in enumerate(answer.values):
        if "__schema" in steps and "types" in steps and steps[-1] == "name":
            return Evidence("schema", f"__schema with type {text}"[:TEXT_LIMIT], answer.point_of(number))
        if "__type" in steps and steps[-1] == "name":
            return Evidence("schema", f"__type {text}"[:TEXT_LIMIT], answer.point_of(number))
    return None


def entity_expanded(attempt: Attempt, answer: Answer) -> Evidence | None:
    """The text of an entity in an answer that does not have its declaration, nor the request it elsewhere."""
    for form in attempt.forms:
        for found in _ENTITY.finditer(form):
            if f"&{found[1]};" in form and form.count(found[2]) == 1 and "<!ENTITY" not in answer.text:
                shown = answer.find("entity_expanded", re.compile(re.escape(found[2])))
                if shown:
                    return shown
    return None


def prompt_text(attempt: Attempt, answer: Answer) -> Evidence | None:
    """What reads like the instructions of a model: who it is, and what it must do or not."""

    def accepted(match: re.Match[str]) -> bool:
        after = match.string[match.end() : match.end() + PROMPT_LIMIT].partition("\0")[0]
        return not attempt.sent.says(match[0]) and _ORDER.search(after) is not None

    return answer.find("prompt_text", _ROLE, accepted) if answer.status < 300 else None
