"""Evidence: the words of a response that show that an attack worked, and the kinds of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

TEXT_LIMIT = 200
"""Characters of a response that are shown as evidence."""


class Evidence(NamedTuple):
    """What in the response shows that an attack worked.

    `kind` is a code of `KINDS`. `text` is an excerpt of at most TEXT_LIMIT characters, as it was answered: it may hold secrets.
    `point` is where it stands; empty when it is no place but the time that the answer took.
    """

    kind: str
    text: str
    point: str


class Kind(NamedTuple):
    """A kind of evidence: its title for people, and how sure it makes that the attack worked, 0 to 1."""

    title: str
    sure: float


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "file_contents": Kind("Contents of a file", 0.97),
        "file_error": Kind("The file was opened, the system refused", 0.6),
        "exposed_page": Kind("A page for insiders", 0.9),
        "database_rows": Kind("Rows of the database", 0.95),
        "database_error": Kind("Error of the database", 0.9),
        "delay": Kind("The answer took as long as the payload asked", 0.6),
        "command_output": Kind("Output of a command", 0.97),
        "shell_error": Kind("Error of the command line", 0.85),
        "script_in_page": Kind("Script in the page as it was sent", 0.95),
        "cloud_metadata": Kind("Metadata of the cloud", 0.97),
        "internal_service": Kind("Answer of an internal service", 0.9),
        "template_result": Kind("Result of the expression", 0.95),
        "template_objects": Kind("Objects of the template engine", 0.9),
        "entity_expanded": Kind("The entity was expanded", 0.85),
        "stack_trace": Kind("Stack trace", 0.6),
        "object_error": Kind("The object was read", 0.7),
        "redirect": Kind("Redirect to the attacker's host", 0.95),
        "header_injected": Kind("The header came back in the response", 0.97),
        "prompt_text": Kind("Instructions of the model", 0.6),
        "schema": Kind("Schema of the API", 0.9),
        "stored_file": Kind("The file was stored", 0.7),
        "token_accepted": Kind("The unsigned token was let in", 0.5),
        "member_set": Kind("The member was set", 0.8),
    }
)
"""Every kind of evidence by its code."""
