"""The documents say what the program does: nothing is left out, nothing is made up, every link leads somewhere."""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from apitrail.access.roles import ROLES
from apitrail.analyze.endpoints import CHANGED, NEW, UNUSED
from apitrail.api.asking import DESCRIBED
from apitrail.errors import BadQuestion
from apitrail.explore.attacks.grouping import PRESETS
from apitrail.explore.attacks.measures import MEASURES
from apitrail.explore.discovery.protection import CONSISTENT, MISSING, PARTIAL, PROTECTIONS
from apitrail.explore.discovery.risk import WEIGHTS
from apitrail.inspect import authentication, endpoints, sensitive, value_types
from apitrail.inspect.attacks import gathering, matching
from apitrail.inspect.attacks.success.evidence import KINDS
from apitrail.inspect.flows import FLOWS
from apitrail.model import attack
from apitrail.model import point as points
from apitrail.model.fields import CATALOGUE
from apitrail.query import conditions, text
from apitrail.server import create_app
from apitrail.settings import load, table
from apitrail.sources.ndjson import Record
from apitrail.sources.registry import FORMATS
from apitrail.store import Store

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
PROSE = [page for page in PAGES if page.parent.name != "reference"]

NO_LIMITS = frozenset(
    ("access_logs._WITH_AGENT", "blocks._MASK", "charts.HEIGHT", "styleguide._HARM", "charts.SPARK_HEIGHT", "charts._BAR", "charts._GAP", "compressing.LEVEL", "world.TILE", "world.TONES", "path_chart.FAR", "path_chart.REACH", "path_chart.ROW", "usual_paths._WHOLE", "charts.LINE_HEIGHT", "charts.MONTHS", "charts.WIDTH", "clf._WITH_AGENT", "clf._WITH_REQUEST",
     "discovery_page.WEEK", "endpoints.DAY", "opening.DAY", "printing.GAP", "remote.NOTHING_STORED", "courier.UNREACHABLE", "endpoints._LONGEST_LETTER_PIECE", "exchange.MICROSECOND", "histogram.MINUTE",
     "histogram.SECOND", "interval.MICROSECOND", "jsonlog._BEHIND", "middleware.CLIENT_GONE", "mitmproxy._MILLISECONDS", "modsecurity._REFUSED",
     "answer._HEAD", "answer._TAIL", "automata._FITS", "automata._PLACES", "signature.NOWHERE", "unpacking._BARE", "unpacking._EITHER",
     "identity.ALLOWS", "matching._HALF", "sql_shapes.BARE", "sql_shapes.NUMBER", "sql_shapes.QUOTED", "identity.GROUPS", "identity.HIDES", "identity.NAMES", "identity.PLAIN", "rows.DAY", "slots._STATUS_END", "sql.DAY", "timestamps._DAY", "timestamps._EPOCH_DAY", "timestamps._HOUR", "timestamps._LATEST",
     "timestamps._MINUTE", "value_types._INT32", "value_types._INT64", "verdicts._RULE_ID_LENGTH", "words.MINUTE", "words._ALMOST", "write.DAY_MICROSECONDS")
)  # fmt: skip
"""Named numbers that bound nothing: units, codes, sizes of pictures. A new number goes here or into docs/limits.md."""

VARIABLES = frozenset(("APITRAIL_CONFIG", "APITRAIL_SERVER", "APITRAIL_TOKEN"))


@functools.cache
def tool(name: str) -> ModuleType:
    """A program of tools/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference() -> ModuleType:
    """The program that writes the reference pages."""
    return tool("reference")


def page(name: str) -> str:
    """The text of a page under docs/."""
    return (DOCS / name).read_text()


def name_of(path: Path) -> str:
    """A page's name for the report of a test."""
    return str(path.relative_to(ROOT))


def fenced(content: str, language: str | None = None) -> Iterator[str]:
    """The lines of fenced blocks, of all or of one language."""
    for found in re.finditer(r"^```(\S*)\n(.*?)^```$", content, re.DOTALL | re.MULTILINE):
        if language is None or found[1] == language:
            yield from found[2].splitlines()


