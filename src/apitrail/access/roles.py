"""The roles, from least to most."""

from __future__ import annotations

import msgspec

from apitrail.errors import BadQuestion, Forbidden

VIEWER, ANALYST, ADMIN, SENDER = "viewer", "analyst", "admin", "sender"

ROLES = {
    SENDER: "may send traffic in, and see nothing",
    VIEWER: "may see everything, and change nothing",
    ANALYST: "may also send traffic in, try settings out, and mark attacks",
    ADMIN: "may also change settings and give out tokens",
}
_RANK = {SENDER: 0, VIEWER: 1, ANALYST: 2, ADMIN: 3}


class Person(msgspec.Struct, frozen=True):
    """Somebody who was let in: a name for the audit log and a role.

    `csrf` is set for cookie sessions only, `token` is the id of the token that let them in, empty for a sign-in link.
    """

    name: str
    role: str
    csrf: str = ""
    token: str = ""


def check_role(role: str) -> str:
    """The role as given; BadQuestion when there is none of that name."""
    if role not in ROLES:
        raise BadQuestion(f"role is one of {', '.join(ROLES)}, not {role[:40]!r}", suggestion=VIEWER)
    return role


def allows(person: Person, role: str) -> bool:
    """Whether the person has this role or a higher one; traffic may be sent by every role but viewer."""
    return person.role != VIEWER if role == SENDER else _RANK[person.role] >= _RANK[role]


def require(person: Person, role: str) -> None:
    """Forbidden unless the person has this role or a higher one."""
    if not allows(person, role):
        raise Forbidden(f"this needs the role {role}; {person.name} has the role {person.role}")
