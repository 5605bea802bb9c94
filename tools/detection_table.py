"""Writes the table of docs/detection.md: what `apitrail scan` finds in corpora of labelled requests.

`python tools/detection_table.py FOLDER` scans every corpus in the folder and writes the table between the two marker comments
of the page; with `--print` it writes nothing and prints the table. A corpus is a file `NAME.jsonl` or `NAME.jsonl.gz`: one
object a line with `method`, `url`, `headers` and `body`, whether it is `malicious`, and of what `type`.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "detection.md"
APITRAIL = Path(sys.executable).parent / "apitrail"
BEGIN = "<!-- The table begins. `make detection-table DATA=folder` writes it. -->"
END = "<!-- The table ends. -->"
ROUNDS = 2
"""Runs of each scan, of which the fastest counts: what else a machine does is no property of the search."""
KINDS_SHOWN = 6
"""Types of which it is said how many were missed, or falsely found."""

Row = dict[str, Any]
Found = list[dict[str, Any]]
Keep = Callable[[Row], bool]


class Corpus(NamedTuple):
    """A corpus: its file, what it is and where it comes from, what CRS 4 finds, and which of its rows mean something.

    `peer` has, for paranoia 1 and 2, what is caught and what is falsely caught, in percent; a dash where nothing was measured.
    """

    file: str
    title: str
    peer: tuple[str, str] = ("", "")
    keep: Keep = lambda _row: True


def _of_attack_rules(row: Row) -> bool:
    """Rules that look for attacks, of the lowest paranoia; the others are about the form of requests, or add up scores."""
    return row.get("expect_rule") is True and str(row.get("rule_id", ""))[:2] in ("93", "94") and row.get("paranoia", 1) == 1


CORPORA = (
    Corpus("gotestwaf", "GoTestWAF", ("48.7 / 9.2", "54.4 / 35.5")),
    Corpus("wcp_mgm", "waf-comparison-project", ("90.8 / -", "96.0 / -")),
    Corpus(
        "crowdsec_appsec",
        "exploits of recent CVEs: tests of CrowdSec's AppSec rules",
        ("63.3 / 0.0", "71.8 / 6.7"),
        lambda row: not row.get("unresolved") and row.get("malicious") is not None,
    ),
    Corpus(
        "nemesida_wafbypass",
        "waf-bypass of Nemesida, without its zone BODY, which names no content type",
        ("65.9 / -", "72.1 / -"),
        lambda row: row.get("zone", "").upper() != "BODY",
    ),
    Corpus("patt", "PayloadsAllTheThings", ("86.5 / -", "92.6 / -")),
    Corpus("httpparams", "HttpParamsDataset", ("98.5 / 0.0", "98.9 / 1.1")),
    Corpus("fwaf", "FWAF: queries of a proxy, and payloads", ("89.4 / 0.2", "94.8 / 1.4")),
    Corpus("blns", "Big List of Naughty Strings: payloads, and texts that only look odd", ("94.7 / 1.2", "96.2 / 10.0")),
    Corpus("crs_ftw", "tests of the OWASP CRS for rules that look for attacks", ("", ""), _of_attack_rules),
    Corpus("benign_api", "requests to real APIs: examples of DigitalOcean and Adyen", ("- / 2.8", "- / 18.9")),
    Corpus("benign_prose", "technical prose as comments: documents of six open-source projects", ("- / 8.3", "- / 58.5")),
    Corpus("benign_graphql_soap", "GraphQL of Saleor's dashboard, and SOAP", ("- / 36.8", "- / 78.0")),
)
"""The corpora that are known, in the order of the table."""


class Scored(NamedTuple):
    """What was found in a corpus: rows and hits of both kinds, seconds, and what was missed or falsely found, by type."""

    attacks: int
    caught: int
    benign: int
    falsely: int
    seconds: float
    missed: collections.Counter[str]
    wrong: collections.Counter[str]


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a corpus."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="surrogateescape") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def file_of(folder: Path, corpus: Corpus) -> Path | None:
    """The file of a corpus in a folder, if it is there."""
    names = (folder / f"{corpus.file}{ending}" for ending in (".jsonl", ".jsonl.gz"))
    return next((path for path in names if path.is_file()), None)


def scan(rows: Sequence[Row], rounds: int = 1) -> tuple[list[Found], float]:
    """The attacks in each row, and how many seconds of a processor the whole command took when it was fastest."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(f"{_record(row, number)}\n" for number, row in enumerate(rows))
        file.flush()
        runs = [_run(file.name) for _ in range(rounds)]
    answers = [json.loads(line) for line in runs[0][0].splitlines()]
    if len(answers) != len(rows):
        raise SystemExit(f"{len(answers)} answers to {len(rows)} requests")
    return [answer["attacks"] for answer in answers], min(seconds for _, seconds in runs)


