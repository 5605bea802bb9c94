"""What needs a store of its own: marking an attack under filters, and payloads that a spreadsheet would compute (A2.2, A2.4)."""

from __future__ import annotations

import csv
import io

import pytest

from apitrail.explore.attacks import listing, marking, opening
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.export import findings_csv
from apitrail.query import text
from apitrail.query.tree import Question
from apitrail.store import Store
from attacking import attacked
from traffic import save


def test_a_cell_is_no_formula(chdb_store: Store) -> None:
    """A payload that a spreadsheet would compute is shown as text."""
    items = attacked(seed=1, count=20)
    items[0].query, items[0].verdicts = "q=%3DHYPERLINK(%22http://evil.example%22)%3Cscript%3Ealert(1)%3C/script%3E", ()
    save(chdb_store, items)
    question = Asked(Question(text.parse("payload:=HYPER*")))
    cells = [
        row["payload"] for row in csv.DictReader(io.StringIO("".join(findings_csv(opening.every_finding(chdb_store, question)))))
    ]
    assert cells
    assert all(cell.startswith("'=HYPERLINK") for cell in cells)


@pytest.mark.rows("A2.4")
def test_an_attack_is_marked_under_filters(chdb_store: Store) -> None:
    """A2.4: marking an attack marks what it has under filters and interval, and nothing else; what is marked is hidden."""
    save(chdb_store, attacked(seed=2, count=150))
    first = listing.list_attacks(chdb_store, Asked(Question()), sort="-findings").items[0]
    question = Question(text.parse("status:>=400"))
    some = opening.count_findings(chdb_store, Asked(question, first.id))
    distinct = {one.finding for one in opening.every_finding(chdb_store, Asked(question, first.id))}
    assert 0 < some < first.findings
    assert marking.mark_attack(chdb_store, Asked(question, first.id), "false_positive", "test") == len(distinct)
    after = opening.open_attack(chdb_store, Asked(Question(), first.id))
    assert (after.findings, after.false_positives, after.mark) == (first.findings, some, "mixed")
    (left,) = [one for one in listing.every_attack(chdb_store, Asked(Question())) if one.id == first.id]
    assert left.findings == first.findings - some
    marking.mark_attack(chdb_store, Asked(Question(), first.id), "", "test")
    assert next(iter(listing.every_attack(chdb_store, Asked(Question()), sort="-findings"))) == first