def table_rows(content: str, head: str) -> list[list[str]]:
    """The cells of each table that has this header line, row by row."""
    found: list[list[str]] = []
    lines = content.splitlines()
    for start, line in enumerate(lines):
        if line == head:
            for row in lines[start + 2 :]:
                if not row.startswith("|"):
                    break
                found.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]])
    return found


def bare(cell: str) -> str:
    """A cell without the marks of code, or without the escapes of text."""
    return cell[1:-1] if cell.startswith("`") and cell.endswith("`") and cell != "`" else cell.replace("\\*", "*")


# --- the reference is the code's own ------------------------------------------------------------------------------------


def test_the_reference_is_up_to_date() -> None:
    """Every page under docs/reference/ is what tools/reference.py writes now."""
    assert reference().outdated() == []


@pytest.mark.parametrize("setting", table(), ids=lambda setting: setting.name)
def test_a_setting_is_documented(setting: Any) -> None:
    """Name, variable and help of every setting are on the page of settings."""
    content = page("reference/settings.md")
    for said in (f"`{setting.name}`", f"`{setting.variable}`", setting.help):
        assert said in content


def test_every_command_and_option_is_documented() -> None:
    """Each command has a section with all its options and their help."""
    content = page("reference/commands.md")
    for name, command in reference().every_command():
        section = content.partition(f"## `{name}`\n")[2].partition("\n## ")[0]
        assert section, name
        for parameter in command.params:
            assert parameter.help in section.replace("\\|", "|"), (name, parameter.name)
            if parameter.param_type_name == "option":
                assert all(f"`{option}`" in section for option in parameter.opts), (name, parameter.name)


@pytest.mark.parametrize("field", CATALOGUE, ids=lambda field: field.word)
def test_a_field_is_documented_with_an_example_that_works(field: Any) -> None:
    """Every filter word is on the page of fields, and its example is a filter."""
    assert field.example
    assert f"| `{field.word}` | {field.title} |" in page("reference/fields.md")
    assert text.parse(f"{field.word}:{field.example}")


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_a_format_is_documented(known: Any) -> None:
    """Name and title of every format are on the page of formats."""
    assert f"| `{known.name}` | {known.title} |" in page("reference/formats.md")


def test_every_error_is_documented() -> None:
    """Every class of the error tree has a row with HTTP status and exit code."""
    rows = {row[0]: row for row in table_rows(page("reference/errors.md"), "| class | what it says | HTTP | code | exit code |")}
    for error in reference().every_error():
        assert error.__doc__
        assert error.__doc__.split("\n")[0] in rows[f"`{error.__name__}`"][1]


def test_every_address_of_the_api_is_documented() -> None:
    """Every route is on the page of the API, and so is each of its parameters."""
    content = page("reference/api.md")
    for route in reference().every_route():
        for method in route.methods:
            assert f"`{method} /api/v1{route.path}`" in content
        for parameter in reference()._query_params(route.dependant):
            assert f"`{parameter.alias}`" in content


def test_every_router_of_a_server_is_documented(chdb_store: Store) -> None:
    """The page of the API is made of exactly the routes that a server has, those of its API and those of its console."""
    app = create_app(chdb_store, load())
    app.state.intake.close()
    routers = [one.original_router for one in app.routes if hasattr(one, "original_router")]
    mounted = {id(route): route.path for router in routers for route in router.routes}
    told = {id(route): route.path for route in (*reference().every_route(), *reference().every_page())}
    assert len(mounted) > 60
    assert told == mounted


def test_every_address_of_the_console_is_documented() -> None:
    """Every route of the console has a row that says what it shows."""
    content = page("reference/api.md")
    for route in reference().every_page():
        for method in route.methods:
            assert f"| `{method} {route.path}` | " in content


def test_every_member_of_the_api_is_documented() -> None:
    """Whatever the API takes or answers is on its page with all its members, and so is what an aggregation may have in it."""
    content = page("reference/api.md")
    assert DESCRIBED
    for name, schema in DESCRIBED.items():
        members = content.partition(f"\n`{name}`: ")[2].split("\n\n")[1]
        assert all(f"`{member}`" in members for member in schema["properties"]), name
    for word in (*PRESETS, *MEASURES, *conditions.OPS):
        assert f"`{word}`" in content


