"""The append-only log of settings, tokens and marks: newest wins, nothing is forgotten."""

from __future__ import annotations

from apitrail.store import Store


def test_the_newest_value_of_a_key_wins(store: Store) -> None:
    """Setting a key again replaces its value and keeps the old one in the history, with its author."""
    store.records.append("colour", "sky", "grey", "ann")
    store.records.append("colour", "sky", "blue 😀 '\\", "bob")
    store.records.append("shape", "sky", "round", "ann")
    current = store.records.current("colour")
    assert {key: (record.value, record.author) for key, record in current.items()} == {"sky": ("blue 😀 '\\", "bob")}
    assert [record.value for record in store.records.history("colour")] == ["blue 😀 '\\", "grey"]


def test_an_empty_value_removes_a_key(store: Store) -> None:
    """A removed key is gone from the current records, still in the history, and may come back."""
    store.records.append("colour", "sky", "grey", "ann")
    store.records.append("colour", "sky", "", "ann")
    assert store.records.current("colour") == {}
    assert len(store.records.history("colour")) == 2
    store.records.append("colour", "sky", "red", "ann")
    assert store.records.current("colour")["sky"].value == "red"


def test_records_outlive_the_process(dsn: str) -> None:
    """What was appended is there when the store is opened again."""
    with Store(dsn) as store:
        store.records.append("colour", "sky", "grey", "ann")
    with Store(dsn) as store:
        assert store.records.current("colour")["sky"].value == "grey"
