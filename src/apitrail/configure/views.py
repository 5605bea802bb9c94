"""Saved views: a list under filters, interval and grouping under a name; a section may open with one of them (A2.2)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import msgspec

from apitrail.errors import BadQuestion, NotFound
from apitrail.store import Store

KIND = "view"
SECTIONS = ("sessions", "attacks", "incidents", "discovery")
VIEWS_LIMIT = 200
"""Views of one store."""
NAME_LIMIT = 100
QUERY_LIMIT = 8000
"""Characters of what a view keeps."""


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """A view: the section it belongs to, and the parameters of its address. `default` is what the section opens with."""

    section: str
    name: str
    query: str
    default: bool = False

    @property
    def id(self) -> str:
        """What names it in addresses."""
        return f"{self.section}:{self.name}"


def kept(store: Store, section: str = "") -> list[SavedView]:
    """The views of a section, or all, by name."""
    found = [msgspec.json.decode(record.value, type=SavedView) for record in store.records.current(KIND).values()]
    return sorted((view for view in found if section in ("", view.section)), key=lambda view: view.id)


def default(store: Store, section: str) -> SavedView | None:
    """The view that a section opens with, if there is one."""
    return next((view for view in kept(store, section) if view.default), None)


def save(store: Store, view: SavedView, author: str) -> SavedView:
    """Keep a view; one of the same name in the section is replaced. BadQuestion when it can be none."""
    view = _checked(view)
    known = kept(store)
    if len(known) >= VIEWS_LIMIT and view.id not in {one.id for one in known}:
        raise BadQuestion(f"a store has at most {VIEWS_LIMIT} views; remove some first")
    for other in known:
        if view.default and other.default and other.section == view.section and other.id != view.id:
            _put(store, msgspec.structs.replace(other, default=False), author)
    _put(store, view, author)
    return view


def remove(store: Store, section: str, name: str, author: str) -> None:
    """Forget a view; NotFound when there is none of that name."""
    if name not in {view.name for view in kept(store, section)}:
        raise NotFound(f"there is no view {name[:60]!r} of {section}")
    store.records.append(KIND, f"{section}:{name}", "", author)


def _put(store: Store, view: SavedView, author: str) -> None:
    store.records.append(KIND, view.id, msgspec.json.encode(view).decode(), author)


def _checked(view: SavedView) -> SavedView:
    if view.section not in SECTIONS:
        raise BadQuestion(f"section is one of {', '.join(SECTIONS)}, not {view.section[:40]!r}", suggestion="attacks")
    name = " ".join(view.name.split())
    if not 1 <= len(name) <= NAME_LIMIT:
        raise BadQuestion(f"the name of a view has 1 to {NAME_LIMIT} characters")
    if len(view.query) > QUERY_LIMIT:
        raise BadQuestion(f"a view keeps at most {QUERY_LIMIT} characters of filters")
    return msgspec.structs.replace(view, name=name, query=urlencode(parse_qsl(view.query.lstrip("?"))))
