"""What a specification is in force for: hosts and applications that were chosen, else the hosts of its servers (D6)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apitrail.errors import BadQuestion

CHOSEN_LIMIT = 100
"""Hosts, and applications, that are chosen for one specification."""
CHARS_LIMIT = 260
"""Characters of a host, with its port, or of an application."""
EVERY = "*"
"""Chosen as a host, it stands for all of them, whatever the servers of the document are."""
SHOWN = 3
"""Hosts and applications that the words for a scope name."""


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was chosen; `*.shop.example` for all hosts below, `*` for all there are."""

    hosts: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()


def check(hosts: Sequence[str] | None, applications: Sequence[str] | None) -> None:
    """BadQuestion when one of them can be none."""
    for host in _tidy(hosts):
        bare = host.removeprefix("*.")
        if not bare or (host != EVERY and set(bare) & set("*/?#@, ")) or not host.isprintable() or len(host) > CHARS_LIMIT:
            named = host.partition("://")[2].partition("/")[0] if "://" in host else ""
            raise BadQuestion(
                f"a host is such as api.shop.example, *.shop.example, or * for every host, not {host[:60]!r}",
                suggestion=named or None,
            )
    for application in _tidy(applications):
        if not application.isprintable() or "," in application or len(application) > CHARS_LIMIT:
            raise BadQuestion(f"an application has at most {CHARS_LIMIT} characters, without commas, not {application[:60]!r}")
    for some, word in ((hosts, "hosts"), (applications, "applications")):
        if len(_tidy(some)) > CHOSEN_LIMIT:
            raise BadQuestion(f"a specification has at most {CHOSEN_LIMIT} {word} chosen for it")


def changed(before: Scope, hosts: Sequence[str] | None, applications: Sequence[str] | None) -> Scope:
    """The scope with other hosts or applications; what is None stays."""
    return Scope(
        before.hosts if hosts is None else tuple(host.lower() for host in _tidy(hosts)),
        before.applications if applications is None else _tidy(applications),
    )


def hosts(scope: Scope, servers: Sequence[str]) -> tuple[str, ...]:
    """The hosts that a specification is in force for; none stands for all."""
    chosen = scope.hosts or tuple(servers)
    return () if EVERY in chosen else chosen


def words(scope: Scope, servers: Sequence[str]) -> str:
    """The scope in words."""
    found = hosts(scope, servers)
    said = _listed(found) if found else "every host"
    if found and not scope.hosts:
        said = f"{said}, as its servers say"
    return f"{said}; {_listed(scope.applications)}" if scope.applications else said


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _tidy(names: Sequence[str] | None) -> tuple[str, ...]:
    """The names without blanks around them, each once."""
    return tuple(dict.fromkeys(bare for name in names or () if (bare := name.strip())))
