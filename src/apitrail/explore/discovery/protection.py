"""By what an endpoint is covered: authentication, a specification, its enforcement (D3, D7)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CONSISTENT, PARTIAL, MISSING = "consistent", "partial", "missing"
CONSISTENT_SHARE = 0.95
"""Share of authenticated requests from which authentication is consistent (D3)."""
PARTIAL_SHARE = 0.01
"""Share of authenticated requests below which authentication is missing."""

AUTHENTICATION, SPECIFICATION, ENFORCEMENT = "authentication", "specification", "enforcement"
PROTECTIONS: Mapping[str, str] = MappingProxyType({
    AUTHENTICATION: "95 % or more of the requests say who they are from.",
    SPECIFICATION: "A current specification describes it.",
    ENFORCEMENT: "Requests that are not as specified are told as attacks.",
})  # fmt: skip
"""What may cover an endpoint, each with what it means."""


def coverage(authenticated: int, requests: int) -> str:
    """How many of the requests are authenticated: consistent, partial or missing."""
    share = authenticated / requests if requests else 0.0
    if share >= CONSISTENT_SHARE:
        return CONSISTENT
    return PARTIAL if share >= PARTIAL_SHARE else MISSING


def protection(covered: str, *, specified: bool, enforced: bool) -> list[str]:
    """By what an endpoint is covered, of PROTECTIONS."""
    holds = {AUTHENTICATION: covered == CONSISTENT, SPECIFICATION: specified, ENFORCEMENT: enforced}
    return [name for name, true in holds.items() if true]
