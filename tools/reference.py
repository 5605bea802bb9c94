"""Writes docs/reference/ from the code, so that a page cannot say anything else than the program does.

`python tools/reference.py` writes the pages; with `--check` it writes nothing and ends with 1 when a page is not what the code says.
"""
# ruff: noqa: E501 - the sentences of the pages stay whole

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import typer
from fastapi import APIRouter

sys.path.insert(0, str(Path(__file__).parent))

from signature_sentences import SENTENCES

from apitrail import errors, server
from apitrail.access.gate import OPEN_PATHS, SECURITY_HEADERS
from apitrail.access.roles import ROLES
from apitrail.analyze.bots import catalogue
from apitrail.analyze.bots.features import AROUND, FEATURES
from apitrail.api import machine, parameters
from apitrail.api.asking import DESCRIBED
from apitrail.api.errors import STATUS
from apitrail.cli import app
from apitrail.console import pages
from apitrail.explore.attacks.grouping import PRESETS as GROUPINGS
from apitrail.explore.attacks.measures import MEASURES
from apitrail.explore.attacks.statistics import measures
from apitrail.explore.discovery import risk
from apitrail.explore.discovery.listing import SORTS
from apitrail.explore.discovery.parameters import REQUIRED_SHARE
from apitrail.explore.discovery.protection import PROTECTIONS
from apitrail.explore.export import MEDIA_TYPES
from apitrail.explore.parts import ORDERS
from apitrail.inspect import authentication, builtin, masking, sensitive_kinds
from apitrail.inspect.attacks.gathering import BODY_SIZE, DECODED, DECOMPRESSION, DEEP, VALUE_LENGTH, VALUES
from apitrail.inspect.attacks.matching import CATALOGUE as SIGNATURES
from apitrail.inspect.attacks.matching import PLACES
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.success.evidence import KINDS as EVIDENCE
from apitrail.inspect.attacks.whole import CHECKS as WHOLE_REQUEST
from apitrail.inspect.endpoints import KINDS
from apitrail.inspect.flows import FLOWS
from apitrail.inspect.sensitive import THRESHOLD
from apitrail.inspect.value_types import TYPES
from apitrail.model import attack, fields, place
from apitrail.model.classification import CWE_TITLES, OWASP_TITLES, classify
from apitrail.model.fields import CATALOGUE, Field
from apitrail.model.parameters import McpServer, Parameter
from apitrail.query.conditions import OPS
from apitrail.query.interval import PRESETS
from apitrail.settings import TABLES, Setting, data_folder, table
from apitrail.sources.contract import LineFormat
from apitrail.sources.ndjson import Record
from apitrail.sources.registry import FORMATS

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
NOTE = "<!-- Written by tools/reference.py from the code. Change the code, then run it again. -->"
API = "/api/v1"

RECORD_HELP = {
    "method": "The HTTP method. Required.",
    "url": "The whole URL, or the path with its query when `headers` has a Host. Required.",
    "id": "Your own id of the exchange. The same id again stores nothing twice. One is made when it is left out.",
    "time": "When the request came: ISO 8601 (UTC when it has no offset), or a number since 1970 in s, ms, us or ns. Left out: now.",
    "client_ip": "The client's address, with or without port.",
    "headers": "Request headers, as pairs or as an object; an object's values may be lists.",
    "body": "The request body as text. It is looked at, and stored, masked, only when it is malicious.",
    "body_base64": "The request body when it is not UTF-8.",
    "status": "The HTTP status of the response.",
    "duration_ms": "How long the response took.",
    "request_bytes": "The size of the request.",
    "response_bytes": "The size of the response.",
    "response_headers": "Response headers, as `headers`. A session cookie set here opens the session.",
    "response_body": "The response body as text. It shows whether an attack worked, and is stored, masked, only when the request is malicious.",
    "response_body_base64": "The response body when it is not UTF-8.",
    "application": "The application that the traffic belongs to.",
    "fingerprint": "The client's TLS fingerprint, JA3 or JA4.",
    "source": "Which node or sensor saw the exchange.",
    "user": "The user name that the server itself knows.",
    "version": "The protocol version, such as HTTP/1.1.",
    "verdicts": "What another engine found: a list of `type`, `rule`, `message`, `point`, `payload`.",
    "blocked": "Whether the request was blocked.",
}
"""One sentence for each member of the exchange record; a member without one stops this program."""

SECRET_WORDS = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "signature",
    "sig",
    "session",
    "sid",
    "auth",
    "jwt",
    "credential",
    "otp",
    "pin",
    "cvv",
    "cvc",
    "card_number",
    "ssn",
    "private_key",
    "code_verifier",
    "client_assertion",
    "assertion",
    "phpsessid",
    "jsessionid",
    "code",
    "passphrase",
    "passcode",
    "pass",
    "authorization",
    "bearer",
    "cookie",
]

