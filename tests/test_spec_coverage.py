"""The table of what is proved by which test: read from the marks of tests, and strict about them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from test_docs import tool

CONFTEST = """
@pytest.fixture
def page(browser): ...
@pytest.fixture(params=[DESK, PHONE])
def sized(request, page): ...
"""
BROWSER = """
SIZES = pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.rows("S1.1", "S1.2")
def test_wide(page): ...
@pytest.mark.rows("S1.2")
def test_by_fixture(sized): ...
@SIZES
@pytest.mark.rows("S1.3")
def test_by_mark(page, size): ...
@pytest.mark.rows("S1.1")
def test_a_word(): ...
"""
OTHER = """
pytestmark = [pytest.mark.slow, pytest.mark.rows("S1.2")]
def test_whole(): ...
@pytest.mark.rows("D1")
def test_more(store): ...
def helper(): ...
"""


@pytest.fixture
def program() -> ModuleType:
    """The program that writes the table."""
    return tool("spec_coverage")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Some tests, in a browser and elsewhere."""
    (tmp_path / "console").mkdir()
    (tmp_path / "console" / "conftest.py").write_text(CONFTEST)
    (tmp_path / "console" / "test_seen.py").write_text(BROWSER)
    (tmp_path / "test_other.py").write_text(OTHER)
    return tmp_path


def rows(program: ModuleType, *pages: str) -> list[object]:
    """Rows of which these have a page."""
    return [program.Row(name, f"What {name} is", ("/x",) if name in pages else ()) for name in ("S1.1", "S1.2", "S1.3", "D1")]


def test_tests_are_read_with_all_that_they_depend_on(program: ModuleType, folder: Path) -> None:
    """A test has the rows of its own mark and of its file's; a fixture or a named mark brings the browser and both widths."""
    assert [tuple(test) for test in program.tests_in(folder)] == [
        ("console/test_seen.py", "test_wide", ("S1.1", "S1.2"), True, False),
        ("console/test_seen.py", "test_by_fixture", ("S1.2",), True, True),
        ("console/test_seen.py", "test_by_mark", ("S1.3",), True, True),
        ("console/test_seen.py", "test_a_word", ("S1.1",), False, False),
        ("test_other.py", "test_whole", ("S1.2",), False, False),
        ("test_other.py", "test_more", ("S1.2", "D1"), False, False),
    ]


@pytest.mark.parametrize(
    ("pages", "wrong"),
    [
        (("S1.2", "S1.3"), []),
        (("S1.1",), ["S1.1 has a page and no test in a browser at both widths"]),
        (("D1", "S1.2"), ["D1 has a page and no test in a browser"]),
    ],
)
def test_a_row_with_a_page_is_tried_in_a_browser(
    program: ModuleType, folder: Path, pages: tuple[str, ...], wrong: list[str]
) -> None:
    """A row that is seen on a page has a test in a browser, at both widths."""
    assert program.problems(rows(program, *pages), program.tests_in(folder)) == wrong


def test_rows_that_there_are_not_and_rows_without_a_test(program: ModuleType, folder: Path) -> None:
    """A mark names rows that there are; a row has a test, unless it is told not to be there yet."""
    some = [*rows(program)[:3], program.Row("L1", "Something"), program.Row("L2", "More", (), "later")]
    assert program.problems(some, program.tests_in(folder)) == [
        "tests/test_other.py: test_more names D1, which is no row",
        "L1 has no test",
    ]


def test_the_page_tells_browser_and_others_apart(program: ModuleType, folder: Path) -> None:
    """A line has the page, the tests in a browser by name, those at both widths in bold, and the number of the others."""
    content = program.page(rows(program, "S1.2", "S1.3"), list(program.tests_in(folder)))
    assert "| S1.2 | What S1.2 is. | `/x` | `test_seen.py` wide, **by fixture** | test_other 2 |" in content
    assert "| S1.1 | What S1.1 is. |  | `test_seen.py` wide | console 1 |" in content
    assert "4 rows, 2 of them with a page; 2 of these are tried in a browser at both widths." in content


def test_check_fails_when_the_page_is_out_of_date(program: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is what the marks say, and `--check` says when it is not, without writing it."""
    assert program.main(["--check"]) == 0
    monkeypatch.setattr(program, "PAGE", tmp_path / "page.md")
    assert program.main(["--check"]) == 1
    assert not program.PAGE.exists()
    assert program.main([]) == 0
    assert program.main(["--check"]) == 0
