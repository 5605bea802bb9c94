"""Requests as files: all of them, safe to open, masked as on screen (S6.2)."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.explore.export import COLUMNS, export, safe_cell
from apitrail.explore.requests import every_request
from apitrail.query.text import parse
from apitrail.query.tree import Question

pytestmark = pytest.mark.rows("S6.2")

FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("http://evil.example")',
)
DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")


def rows(text: str) -> list[dict[str, str]]:
    """A CSV text as dicts."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("session", [True, False])
def test_csv_has_every_request_and_column(world: Any, session: bool) -> None:
    """One line a request, in time order, with each column; of one session, or of all under a filter."""
    asked = Question(parse("status:>=400"))
    name = world.rows[0]["session"] if session else ""
    wanted = list(every_request(world.store, asked, session=name))
    found = rows("".join(export(world.store, asked, "csv", session=name)))
    assert [row["request_id"] for row in found] == [request.request_id for request in wanted]
    for row, request in zip(found, wanted, strict=True):
        assert tuple(row) == COLUMNS
        assert row["status"] == str(request.status)
        assert row["path"] == safe_cell(request.path)
        assert row["attacks"] == " ".join(request.attacks)


def test_har_is_a_har(world: Any) -> None:
    """Each request is an entry with the members that HAR 1.2 asks for."""
    log = json.loads("".join(export(world.store, Question(), "har")))["log"]
    assert (log["version"], len(log["entries"])) == ("1.2", len(world.rows))
    assert {"name", "version"} <= set(log["creator"])
    for entry in log["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        wanted = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
        assert wanted == set(entry["request"])
        assert {"status", "statusText", "content", "redirectURL"} <= set(entry["response"])
        assert urlsplit(entry["request"]["url"]).scheme == "https"
        assert isinstance(entry["time"], int | float)


def test_json_is_the_requests(world: Any) -> None:
    """One object a line, as the API gives it."""
    found = [json.loads(line) for line in "".join(export(world.store, Question(), "json")).splitlines()]
    assert [one["request_id"] for one in found] == [request.request_id for request in every_request(world.store, Question())]


def test_an_unknown_format_is_refused_before_anything_is_written(world: Any) -> None:
    """The error comes at once and not in the middle of a file."""
    with pytest.raises(BadQuestion, match="csv"):
        export(world.store, Question(), "xlsx")


@pytest.mark.parametrize("value", FORMULAS)
def test_no_cell_is_a_formula(value: str) -> None:
    """A spreadsheet shows what traffic says and does not run it."""
    assert safe_cell(value) == f"'{value}"


@given(st.text(max_size=30) | st.none() | st.integers() | st.floats(allow_nan=False))
def test_a_cell_is_safe_and_still_says_the_same(value: object) -> None:
    """Whatever the value, the cell begins harmlessly; numbers stay numbers."""
    cell = safe_cell(value)
    if isinstance(value, str):
        assert not cell.startswith(DANGEROUS)
        assert cell.removeprefix("'") == value.removeprefix("'")
    else:
        assert cell == ("" if value is None else str(value))