BY_HAND = frozenset(("points.md",))
"""Pages that people write; tests compare them with the code."""

FURTHER_VARIABLES = {
    "APITRAIL_CONFIG": "The TOML file of settings, when `--config` does not name one.",
    "APITRAIL_SERVER": "The same as `--server`.",
    "APITRAIL_TOKEN": "The same as `--token`.",
}


def cells(*values: object) -> str:
    """One row of a table."""
    return "| " + " | ".join(str(value).replace("|", "\\|") for value in values) + " |"


def rows(head: Sequence[str], body: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table."""
    yield cells(*head)
    yield cells(*("---" for _ in head))
    for values in body:
        yield cells(*values)
    yield ""


def code(value: object) -> str:
    """A value as code; nothing for an empty one."""
    return f"`{value}`" if str(value) else ""


def listed(values: Iterable[object]) -> str:
    """Values as code, one after the other."""
    return ", ".join(code(value) for value in values)


def first_sentence(thing: object) -> str:
    """The first paragraph of a docstring as one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def settings() -> Iterator[str]:
    """The page of settings."""
    yield "# Settings\n"
    yield "A TOML file (`--config FILE`, or the variable `APITRAIL_CONFIG`) is overruled by the environment, the environment by a flag."
    yield "An unknown name in the file is an error.\n"
    yield from rows(("setting", "default", "unit", "variable", "what it is"), (_setting(one) for one in table()))
    yield '```toml\nretention_days = 30\npublic_url = "https://trail.example.com"\n```\n'
    yield "Tables of the file that are put in force in the store, so that they can be changed there too:\n"
    yield from rows(("table", "what it is"), ((code(f"[[{name}]]"), words) for name, words in TABLES.items()))
    yield "Further variables:\n"
    yield from rows(("variable", "what it is"), ((code(name), words) for name, words in FURTHER_VARIABLES.items()))


def _setting(one: Setting) -> Sequence[object]:
    default = str(one.default).replace(str(data_folder()), "DATA")
    words = (
        f"{one.help} DATA is `$XDG_DATA_HOME/apitrail`, else `~/.local/share/apitrail`."
        if default != str(one.default)
        else one.help
    )
    return code(one.name), code(default) or "empty", one.unit, code(one.variable), words


def commands() -> Iterator[str]:
    """The page of commands."""
    yield "# Commands\n"
    yield "Answers go to standard output, everything else to standard error."
    yield "The exit code is 0, or 2 when the question was wrong, or 1 when input or machine failed."
    yield "`ingest` ends with 1 only when nothing of what there was could be read.\n"
    for name, command in every_command():
        yield f"## `{name}`\n"
        yield f"{' '.join((command.help or '').split())}\n"
        yield f"```\n{_usage(name, command)}\n```\n"
        yield from (
            rows(("argument or option", "default", "what it does"), map(_parameter, command.params)) if command.params else ()
        )


def every_command() -> Iterator[tuple[str, Any]]:
    """Each command that does something, with its full name."""
    yield from _commands_of(typer.main.get_command(app), "apitrail")


def _commands_of(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None or command.invoke_without_command:
        yield name, command
    for word, one in (inner or {}).items():
        yield from _commands_of(one, f"{name} {word}")


def _usage(name: str, command: Any) -> str:
    given = [_argument(one) for one in command.params if one.param_type_name == "argument"]
    options = " [OPTIONS]" if len(given) < len(command.params) else ""
    return f"{name}{options}{''.join(f' {one}' for one in given)}"


def _argument(one: Any) -> str:
    word = one.metavar or one.name.upper()
    return f"{word}..." if one.nargs == -1 else word


def _parameter(one: Any) -> Sequence[object]:
    names = listed(one.opts) if one.param_type_name == "option" else code(_argument(one))
    variable = f" Variable: `{one.envvar}`." if one.envvar else ""
    default = "" if one.default is None or one.default is False else code(one.default)
    return names, "required" if one.required else default, f"{one.help}{variable}"


KIND_HELP = {
    fields.TEXT: '`word:value` is equal, `word:*part*` is like; `word:"a b"` with quotes is taken as it stands',
    fields.WORDS: "as text; fits when one of the request's values does",
    fields.NUMBER: "`word:200`, `word:>500`, `word:>=500`, `word:<10`, `word:<=10`, `word:200..299`, `word:5xx`",
    fields.ADDRESS: "`word:203.0.113.7`, `word:203.0.113.0/24`, `word:203.0.*`",
    fields.ID: "equal only",
    fields.YES_NO: "`word:true` or `word:false`",
}


def field_words() -> Iterator[str]:
    """The page of fields, which are the filter words."""
    yield "# Fields and filter words\n"
    yield 'Every field is a word of the [filter language](../filter-language.md). `word:*` is "has any value".\n'
    head = ("word", "title", "kind", "example", "what it is", "dropdown", "statistic")
    yield from rows(head, (_field(one) for one in CATALOGUE))
    yield "A word that chooses whole sessions keeps every request of a session in which some request of the same days has the value.\n"
    yield "## Kinds of value\n"
    yield from rows(("kind", "how it is asked"), KIND_HELP.items())
    yield "## Values with a fixed list\n"
    yield "- `method` and `country` are compared in upper case."
    yield from (f"- `{one.word}`: {listed(one.values)}." for one in CATALOGUE if one.values)
    yield f"- variables in `endpoint`: {listed((*(f'{{{kind}}}' for kind in KINDS), place.NAME, place.REST))}."
    yield "- `attack`: see [attacks and statuses](statuses.md)."
    yield "- `sensitive`: see [endpoints](discovery.md), where the words about endpoints are explained; patterns of your own have kinds of their own.\n"
    yield "In any case of letters. Without a star, any other value of those that have a list here is refused, with the nearest one."


def _field(one: Field) -> Sequence[object]:
    unit = f" ({one.unit})" if one.unit else ""
    return (
        code(one.word),
        one.title,
        one.kind + unit,
        code(f"{one.word}:{one.example}"),
        one.help,
        *_yes(one.facet, one.statistic),
    )


def _yes(*values: bool) -> tuple[str, ...]:
    return tuple("yes" if value else "" for value in values)


def formats() -> Iterator[str]:
    """The page of formats."""
    yield "# Formats\n"
    yield "A format is recognised by its first lines; `--format NAME` names it instead. A line that its file's format cannot read is tried"
    yield "with the others, so mixed files are fine. Lines may stand behind syslog, journald, docker, Kubernetes or fluentd prefixes.\n"
    yield from rows(("name", "what it is", "read"), (_format(one) for one in FORMATS))
    yield "Any other text log is read with its own definition: `--log-format` takes the nginx `log_format` or the Apache `LogFormat` string.\n"
    yield "## A line of each\n"
    for one in FORMATS:
        if isinstance(one, LineFormat):
            yield f"{code(one.name)}\n\n```\n{one.samples[0]}\n```\n"


def _format(one: Any) -> Sequence[object]:
    return code(one.name), one.title, "line by line, on every core" if isinstance(one, LineFormat) else "as a whole document"


def api() -> Iterator[str]:
    """The page of addresses."""
    yield "# JSON API\n"
    yield f"Everything is under `{API}`; the OpenAPI document is at `{API}/openapi.json`. Send a token: `Authorization: Bearer at_...`."
    yield "A parameter that an address does not have, or that is there twice, is an error, never ignored. Errors have [one shape](errors.md).\n"
    yield from rows(
        ("address", "role", "what it answers"),
        ((_address(one), code(_role(one)), first_sentence(one.endpoint)) for one in every_route()),
    )
    yield "Roles rank as on [the page of roles](roles.md). Answers with `next_cursor` go on with `cursor=`; `total` is exact.\n"
    yield f"`sort` of sessions is one of {listed(ORDERS)}, of endpoints one of {listed(SORTS)}. Export formats are {listed(MEDIA_TYPES)}.\n"
    yield "`POST /api/v1/ingest` takes [exchange records](record.md), also with `Content-Encoding: gzip` or `zstd`, and answers"
    yield '`{"read":4,"stored":1,"duplicates":0,"rejected":3,"rejects":[{"line":2,"reason":"..."}]}`; 400 when no record could be stored.\n'
    yield f"`POST /api/v1/tokens` takes an object with {listed(machine.NewToken.__struct_fields__)} and answers with the secret in `token`.\n"
    yield f"`PUT {API}/settings/session-parameters` takes a list of parameters, or an object with {listed(parameters.NewParameters.__struct_fields__)};"
    yield f"a parameter has {listed(Parameter.__struct_fields__)}, of which only `point` is required. `POST .../preview` takes an object with"
    yield f"{listed(parameters.Trying.__struct_fields__)}, none of them required.\n"
    yield f"`PUT {API}/settings/mcp-servers` takes an object with {listed(McpServer.__struct_fields__)}, of which only `server` is required.\n"
    yield "## Parameters\n"
    for one in every_route():
        yield from _parameters(one)
    yield "## Bodies\n"
    yield "What an address takes as JSON, each member with its default; a member that it does not have is an error.\n"
    for one in every_route():
        yield from _body(one)
    yield from _aggregation()
    yield "## Members of the answers\n"
    for name in sorted(DESCRIBED):
        yield f"`{name}`: {_described(DESCRIBED[name])}\n\n{listed(DESCRIBED[name]['properties'])}\n"
    yield "## Addresses of the console\n"
    yield "For browsers, with a cookie. Those of lists and of what is opened from them are made to be shared: an address is all there is to a view.\n"
    yield from rows(("address", "what it shows"), ((_console(one), first_sentence(one.endpoint)) for one in every_page()))
    yield "Named intervals of the date and time menu: " + ", ".join(f"{one.title} (`from={one.start}`)" for one in PRESETS) + "."


def every_route() -> list[Any]:
    """The routes of the JSON API, by address: those of every module of it that the server loads."""
    found = [one for module in _routed(server, "apitrail.api.") for one in module.router.routes]
    return sorted(found, key=attrgetter("path"))


def every_page() -> list[Any]:
    """The routes of the console, by address: its own and those of every module of pages that it loads."""
    found = [one for module in (pages, *_routed(pages, "apitrail.console.")) for one in module.router.routes]
    return sorted(found, key=attrgetter("path"))


def _routed(loader: ModuleType, package: str) -> Iterator[Any]:
    """The modules of a package with routes that a module loads."""
    for one in vars(loader).values():
        if inspect.ismodule(one) and one.__name__.startswith(package) and isinstance(getattr(one, "router", None), APIRouter):
            yield one


def _body(one: Any) -> Iterator[str]:
    schema = (one.openapi_extra or {}).get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    described = DESCRIBED.get(schema.get("$ref", "").rpartition("/")[2])
    if described:
        yield f"{_address(one)}: {_described(described)}\n"
        yield from rows(("member", "default"), (_member(described, name) for name in described["properties"]))


def _member(described: Any, name: str) -> Sequence[object]:
    if name in described.get("required", ()):
        return code(name), "required"
    default = described["properties"][name].get("default", "")
    return code(name), code(msgspec.json.encode(default).decode()) if default not in ("", None) else ""


def _described(schema: Any) -> str:
    """The first paragraph of what a type is, as one line."""
    return " ".join(schema.get("description", "").split("\n\n")[0].split())


def _aggregation() -> Iterator[str]:
    """What `attacks/query` and `attacks/stats` may ask for."""
    yield f"`preset` is one of these groupings of findings; `group_by` takes any filter word of {code('GET ' + API + '/attacks/schema')}:\n"
    yield from rows(("preset", "attributes"), ((code(name), listed(words)) for name, words in GROUPINGS.items()))
    yield "`select`, `order_by` and `measure` take these:\n"
    figures = frozenset(measures())
    yield from rows(
        ("measure", "what it counts", "order", "statistic"),
        ((code(one.name), one.help, *_yes(bool(one.rank), one.name in figures)) for one in MEASURES.values()),
    )
    yield '`where` is a tree of `{"and": [...]}`, `{"or": [...]}`, `{"not": ...}` over conditions `{"field", "op", "value"}`; `op` is one of'
    yield f"{listed(OPS)}. It says the same as [a filter](../filter-language.md) in `q`.\n"


def _address(one: Any) -> str:
    return code(f"{_method(one)} {API}{one.path}")


def _console(one: Any) -> str:
    return code(f"{_method(one)} {one.path}")


def _method(one: Any) -> str:
    return str(next(iter(sorted(one.methods))))


def _role(one: Any) -> str:
    """The highest role that a route's dependencies ask for, its router's and its own; the closure is where `at_least` keeps it."""
    checks = [inner.call for inner in one.dependant.dependencies if "at_least" in getattr(inner.call, "__qualname__", "")]
    return max((str(check.__closure__[0].cell_contents) for check in checks), key=list(ROLES).index, default="")


def _parameters(one: Any) -> Iterator[str]:
    params = list(_query_params(one.dependant))
    if params:
        yield f"`{API}{one.path}`\n"
        yield from rows(("parameter", "default", "what it is"), map(_query, params))


def _query_params(dependant: Any) -> Iterator[Any]:
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from _query_params(inner)


PARAMETER_HELP = {
    "sort": "The order; a minus puts the largest, or newest, first.",
    "limit": "How many at most.",
    "newest_first": "Turns the order round.",
    "bars": "How many steps at most.",
    "search": "Text that a value must contain.",
    "section": "The section of the view.",
    "name": "Its name.",
}


def _query(param: Any) -> Sequence[object]:
    info = param.field_info
    bounds = " ".join(
        f"{word} {getattr(bound, sign)}"
        for bound in info.metadata
        for sign, word in (("ge", "from"), ("le", "to"))
        if hasattr(bound, sign)
    )
    words = info.description or PARAMETER_HELP[param.alias]
    default = str(info.default).lower() if isinstance(info.default, bool) else info.default
    return code(param.alias), "required" if info.is_required() else code(default), f"{words} {bounds}".strip()


ERROR_HTTP = {kind: (status, word) for kind, status, word in STATUS}


def error_tree() -> Iterator[str]:
    """The page of errors."""
    yield "# Errors\n"
    yield f"```\n{(errors.__doc__ or '').split(chr(10), 2)[2].strip()}\n```\n"
    yield from rows(("class", "what it says", "HTTP", "code", "exit code"), (_error(one) for one in every_error()))
    yield "The API answers with one shape; `position` counts characters of the question from 0 and is left out where it means nothing:\n"
    yield '```json\n{"error":{"code":"bad_question","message":"there is no field \'statsu\'; did you mean \'status\'?","position":0,"suggestion":"status"}}\n```\n'
    further = (
        ("401", "unauthorized"),
        ("404", "not_found"),
        ("405", "method_not_allowed"),
        ("413", "too_large"),
        ("415", "unsupported_encoding"),
    )
    yield "Codes that no class stands for:\n"
    yield from rows(("HTTP", "code"), ((status, code(word)) for status, word in further))
    yield "503 carries `Retry-After`. 421 is the answer to a Host that the server does not know, 403 to a form sent by another site; both as plain text."


def every_error() -> list[type[errors.ApitrailError]]:
    """The classes of the tree, in the order of the file."""
    return [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, errors.ApitrailError)]


def _error(one: type[errors.ApitrailError]) -> Sequence[object]:
    status, word = next((ERROR_HTTP[kind] for kind in one.__mro__ if kind in ERROR_HTTP), ("", ""))
    return code(one.__name__), first_sentence(one), status, code(word), 2 if issubclass(one, errors.BadQuestion) else 1


def grouping_keys() -> Iterator[str]:
    """The page of grouping keys."""
    yield "# Grouping keys\n"
    yield "The first of these that finds a value gives the request its session. Equal values are one session, whichever key found them.\n"
    yield "Grouping keys of [your own](../how-to/grouping-keys.md) come before all of them.\n"
    yield from rows(
        ("order", "what is looked at", "`session_key`"),
        ((number, what, code(key)) for number, (what, key) in enumerate(builtin.KEYS, 1)),
    )
    yield "The value of a session cookie has four characters or more. A JWT is read, not verified.\n"
    yield f"**Session cookies**, in any case: {listed(sorted(builtin.SESSION_COOKIES))}; also names that begin with"
    yield "`ASPSESSIONID`, `wordpress_logged_in_`, `sess_` or `SSESS`.\n"
    yield f"**Session headers**, in this order: {listed(builtin.SESSION_HEADERS)}.\n"
    yield f"**API key headers**, in this order: {listed(builtin.API_KEY_HEADERS)}.\n"
    yield "## What is masked\n"
    yield f"A grouping value is shown by its first four characters, or as `{masking.MASK}` when it has fewer than twelve."
    yield f"In query strings and referers the values of secret-named parameters become `{masking.MASK}`: names that end in one of\n"
    yield f"{listed(secret_words())}.\n"
    yield "Parameters whose name has `x-amz-` in it are masked too. User and password in a URL go, so do `;jsessionid=` and its like in a path, and JWTs and bearer values wherever they stand."


def secret_words() -> list[str]:
    """The endings of secret names; stops when masking does not know one of them."""
    unknown = [word for word in SECRET_WORDS if not masking.is_secret_name(f"my_{word}")]
    if unknown:
        raise SystemExit(f"not masked: {', '.join(unknown)}")
    return sorted(SECRET_WORDS)


def roles() -> Iterator[str]:
    """The page of roles."""
    yield "# Roles\n"
    yield from rows(("role", "what it may do"), ((code(name), words) for name, words in ROLES.items()))
    yield "Each role may do what the ones above it may; only `viewer` may not send traffic in. The one-time sign-in link opens a session with the role `admin`.\n"
    yield f"Without any sign-in these answer: {listed(OPEN_PATHS)}.\n"
    yield "## Headers of every answer\n"
    yield from rows(("header", "value"), ((code(name), code(value)) for name, value in SECURITY_HEADERS.items()))
    yield "Also `cache-control: no-store`."


def record() -> Iterator[str]:
    """The page of the exchange record."""
    yield "# Exchange record\n"
    yield "One JSON object a line: what `POST /api/v1/ingest` takes and the format `ndjson` reads. Other members are ignored.\n"
    yield from rows(
        ("member", "type", "what it is"), ((code(name), _type(name), RECORD_HELP[name]) for name in Record.__struct_fields__)
    )
    yield "```json"
    yield '{"id":"r1","time":"2026-05-29T08:31:40.123Z","client_ip":"203.0.113.7","method":"POST","url":"https://api.example.com/v1/users?x=1","headers":[["Content-Type","application/json"]],"body":"{}","status":201,"duration_ms":12.5}'
    yield "```"


def _type(name: str) -> str:
    kinds = {str: "text", int: "whole number", float: "number", bool: "yes or no"}
    described = msgspec.inspect.type_info(Record)
    found = next(one.type for one in described.fields if one.name == name)  # type: ignore[union-attr]
    return " or ".join(
        dict.fromkeys(
            _words(one, kinds) for one in getattr(found, "types", (found,)) if not isinstance(one, msgspec.inspect.NoneType)
        )
    )


def _words(one: Any, kinds: dict[type, str]) -> str:
    names = {"StrType": str, "IntType": int, "FloatType": float, "BoolType": bool}
    word = names.get(type(one).__name__)
    return kinds[word] if word else {"ListType": "list", "DictType": "object"}.get(type(one).__name__, "list")


def statuses() -> Iterator[str]:
    """The page of attack codes and statuses."""
    yield "# Attacks and statuses\n"
    yield "The types of attack. Those with signatures are [looked for](detection.md) in every exchange; those, and others, also come from the audit"
    yield "logs of ModSecurity and Coraza. Those of a specification are found where one is [enforced](../how-to/specifications.md#enforce-it)."
    yield "The others are about what many exchanges show together, which is not looked for yet.\n"
    found = {one.type for one in every_signature()}
    yield from rows(
        ("code", "title", "looked for"),
        ((code(name), title, _looked_for(name, found)) for name, title in attack.TITLES.items()),
    )
    yield "The status of a session, or of the part of it that the filters leave:\n"
    meaning = {"monitored": "no request was blocked", "partially blocked": "some were", "blocked": "all were"}
    yield from rows(("status", "meaning"), ((code(name), words) for name, words in meaning.items()))
    yield "Method `INVALID` stands for a request line that is not HTTP. Status 0 means that the source does not say."
    yield "Status 499 of the middleware is a client that left before the answer began."


def _looked_for(name: str, found: Container[str]) -> str:
    return "where a specification is enforced" if name in attack.OF_SPECIFICATIONS else "yes" if name in found else ""


LIMITS = {
    VALUES: "There were more values, or more text in them, than are looked at.",
    VALUE_LENGTH: "A value was longer than what is looked at of one.",
    DECODED: "A value could have been decoded once more.",
    DEEP: "A body was nested deeper than is looked at.",
    BODY_SIZE: "The body was longer than what is looked at of one.",
    DECOMPRESSION: "Something compressed became too large to be unpacked, and was not.",
    PLACES: "Signatures fitted at more places than are checked.",
}
"""One sentence for each limit of the search for attacks."""


def detection() -> Iterator[str]:
    """The page of signatures, evidence and limits."""
    yield "# Signatures and evidence\n"
    yield "How they work together is told on [the page of detection](../detection.md). The sentence says what a check recognises once its pattern fits;"
    yield "the example is one of the texts that prove the signature, and is empty where a whole request is needed for that.\n"
    for kind in dict.fromkeys(one.type for one in every_signature()):
        yield f"## {attack.TITLES[kind]} (`{kind}`)\n"
        yield from rows(
            ("rule", "subtype", "what it finds", "example", "CWE", "OWASP"),
            (_signature(one) for one in every_signature() if one.type == kind),
        )
    yield "## Evidence\n"
    yield "What in a response shows that an attack [worked](../detection.md#what-makes-an-incident), and how sure it makes.\n"
    yield from rows(
        ("code", "what it is", "how sure"),
        ((code(name), one.title, one.sure) for name, one in EVIDENCE.items()),
    )
    yield "## Limits that were reached\n"
    yield "`overlimit` of a request names them; their values stand on [the page of limits](../limits.md#looking-for-attacks).\n"
    yield from rows(("name", "what happened"), ((code(name), words) for name, words in LIMITS.items()))
    yield "## Weaknesses and classes\n"
    known = [classify(one.type, one.subtype) for one in every_signature()]
    yield from rows(("CWE", "title"), ((one, CWE_TITLES[one]) for one in sorted({one.cwe for one in known if one})))
    yield from rows(("OWASP API Security Top 10", "title"), ((code(name), title) for name, title in OWASP_TITLES.items()))


SEGMENT_HELP = {
    "id": "A number, or letters and digits as ids have them, such as `cus-12345`.",
    "uuid": "A UUID.",
    "hex": "Hexadecimal digits, such as a hash.",
    "date": "A day, a month, or a moment.",
    "email": "An e-mail address.",
    "number": "A number with a point or a sign.",
    "token": "An opaque token.",
    "ip": "An IP address.",
    "phone": "A telephone number.",
    "slug": "Words with hyphens between and an id beside them, such as `blue-shirt-1234`.",
    "version": "A version of software, such as `1.4.2`.",
    "text": "What has signs that no word of an API has, such as blanks.",
}
"""One sentence for each kind of variable segment; a kind without one stops this program."""

AUTHENTICATION_HELP = {
    "bearer": "A token of the scheme Bearer, Token or DPoP; `access_token` in the query.",
    "jwt": "Such a token that is a JWT, wherever it stands.",
    "basic": "Name and password; or the server logged a name and nothing else says who it was.",
    "digest": "The scheme Digest.",
    "api_key": "A header for keys, `api_key` and its like in the query, or a scheme that is not known.",
    "cookie": "A session cookie, or one that holds a token.",
    "mtls": "A header in which a proxy tells the client's certificate.",
    "aws_signature": "A signature of AWS, in the header or in the query.",
}
"""One sentence for each kind of authentication; a kind without one stops this program."""

TYPE_HELP = {
    "int32": "A whole number of 32 bits.",
    "int64": "A larger one, of 64 bits.",
    "float": "Any other number.",
    "boolean": "true or false.",
    "date": "A day: `2026-05-29`.",
    "datetime": "A moment: `2026-05-29T08:31:40Z`.",
    "uuid": "A UUID.",
    "email": "An e-mail address.",
    "ip": "An IP address.",
    "uri": "A URI with its scheme.",
    "hex": "Hexadecimal digits, eight or more.",
    "base64": "Base64, sixteen characters or more.",
    "string": "Any other text.",
    "object": "An object.",
    "array": "A list.",
    "null": "Nothing but null was seen.",
    "file": "An uploaded file.",
}
"""One sentence for each type of a parameter; a type without one stops this program."""


def bot_detectors() -> Iterator[str]:
    """The page of the detectors of bots, from their files."""
    yield "# Detectors\n"
    yield "Each looks at one feature of a session and votes when it is so many times what is normal; see [bots](../how-to/bots.md).\n"
    for one in catalogue.detectors():
        feature = FEATURES_BY_NAME[one.feature]
        votes = ", ".join(f"{code(kind)} {weight}" for kind, weight in one.types.items())
        yield f"## {one.title}\n"
        yield f"{code(one.name)}. {one.why}\n"
        yield f"- Looks at {code(one.feature)}: {feature.help}"
        side = "above" if one.direction == "high" else "below"
        yield f"- Votes from {one.times.normal:g} times {side} the normal on ({one.times.paranoid:g} paranoid, {one.times.safe:g} safe); floor {one.floor:g}."
        yield f"- Votes for: {votes}."
        yield f"- How it can be wrong: {one.wrong}\n"


FEATURES_BY_NAME = {feature.name: feature for feature in (*FEATURES, *AROUND)}


def discovery() -> Iterator[str]:
    """The page of endpoints and what the inventory says of them."""
    yield "# Endpoints\n"
    yield "What the [inventory](../how-to/discovery.md) knows, and what the words of the [filter language](../filter-language.md) about endpoints can be.\n"
    yield "## Variable segments\n"
    yield "What a segment of a path becomes by its shape, and what [learning](../decisions/0014-endpoints.md) adds.\n"
    yield from rows(("variable", "what stood there"), ((code(f"{{{kind}}}"), SEGMENT_HELP[kind]) for kind in KINDS))
    yield f"{code(place.NAME)} is a place that was learned, `/users/alice`; {code(place.REST)} all the rest of a path where everything is answered."
    yield "Behind `#` stands an operation: `/graphql#mutation login`, `/soap#GetOrder`, `/mcp#tools/call search`, `/rpc#getBalance`.\n"
    yield "## Types\n"
    yield "The type of a parameter is the narrowest that holds its values, but for fewer than `discovery_parameter_percent` of them. Values that"
    yield "an enforced [specification](../how-to/specifications.md) does not allow shape no type. A parameter is required when no request lacks it"
    yield f"({REQUIRED_SHARE:.1%} or more have it); a member of an object or of the items of a list, when no such object lacks it.\n"
    yield from rows(("type", "what it is"), ((code(name), TYPE_HELP[name]) for name in TYPES))
    yield "## Risk\n"
    yield f"The risk of an endpoint is the highest weight among the factors that hold, else {risk.LEAST}. From {risk.MEDIUM} on it is medium,"
    yield f"from {risk.HIGH} on high. Weights are [settings](settings.md).\n"
    yield from rows(("`risk_factor`", "weight", "setting", "when it holds"), map(_factor, risk.WEIGHTS.items()))
    yield "## Authentication\n"
    yield "`auth` is a kind that requests to the endpoint carry; values are never kept.\n"
    yield from rows(
        ("`auth`", "what a request carries"), ((code(kind), AUTHENTICATION_HELP[kind]) for kind in authentication.KINDS)
    )
    yield from rows(("`coverage`", "what it means"), ((code(name), words) for name, words in COVERAGE.items()))
    yield "## Protection\n"
    yield from rows(("`protection`", "what it means"), ((code(name), words) for name, words in PROTECTIONS.items()))
    yield "## Rogue and changes\n"
    yield "The last days are as many as `discovery_unused_days` says, back from the newest exchange.\n"
    yield from rows(("word", "what it means"), ((code(name), words) for name, words in STATES.items()))
    yield "## Business flows\n"
    yield "A flow is told by words of a path or operation, these expressions over its words in small letters, or given by hand.\n"
    yield from (f"- **{flow}**: {code(words)}" for flow, words in FLOWS.items())
    yield "\n## Sensitive data\n"
    yield f"A value is of a kind from a score of {THRESHOLD} on: by its look alone, or with the words of its name, as in the examples with"
    yield "one. Numbers that have check digits must have the right ones. Values are never stored.\n"
    yield from rows(("`sensitive`", "group", "by its look", "with its name", "example"), map(_sensitive, SENSITIVE))


FACTOR_HELP = {
    risk.VULNERABILITY: "Attacks on it worked, and their vulnerability is not closed.",
    risk.SENSITIVE: "It takes or gives sensitive data.",
    risk.PARAMETERS: "It takes as many parameters as `risk_many` says, or more.",
    risk.OBJECTS: "It accepts objects, in JSON or XML.",
    risk.UPLOAD: "It accepts files.",
}
"""One sentence for each factor of risk; a factor without one stops this program."""
COVERAGE = {
    "consistent": "95 % or more of the requests are authenticated.",
    "partial": "Some are.",
    "missing": "Fewer than 1 % are.",
}
"""How many requests are authenticated, each word with what it means."""
STATES = {
    "rogue:shadow": "In none of the specifications in force for its host.",
    "rogue:zombie": "In an earlier version of one, and not in the newest, or deprecated there.",
    "change:new": "First seen in the last days, more than a day after the first endpoint of its host.",
    "change:changed": "One of its parameters was first seen in the last days, more than a day after the endpoint itself.",
    "change:unused": "Not asked for in the last days.",
}
"""Filters on rogue marks and changes, each with what it means."""
SENSITIVE = tuple(dict.fromkeys(one.kind for one in sensitive_kinds.CATALOGUE))
"""Every kind of sensitive data, in the order of its groups."""


def _factor(factor: tuple[str, int]) -> Sequence[object]:
    name, weight = factor
    setting = next(one for one in table() if one.name == f"risk_{name}")
    return code(name), weight, code(setting.name), FACTOR_HELP[name]


def _sensitive(kind: str) -> Sequence[object]:
    known = [one for one in sensitive_kinds.CATALOGUE if one.kind == kind]
    alone, named = (max(one.score for one in known), max(one.score_with_words for one in known))
    name, value = known[0].fires[0]
    shown = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in value)
    example = shown if known[0].score >= THRESHOLD else f"{name}: {shown}"
    return code(kind), known[0].group, alone if alone >= THRESHOLD else "", named or "", code(example)


