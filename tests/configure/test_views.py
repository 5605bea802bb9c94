"""Saved views: kept under a name by section, one of which a section may open with (A2.2)."""

from __future__ import annotations

import pytest

from apitrail.configure import views
from apitrail.configure.views import NAME_LIMIT, QUERY_LIMIT, SavedView
from apitrail.errors import BadQuestion, NotFound
from apitrail.store import Store


def view(name: str, query: str = "q=attack%3Asqli", *, section: str = "attacks", default: bool = False) -> SavedView:
    """A view of a section."""
    return SavedView(section=section, name=name, query=query, default=default)


def test_views_are_kept_by_section_and_name(store: Store) -> None:
    """A view is kept with its author; the same name in a section is the same view, in another section it is another."""
    views.save(store, view("beta"), "ann")
    views.save(store, view("alpha"), "ann")
    views.save(store, view("beta", section="incidents"), "ann")
    assert views.kept(store, "attacks") == [view("alpha"), view("beta")]
    assert views.save(store, view("beta", "q=ip%3A10.0.0.1"), "bob") == view("beta", "q=ip%3A10.0.0.1")
    assert views.kept(store) == [view("alpha"), view("beta", "q=ip%3A10.0.0.1"), view("beta", section="incidents")]
    assert [record.author for record in store.records.history(views.KIND)] == ["bob", "ann", "ann", "ann"]


def test_one_view_opens_a_section(store: Store) -> None:
    """The view that was last said to open its section does; the one before it and those of other sections stay as they are."""
    assert views.default(store, "attacks") is None
    views.save(store, view("incidents", section="incidents", default=True), "ann")
    views.save(store, view("first", default=True), "ann")
    views.save(store, view("second", default=True), "ann")
    assert views.default(store, "attacks") == view("second", default=True)
    assert views.kept(store, "attacks") == [view("first"), view("second", default=True)]
    assert views.default(store, "incidents") == view("incidents", section="incidents", default=True)
    views.save(store, view("second"), "ann")
    assert views.default(store, "attacks") is None


def test_a_view_is_forgotten(store: Store) -> None:
    """A removed view is not listed, opens nothing, and cannot be removed again; its name can be taken again."""
    views.save(store, view("one", default=True), "ann")
    views.remove(store, "attacks", "one", "bob")
    assert views.kept(store) == []
    assert views.default(store, "attacks") is None
    with pytest.raises(NotFound, match="no view 'one' of attacks"):
        views.remove(store, "attacks", "one", "bob")
    assert views.save(store, view("one"), "ann") in views.kept(store)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (view("  a \n b  "), view("a b")),
        (view("a", "?q=x"), view("a", "q=x")),
        (view("a", "q=x&sort=&by="), view("a", "q=x")),
        (view("a", "q=a b\r\nLocation: x"), view("a", "q=a+b%0D%0ALocation%3A+x")),
        (view("a", ""), view("a", "")),
        (view("<script>x</script>"), view("<script>x</script>")),
        (view("a:b"), view("a:b")),
    ],
)
def test_what_is_kept(chdb_store: Store, given: SavedView, kept: SavedView) -> None:
    """A name is kept in one line, an address without what is empty and with every sign written as an address has it."""
    assert views.save(chdb_store, given, "ann") == kept
    assert views.kept(chdb_store) == [kept]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (view("x", section="tokens"), "section is one of sessions, attacks, incidents, discovery, not 'tokens'"),
        (view(" \n "), f"1 to {NAME_LIMIT} characters"),
        (view("x" * (NAME_LIMIT + 1)), f"1 to {NAME_LIMIT} characters"),
        (view("x", "q" * (QUERY_LIMIT + 1)), f"at most {QUERY_LIMIT} characters"),
    ],
)
def test_a_view_that_can_be_none(chdb_store: Store, wrong: SavedView, words: str) -> None:
    """An unknown section, no name or an endless one is said in words, and nothing is kept."""
    with pytest.raises(BadQuestion, match=words):
        views.save(chdb_store, wrong, "ann")
    assert views.kept(chdb_store) == []


def test_views_have_a_limit(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store has so many views and no more; the ones there are can be changed."""
    monkeypatch.setattr(views, "VIEWS_LIMIT", 2)
    views.save(chdb_store, view("a"), "ann")
    views.save(chdb_store, view("b"), "ann")
    with pytest.raises(BadQuestion, match="at most 2 views"):
        views.save(chdb_store, view("c"), "ann")
    assert views.save(chdb_store, view("b", "q=x"), "ann") == view("b", "q=x")