def test_every_role_is_documented() -> None:
    """Every role is on the page of roles with what it may do, and named where security is explained."""
    for role, words in ROLES.items():
        assert f"| `{role}` | {words} |" in page("reference/roles.md")
        assert role in page("security.md")


def test_every_member_of_the_record_is_documented() -> None:
    """Every member of the exchange record has a row."""
    assert all(f"| `{member}` |" in page("reference/record.md") for member in Record.__struct_fields__)


def test_every_attack_type_is_documented() -> None:
    """Every attack code has a row with its title."""
    assert all(f"| `{code}` | {title} |" in page("reference/statuses.md") for code, title in attack.TITLES.items())


def test_every_signature_is_documented() -> None:
    """Every signature, of values and of whole requests, has a row under its type with a sentence that no other one has."""
    content = page("reference/detection.md")
    every = reference().every_signature()
    assert {one.rule for one in every} > {one.rule for one in matching.CATALOGUE}
    sentences: dict[str, str] = {}
    for one in every:
        section = content.partition(f"## {attack.TITLES[one.type]} (`{one.type}`)\n")[2].partition("\n## ")[0]
        assert f"| `{one.rule}` | {one.subtype} | " in section, one.rule
        sentence = reference().sentence_of(one)
        assert sentence.endswith("."), one.rule
        assert sentences.setdefault(sentence, one.rule) == one.rule
    assert reference().SENTENCES.keys() <= {one.rule for one in every}


def test_every_kind_of_evidence_is_documented() -> None:
    """Every kind of evidence has a row with its title."""
    assert all(f"| `{code}` | {kind.title} |" in page("reference/detection.md") for code, kind in KINDS.items())


def test_whatever_the_inventory_says_is_documented() -> None:
    """Every variable, type, factor, kind of authentication, coverage, protection, change and sensitive data has a row, every flow a line."""
    content = page("reference/discovery.md")
    words = (
        *(f"{{{kind}}}" for kind in endpoints.KINDS),
        *value_types.TYPES,
        *authentication.KINDS,
        *(CONSISTENT, PARTIAL, MISSING),
        *PROTECTIONS,
        *(f"change:{change}" for change in (NEW, CHANGED, UNUSED)),
        *sensitive.KINDS,
    )
    assert [word for word in words if f"| `{word}` | " not in content] == []
    assert [name for name, weight in WEIGHTS.items() if f"| `{name}` | {weight} | `risk_{name}` | " not in content] == []
    assert [flow for flow, told in FLOWS.items() if f"- **{flow}**: `{told}`" not in content] == []


def test_every_limit_that_a_request_can_reach_is_documented() -> None:
    """Every name that `overlimit` can have has a row with what happened."""
    names = {
        gathering.VALUES,
        gathering.VALUE_LENGTH,
        gathering.DECODED,
        gathering.DEEP,
        gathering.BODY_SIZE,
        gathering.DECOMPRESSION,
    }
    assert reference().LIMITS.keys() == names | {matching.PLACES}


def test_every_type_that_is_looked_for_is_explained() -> None:
    """The page of detection says of every type with signatures what is missed and what is wrongly found."""
    rows = table_rows(page("detection.md"), "| type | what is missed, and why | what is wrongly found, and why |")
    explained = [bare(word) for row in rows for word in row[0].split(", ")]
    assert sorted(explained) == sorted({one.type for one in reference().every_signature()})
    assert all(all(row) for row in rows)


