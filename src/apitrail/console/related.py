"""How an opened session shows the sessions that are related to it (S4.7)."""

from __future__ import annotations

from typing import Any

from apitrail.console.links import View
from apitrail.explore.related import Neighbour, Related

_SAME = {"user": "Same user", "fingerprint": "Same fingerprint", "client": "Same client"}
_BY = {
    "user": "of user {}",
    "fingerprint": "with the fingerprint {}",
    "client": "of {} with the same user agent",
}


def content(found: Related) -> dict[str, Any]:
    """The listed sessions with their addresses, and the links to the ones before and after."""
    return {
        "rows": [{"session": session, "url": _own_page(session.id)} for session in found.sessions],
        "of": found.total if found.total > len(found.sessions) else 0,
        "crowded": any(looked.crowded for looked in found.looked_at),
        "previous": _neighbour(found.previous, "previous"),
        "next": _neighbour(found.next, "next"),
        "same": next((_SAME[one.by] for one in (found.previous, found.next) if one), ""),
    }


def _own_page(session: str) -> str:
    """A session whole: the filters under which this one is shown are not about that one."""
    return View(page=session).url()


def _neighbour(neighbour: Neighbour | None, which: str) -> dict[str, str] | None:
    if neighbour is None:
        return None
    return {"url": _own_page(neighbour.id), "title": f"{which} session {_BY[neighbour.by].format(neighbour.value)}"}