def _run(file: str) -> tuple[str, float]:
    before = _processor_seconds()
    done = subprocess.run([APITRAIL, "scan", file], capture_output=True, check=False)
    seconds = _processor_seconds() - before
    if done.returncode:
        raise SystemExit(done.stderr.decode("utf-8", "replace").strip()[-500:])
    return done.stdout.decode("utf-8", "replace"), seconds


def _processor_seconds() -> float:
    """What the commands that have ended took of all processors together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _record(row: Row, number: int) -> str:
    members = {"method": row["method"], "url": row["url"], "headers": row.get("headers") or [], "body": row.get("body") or ""}
    return json.dumps({"id": str(number), **members})


def scored(rows: Sequence[Row], rounds: int = 1) -> Scored:
    """What is found in the rows of a corpus; a row that does not say what it is is an attack."""
    found, seconds = scan(rows, rounds)
    bad = [(row, some) for row, some in zip(rows, found, strict=True) if row.get("malicious", True)]
    good = [some for row, some in zip(rows, found, strict=True) if not row.get("malicious", True)]
    return Scored(
        attacks=len(bad),
        caught=sum(bool(some) for _, some in bad),
        benign=len(good),
        falsely=sum(map(bool, good)),
        seconds=seconds,
        missed=collections.Counter(_type(row) for row, some in bad if not some),
        wrong=collections.Counter(some[0]["type"] for some in good if some),
    )


def _type(row: Row) -> str:
    """What a row says it is: its type, else the end of the category of a rule, as in REQUEST-942-APPLICATION-ATTACK-SQLI."""
    return str(row.get("type") or str(row.get("category") or "attack").rpartition("ATTACK-")[2]).lower()


HEAD = (
    "corpus",
    "attacks",
    "caught, %",
    "harmless",
    "falsely caught, %",
    "requests/s of one core",
    "CRS 4, paranoia 1",
    "paranoia 2",
    "missed",
    "falsely found",
)


def table(folder: Path, rounds: int = ROUNDS) -> Iterator[str]:
    """The lines of the table: a row for each corpus in the folder, and one for all of them in one file."""
    known = [(corpus, path) for corpus in CORPORA if (path := file_of(folder, corpus))]
    if not known:
        raise SystemExit(f"{folder}: no corpus that is known, such as {CORPORA[0].file}.jsonl.gz")
    scan([{"method": "GET", "url": "/"}])  # makes the automaton, once
    yield _line(HEAD)
    yield _line("---:" if name not in ("corpus", "missed", "falsely found") else "---" for name in HEAD)
    every: list[Row] = []
    for corpus, path in known:
        rows = [row for row in rows_of(path) if corpus.keep(row)]
        every += rows
        yield _line(_cells(corpus, scored(rows, rounds)))
    yield _line(("all of them in one file", "", "", "", "", f"{len(every) / scan(every, rounds)[1]:,.0f}", "", "", "", ""))


def _cells(corpus: Corpus, one: Scored) -> Sequence[str]:
    return (
        corpus.title,
        f"{one.attacks:,}" if one.attacks else "",
        _percent(one.caught, one.attacks),
        f"{one.benign:,}" if one.benign else "",
        _percent(one.falsely, one.benign),
        f"{(one.attacks + one.benign) / one.seconds:,.0f}",
        *corpus.peer,
        _counted(one.missed),
        _counted(one.wrong),
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else ""


def _counted(kinds: collections.Counter[str]) -> str:
    shown = [f"{kind} {count}" for kind, count in kinds.most_common(KINDS_SHOWN)]
    rest = kinds.total() - sum(count for _, count in kinds.most_common(KINDS_SHOWN))
    return ", ".join([*shown, *([f"others {rest}"] if rest else [])])


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def written(page: str, lines: Sequence[str]) -> str:
    """A page with these lines between its marker comments."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE}: the comments between which the table stands are not there")
    return "\n".join((before + begin, "", *lines, "", end + after))


def main(arguments: Sequence[str]) -> int:
    """Write or print the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--print", action="store_true", dest="only_print", help="print the table, write nothing")
    given = parser.parse_args(arguments)
    lines = list(table(given.folder))
    if given.only_print:
        print("\n".join(lines))
    else:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
