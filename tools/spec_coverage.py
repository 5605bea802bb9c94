"""Writes docs/spec-coverage.md: which tests prove each row of the specification, and on which page of the console.

A test names its rows by a mark, `@pytest.mark.rows("S3.1")`, or all tests of a file by `pytestmark = pytest.mark.rows("A2.1")`.
The tests are read, not run. With `--check` nothing is written: it fails when the page is out of date, when a test names a row
that there is not, or when a row that has a page has no test in a browser, at both widths.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from spec_rows import ROWS, SECTIONS, Row

ROOT = Path(__file__).parent.parent
TESTS, PAGE = ROOT / "tests", ROOT / "docs" / "spec-coverage.md"
NOTE = "<!-- Written by tools/spec_coverage.py from the marks of the tests. Change these, then run it again. -->"
MARK, MODULE_MARK = "pytest.mark.rows", "pytestmark"
BROWSER = "browser"
"""The fixture that every test in a browser needs, through whatever other fixtures."""
BOTH = frozenset(("DESK", "PHONE"))
"""The sizes of a window; a test that has both is tried at both widths."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Test(NamedTuple):
    """A test: its file below tests/, its name, the rows it proves, and whether it runs in a browser, at both widths."""

    file: str
    name: str
    rows: tuple[str, ...]
    in_browser: bool
    at_both: bool


def tests_in(folder: Path) -> Iterator[Test]:
    """Every test of a folder that names rows, file by file."""
    for path in sorted(folder.rglob("test_*.py")):
        tree = _parsed(path)
        around = (one for parent in reversed(path.parents) if (one := parent / "conftest.py").is_file())
        known = {name: node for one in (*map(_parsed, around), tree) for name, node in _definitions(one)}
        whole = known.get(MODULE_MARK)
        for node in tree.body:
            if isinstance(node, Function) and node.name.startswith("test"):
                rows = tuple(dict.fromkeys(row for part in (whole, *node.decorator_list) if part for row in _named(part)))
                reached = _reached(node, known)
                if rows:
                    yield Test(path.relative_to(folder).as_posix(), node.name, rows, BROWSER in reached, reached >= BOTH)


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _named(node: ast.AST) -> Iterator[str]:
    """The rows that a mark names, which may be one of several in a list."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and ast.unparse(one.func) == MARK:
            yield from (ast.literal_eval(argument) for argument in one.args)


def _reached(test: Function, known: dict[str, ast.AST]) -> set[str]:
    """The names that a test depends on: those in it, its fixtures, and what these, and marks that have a name, are made of."""
    found: set[str] = set()
    waiting = {*_names(test), *_needs(test)}
    while waiting:
        name = waiting.pop()
        found.add(name)
        node = known.get(name)
        if node is not None:
            waiting |= ({*_needs(node)} if isinstance(node, Function) else {*_names(node)}) - found
    return found


def _needs(function: Function) -> Iterator[str]:
    yield from (argument.arg for argument in function.args.args)
    for decorator in function.decorator_list:
        yield from _names(decorator)


def _names(node: ast.AST) -> Iterator[str]:
    return (one.id for one in ast.walk(node) if isinstance(one, ast.Name))


def problems(rows: Sequence[Row], tests: Iterable[Test]) -> list[str]:
    """What is wrong with the marks, in words."""
    known, proved = {row.id for row in rows}, defaultdict(list)
    wrong = []
    for test in tests:
        wrong += [f"tests/{test.file}: {test.name} names {row}, which is no row" for row in test.rows if row not in known]
        for row in test.rows:
            proved[row].append(test)
    for row in rows:
        shown = [test for test in proved[row.id] if test.in_browser]
        if row.pages and not shown:
            wrong.append(f"{row.id} has a page and no test in a browser")
        elif row.pages and not any(test.at_both for test in shown):
            wrong.append(f"{row.id} has a page and no test in a browser at both widths")
        if not (row.pages or proved[row.id] or row.not_yet):
            wrong.append(f"{row.id} has no test")
    return wrong


def page(rows: Sequence[Row], tests: Sequence[Test]) -> str:
    """The page: a table for each section of the specification."""
    return "\n".join([NOTE, *_lines(rows, tests)]) + "\n"


def _lines(rows: Sequence[Row], tests: Sequence[Test]) -> Iterator[str]:
    shown = [row for row in rows if row.pages]
    both = sum(any(row.id in test.rows and test.at_both for test in tests if test.in_browser) for row in shown)
    yield ""
    yield "# What is proved by which test"
    yield ""
    yield from (
        "What apitrail is to do stands in numbered rows. Tests name the rows that they prove, and this page is made of that:",
        "for each row the pages of the console where it is seen, the tests that try it in Chromium, by the words of their names,",
        "and how many others there are in each folder. A test in **bold** runs at both widths, 1440 and 390 px.",
    )
    yield ""
    yield f"{len(rows)} rows, {len(shown)} of them with a page; {both} of these are tried in a browser at both widths."
    for letter, title in SECTIONS.items():
        some = [row for row in rows if row.id.startswith(letter)]
        if some:
            yield from ("", f"## {title}", "", "| row | what | pages | in a browser | other tests |", "|---|---|---|---|---|")
            yield from (_row(row, [test for test in tests if row.id in test.rows]) for row in some)


def _row(row: Row, tests: Sequence[Test]) -> str:
    what = f"{row.what}. Not yet: {row.not_yet}." if row.not_yet else f"{row.what}."
    pages = ", ".join(f"`{one}`" for one in row.pages)
    browser = "; ".join(_by_file(test for test in tests if test.in_browser))
    others: dict[str, int] = defaultdict(int)
    for test in tests:
        others[test.file.partition("/")[0].removesuffix(".py")] += not test.in_browser
    rest = ", ".join(f"{folder} {count}" for folder, count in others.items() if count)
    return f"| {row.id} | {what} | {pages} | {browser} | {rest} |"


def _by_file(tests: Iterable[Test]) -> Iterator[str]:
    found = defaultdict(list)
    for test in tests:
        name = test.name.removeprefix("test_").replace("_", " ")
        found[test.file.removeprefix("console/")].append(f"**{name}**" if test.at_both else name)
    return (f"`{file}` {', '.join(names)}" for file, names in found.items())


def main(arguments: Sequence[str]) -> int:
    """Write or check the page; the exit code."""
    tests = list(tests_in(TESTS))
    wrong = problems(ROWS, tests)
    if "--check" not in arguments:
        PAGE.write_text(page(ROWS, tests), encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page(ROWS, tests):
        wrong.append("docs/spec-coverage.md is out of date: run tools/spec_coverage.py")
    print("\n".join(wrong) or "docs/spec-coverage.md is up to date")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
