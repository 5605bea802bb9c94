"""Session context parameters: which values of an exchange name its session, its user, its role, and what else is kept (S2.1)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from apitrail.errors import BadQuestion
from apitrail.model import point as points

LIMIT = 20
"""The most context parameters there may be; hidden ones of detectors do not count."""
NAME_LIMIT = 60
SERVER_LIMIT = 300
"""Characters of host and path of an MCP server."""
NONE, USER, ROLE, CONTEXT = "none", "user", "role", "context"
TYPES = {
    NONE: "its value groups or is kept, and means nothing more",
    USER: "its value is the session's user",
    ROLE: "its values are the roles of the session's user",
    CONTEXT: "its value is shown with each request",
}
"""What a parameter can be, and what that does."""

_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
"""What a name cannot have: control characters, ends of a line, halves of a character."""


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One session context parameter.

    `point` is where the value stands, `type` one of TYPES. `hashed` values are replaced by a keyed hash before they are stored;
    `grouping` makes the value a grouping key, tried in the order of the list.
    """

    point: str
    name: str = ""
    type: str = NONE
    hashed: bool = False
    grouping: bool = False


class McpServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where an MCP server's exchanges say the session, the user and the role; an empty point means as elsewhere.

    `server` is host and path, such as `tools.example.com/mcp`.
    """

    server: str
    session: str = ""
    user: str = ""
    role: str = ""


def check(parameters: Sequence[Parameter]) -> tuple[Parameter, ...]:
    """The parameters as they will be kept: points in their printed form, names given; BadQuestion says which one is wrong."""
    checked = [_checked(number, parameter) for number, parameter in enumerate(parameters[: LIMIT + 1], 1)]
    if len(checked) > LIMIT:
        raise BadQuestion(f"there are at most {LIMIT} context parameters; the {LIMIT + 1}st is {checked[LIMIT].name!r}")
    for what, values in (("name", [one.name.lower() for one in checked]), ("point", [folded(one.point) for one in checked])):
        again = next((at for at, value in enumerate(values) if value in values[:at]), None)
        if again is not None:
            raise BadQuestion(f"parameter {again + 1}: the {what} {getattr(checked[again], what)!r} is there already")
    return tuple(checked)


def _checked(number: int, parameter: Parameter) -> Parameter:
    where = f"parameter {number}"
    if parameter.type.lower() not in TYPES:
        raise BadQuestion(f"{where}: type is one of {', '.join(TYPES)}, not {parameter.type[:40]!r}", suggestion=USER)
    try:
        point = points.parse(parameter.point.strip())
    except BadQuestion as error:
        raise BadQuestion(f"{where}: {error}", position=error.position, suggestion=error.suggestion) from None
    name = parameter.name.strip() or _NO_NAME.sub(" ", point.name).strip()[:NAME_LIMIT].strip() or point.place
    if len(name) > NAME_LIMIT or _NO_NAME.search(name):
        raise BadQuestion(f"{where}: a name has 1 to {NAME_LIMIT} characters on one line, not {name[:80]!r}")
    return msgspec.structs.replace(parameter, point=str(point), name=name, type=parameter.type.lower())


def check_server(server: McpServer) -> McpServer:
    """The settings of an MCP server as they will be kept; BadQuestion says which point is wrong."""
    name = _server_name(server.server)
    kept = {}
    for member in ("session", "user", "role"):
        text = getattr(server, member).strip()
        try:
            kept[member] = str(points.parse(text)) if text else ""
        except BadQuestion as error:
            raise BadQuestion(f"{member}: {error}", position=error.position, suggestion=error.suggestion) from None
    return McpServer(server=name, **kept)


def _server_name(text: str) -> str:
    """Host and path as traffic has them: the host in lower case, no scheme, query, or slash at the end but for the root's."""
    host, slash, path = _SCHEME.sub("", text.strip()).partition("/")
    name = f"{host.lower()}/{path.rstrip('/')}"
    if not slash or len(name) > SERVER_LIMIT or _NO_SERVER.search(name):
        raise BadQuestion(f"an MCP server is a host and a path, such as tools.example.com/mcp, not {text[:80]!r}")
    return name


_SCHEME = re.compile(r"(?i)https?://")
_NO_SERVER = re.compile(r"[\s?#\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def folded(point: str) -> str:
    """A point for comparing: header names in any case are the same."""
    parsed = points.parse(point)
    if parsed.place != "header":
        return point
    return str(msgspec.structs.replace(parsed, steps=(str(parsed.steps[0]).lower(),)))


def decode(data: bytes | str) -> tuple[Parameter, ...]:
    """The parameters of a JSON document: a list, or an object with the member `parameters`; BadQuestion when it is neither."""
    try:
        found: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadQuestion(f"not JSON: {error}", position=0) from None
    return convert(found.get("parameters") if isinstance(found, dict) else found)


def read(text: str, *, origin: str) -> tuple[Parameter, ...]:
    """The parameters of a TOML or JSON text; BadQuestion names `origin`, where it came from, and what is wrong."""
    try:
        return decode(text) if _JSON.match(text) else convert(_tables(text))
    except BadQuestion as error:
        raise BadQuestion(f"{origin}: {error}", position=error.position, suggestion=error.suggestion) from None


_JSON = re.compile(r"\s*(?:\{|\[\s*[\]{])")


def _tables(text: str) -> object:
    try:
        found = tomllib.loads(text)
    except ValueError as error:
        raise BadQuestion(f"neither TOML nor JSON: {error}") from None
    if "session_parameters" not in found:
        raise BadQuestion("there is no table [[session_parameters]]")
    return found["session_parameters"]


def convert(found: object) -> tuple[Parameter, ...]:
    """The parameters of decoded JSON or TOML; BadQuestion names the first wrong member."""
    try:
        return check(msgspec.convert(found, list[Parameter]))
    except msgspec.ValidationError as error:
        members = ", ".join(Parameter.__struct_fields__)
        raise BadQuestion(f"session parameters: {error}; members are {members}") from None


def as_toml(parameters: Iterable[Parameter]) -> str:
    """The parameters as tables of a configuration file."""
    return "\n".join(_table("session_parameters", parameter) for parameter in parameters)


def servers_as_toml(servers: Iterable[McpServer]) -> str:
    """The settings of MCP servers as tables of a configuration file."""
    return "\n".join(_table("mcp_servers", server) for server in servers)


def _table(name: str, item: Parameter | McpServer) -> str:
    members = {key: value for key, value in msgspec.structs.asdict(item).items() if value not in ("", False)}
    lines = [f"{key} = {_toml(value)}" for key, value in members.items()]
    return f"[[{name}]]\n" + "\n".join(lines) + "\n"


def _toml(value: str | bool) -> str:
    """A value as TOML writes it: its basic strings are those of JSON, but for the delete character."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