def every_signature() -> list[Signature]:
    """The signatures of values, then those of whole requests."""
    modules = (sys.modules[check.__module__] for check in WHOLE_REQUEST)
    return [*SIGNATURES, *(one for module in modules for known in vars(module).values() for one in _signatures_in(known))]


def _signatures_in(known: object) -> Iterator[Signature]:
    if isinstance(known, Signature):
        yield known
    elif isinstance(known, tuple):
        for one in known:
            yield from _signatures_in(one)


def _signature(one: Signature) -> Sequence[object]:
    classified = classify(one.type, one.subtype)
    example = _example(one)
    shown = f"`` {example} ``" if "`" in example else code(example)
    cwe, owasp = (classified.cwe, classified.owasp) if classified else ("", "")
    return code(one.rule), one.subtype, sentence_of(one), shown, cwe, owasp


def _example(one: Signature) -> str:
    """The shortest text that proves a signature, with escapes for what cannot be seen."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in min(one.fires, key=len, default=""))


def sentence_of(one: Signature) -> str:
    """What a signature finds, in one sentence: its own, else that of its check; stops when there is neither."""
    found = SENTENCES.get(one.rule) or (first_sentence(one.check) if one.check else "")
    if not found:
        raise SystemExit(f"tools/signature_sentences.py has no sentence for {one.rule}")
    return found


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "settings": settings,
    "commands": commands,
    "fields": field_words,
    "formats": formats,
    "api": api,
    "errors": error_tree,
    "grouping-keys": grouping_keys,
    "roles": roles,
    "record": record,
    "statuses": statuses,
    "detection": detection,
    "detectors": bot_detectors,
    "discovery": discovery,
}


def page(name: str) -> str:
    """The content of a page."""
    return f"{NOTE}\n\n" + "\n".join(PAGES[name]()).rstrip() + "\n"


def outdated() -> list[str]:
    """The pages that are not what the code says, or that nobody writes."""
    known = {f"{name}.md" for name in PAGES}
    wrong = [
        f"{name}.md"
        for name in PAGES
        if not (FOLDER / f"{name}.md").is_file() or (FOLDER / f"{name}.md").read_text() != page(name)
    ]
    return wrong + sorted(path.name for path in FOLDER.glob("*.md") if path.name not in known | BY_HAND)


def main(arguments: Sequence[str]) -> int:
    """Write or check the pages; the exit code."""
    if "--check" in arguments:
        wrong = outdated()
        print(
            "\n".join(f"docs/reference/{name} is out of date: run tools/reference.py" for name in wrong)
            or "docs/reference is up to date"
        )
        return 1 if wrong else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (FOLDER / f"{name}.md").write_text(page(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