@pytest.mark.rows("A1.5")
def test_the_table_of_detection_counts_what_is_found_and_what_is_missed(tmp_path: Path) -> None:
    """Of each corpus in a folder the share that is caught and falsely caught is told, with the types of what is not."""
    program = tool("detection_table")
    quiet = {"method": "GET", "url": "https://a.example/?q=blue+chair"}
    loud = {"method": "GET", "url": "https://a.example/?q=1'+or+'a'%3D'a"}
    rows = [{**loud, "malicious": True, "type": "SQL"}, {**quiet, "malicious": True, "type": "SQL"}, {**loud, "malicious": False}]
    (tmp_path / "blns.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in [*rows, {**quiet, "malicious": False}]))
    (tmp_path / "unknown.jsonl").write_text("not read")
    head, _, one, every = program.table(tmp_path, rounds=1)
    cells = dict(zip(head.split(" | "), one.split(" | "), strict=True))
    assert [cells[name] for name in ("attacks", "caught, %", "harmless", "falsely caught, %", "missed")] == [
        "2",
        "50.0",
        "2",
        "50.0",
        "sql 1",
    ]
    assert one.endswith("| sqli 1 |")
    assert every.startswith("| all of them in one file |")
    assert (
        program.written(f"a\n{program.BEGIN}\nold\n{program.END}\nb", ["new"]) == f"a\n{program.BEGIN}\n\nnew\n\n{program.END}\nb"
    )


def test_the_table_of_detection_was_made() -> None:
    """Between the comments of the page of detection stands the table that the program writes, with a figure in every row."""
    program = tool("detection_table")
    table = page("detection.md").partition(program.BEGIN)[2].partition(program.END)[0]
    rows = table_rows(table, program._line(program.HEAD))
    assert len(rows) > 5
    assert all(row[2] or row[4] for row in rows[:-1])
    assert {row[0] for row in rows[:-1]} <= {corpus.title for corpus in program.CORPORA}


# --- written by hand, compared with the code ----------------------------------------------------------------------------


def test_dependencies_are_those_of_the_project() -> None:
    """The tables of docs/dependencies.md name exactly the packages of pyproject.toml, each with reason, licence, alternative."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    rows = table_rows(page("dependencies.md"), "| package | why | licence | instead of it |")
    assert sorted(bare(row[0]) for row in rows) == sorted(re.match(r"[\w.-]+", one)[0] for one in wanted)  # type: ignore[index]
    assert all(all(row) for row in rows)


def named_numbers() -> Iterator[tuple[str, float]]:
    """Every number that a module of the package gives a name in capitals, without the demo's."""
    for path in sorted((ROOT / "src" / "apitrail").rglob("*.py")):
        parts = path.relative_to(ROOT / "src").with_suffix("").parts
        if parts[1] == "demo" or parts[-1] == "__init__":
            continue
        module = importlib.import_module(".".join(parts))
        for node in ast.parse(path.read_text()).body:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
            for one in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(one, ast.Name) and re.fullmatch(r"_?[A-Z][A-Z0-9_]+", one.id):
                    value = getattr(module, one.id)
                    if isinstance(value, (int, float)) and not isinstance(value, bool):
                        yield f"{'.'.join(parts[1:])}.{one.id}", value


def test_limits_are_those_of_the_code() -> None:
    """docs/limits.md names every limit with its value, and none that is gone."""
    rows = {bare(row[2]): row[1] for row in table_rows(page("limits.md"), "| what | value | name |")}
    limits = {name: value for name, value in named_numbers() if ".".join(name.split(".")[-2:]) not in NO_LIMITS}
    assert sorted(limits.keys() - rows.keys()) == []
    assert sorted(rows.keys() - limits.keys()) == []
    wrong = {
        name: value
        for name, value in limits.items()
        if rows[name].split()[0] != (f"{value:,}" if value != int(value) else f"{int(value):,}")
    }
    assert not wrong


def test_every_filter_example_reads_as_it_says() -> None:
    """Each example of the filter language parses, and means in words what stands beside it."""
    rows = table_rows(page("filter-language.md"), "| filter | in words |")
    assert len(rows) > 30
    for example, words in rows:
        assert [text.sentence(term) for term in text.parse(bare(example))] == [bare(words)]


def test_every_longer_filter_example_parses() -> None:
    """Each line of a block of filters is a filter of several terms."""
    lines = list(fenced(page("filter-language.md"), "filter"))
    assert lines
    assert all(len(text.parse(line)) > 1 for line in lines)


def test_every_filter_error_is_the_one_shown() -> None:
    """Each wrong filter is refused with the position, message and suggestion that stand beside it."""
    rows = table_rows(page("filter-language.md"), "| filter | position | message | try |")
    assert rows
    for example, position, message, suggestion in rows:
        with pytest.raises(BadQuestion) as caught:
            text.parse(bare(example))
        error = caught.value
        assert [str(error.position), error.message, error.suggestion or ""] == [position, message, bare(suggestion)]


def test_every_point_of_the_reference_is_one() -> None:
    """Each point in a table of docs/reference/points.md parses, prints as it is written there, and every place and decoder has one."""
    rows = table_rows(page("reference/points.md"), "| point | what it finds |")
    found = [points.parse(bare(row[0])) for row in rows]
    assert [str(one) for one in found] == [bare(row[0]) for row in rows]
    assert all(row[1] for row in rows)
    places = {(side, place) for known in (points.WHOLE, points.NAMED) for side, some in known.items() for place in some}
    assert places <= {(one.side, one.place) for one in found}
    assert set(points.DECODERS) <= {decoder.name for one in found for decoder in one.decoders}


# --- what stands in the pages is there ----------------------------------------------------------------------------------


def command_lines() -> Iterator[tuple[Path, list[str]]]:
    """Every command line of the tool in the code of a page, as words."""
    for path in PROSE:
        for line in [*fenced(path.read_text()), *re.findall(r"`(apitrail [^`]+)`", path.read_text())]:
            found = re.match(r"(?:\$ |.*\| )?(apitrail .*?)(?:\s+#.*| > \S+)?$", line)
            if found and not line.startswith(("apitrail console:", "apitrail:")):
                yield path, shlex.split(found[1])


def test_every_command_line_in_the_pages_is_one() -> None:
    """Commands and options that a page shows exist."""
    known = dict(reference().every_command())
    groups = {name.rpartition(" ")[0] for name in known}
    seen = 0
    for path, words in command_lines():
        length = next((size for size in (4, 3, 2) if " ".join(words[:size]) in known), 0)
        assert length or " ".join(words) in groups, (name_of(path), words)
        options = (
            {option for parameter in known[" ".join(words[:length])].params for option in parameter.opts} if length else set()
        )
        used = {word.partition("=")[0] for word in words[length:] if re.match(r"--?[a-z]", word)} - {"-GET"}
        assert used <= options, (name_of(path), words)
        seen += 1
    assert seen > 40


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_variable_in_a_page_is_read(path: Path) -> None:
    """An environment variable that a page names belongs to a setting or an option."""
    known = {setting.variable for setting in table()} | VARIABLES
    assert set(re.findall(r"APITRAIL_[A-Z_]+", path.read_text())) <= known


def told(path: Path) -> str:
    """What a page says itself: that of the signatures without their examples, which are what attackers write."""
    content = path.read_text()
    return re.sub(r"`` .*? ``|`[^`\n]*`", "", content) if path == DOCS / "reference" / "detection.md" else content


def anchors(path: Path) -> set[str]:
    """What a link to a page may have after the #: a heading, or a term that a row begins with, which the console makes an anchor."""
    titles = re.findall(r"^(?:#+ (?=.)|\| \*\*)(.+?)(?:\*\* \|.*)?$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Each relative link of a page, also one to a picture, leads to a file, and to a heading or a term in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", told(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_reached_from_the_start() -> None:
    """README.md and the pages it leads to lead to every page there is."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path not in reached and path.suffix == ".md" and path.is_file():
            reached.add(path)
            targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", told(path))
            waiting += [(path.parent / target).resolve() for target in targets if "://" not in target]
    assert {name_of(one) for one in PAGES} <= {name_of(one) for one in reached}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_page_names_no_registry_and_no_place_on_a_machine(path: Path) -> None:
    """No page names the host of a package registry, or a path of the machine it was written on."""
    content = told(path)
    assert not re.search(r"pypi\.org|pythonhosted|npmjs|registry\.\w+\.\w|index-url|artifactory|nexus", content, re.IGNORECASE)
    assert not re.search(r"(?<![\w.~/-])/(?:work|root|home|Users|tmp)(?:/|\b)", content)


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("*.md")), ids=name_of)
def test_a_decision_says_context_choice_price_and_when_to_look_again(path: Path) -> None:
    """Decisions are numbered, and have the four parts that make them worth reading later."""
    content = path.read_text()
    assert content.startswith(f"# {path.name[:4]} ")
    assert all(
        re.search(rf"^\*\*{part}", content, re.MULTILINE) for part in ("Context\\.", "Choice\\.", "Price\\.", "Look again")
    )
