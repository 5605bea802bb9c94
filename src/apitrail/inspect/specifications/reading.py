"""OpenAPI documents, 3.0 and 3.1, in JSON or YAML, read into specifications (D6). Nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from apitrail.inspect.specifications import checking, references
from apitrail.inspect.specifications.decoding import pointer, refuse, tree
from apitrail.inspect.specifications.references import resolved
from apitrail.inspect.specifications.shapes import Shapes
from apitrail.inspect.specifications.specification import (
    Answer,
    Body,
    Content,
    Credential,
    Operation,
    Parameter,
    Problem,
    Specification,
)

OPERATIONS_LIMIT = 10_000
"""Operations of a document."""
PARAMETERS_LIMIT = 200
"""Parameters of an operation that are read."""
CONTENTS_LIMIT = 20
"""Media types of a body that are read."""
SERVERS_LIMIT = 20
"""Servers of a document, a path or an operation that are read."""
TAGS_LIMIT = 20
"""Tags of an operation that are kept."""
TEXT_LIMIT = 500
"""Characters of a title, a summary, a name that are kept."""
SECURITY_LIMIT = 20
"""Alternatives of security of an operation, and credentials of one, that are read."""
PATH_LIMIT = 2048
"""Characters of a path, with its base path."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PLACES = ("path", "query", "header", "cookie")
UNDECLARED = frozenset(("accept", "content-type", "authorization"))
"""Headers that OpenAPI describes elsewhere; as parameters they are ignored."""
_VARIABLE = re.compile(r"\{([^{}]{1,200})\}")
_SWAGGER = (
    "it is Swagger 2.0, which is older than OpenAPI 3;"
    " convert it first, for example in Swagger Editor by Edit, Convert to OpenAPI 3"
)


def read(document: bytes | str, name: str) -> Specification:
    """The specification in a document; `name` is that of its file.

    BadQuestion when it cannot be read, with the place as a JSON pointer. What is wrong but does no harm is told as problems.
    """
    root = tree(document, name)
    version = _version(root, name)
    references.check(root, name)
    problems = checking.problems(root, name)
    return _Reader(root, name, problems).specification(version)


def _version(root: dict[str, Any], name: str) -> str:
    if "swagger" in root:
        raise refuse(name, "/swagger", _SWAGGER)
    version = root.get("openapi")
    if version is None:
        raise refuse(name, "", "it is no OpenAPI document: its root has no member openapi, such as openapi: 3.1.0")
    if not str(version).startswith(("3.0", "3.1")):
        raise refuse(name, "/openapi", f"OpenAPI {str(version)[:20]} is not read; 3.0 and 3.1 are")
    root["openapi"] = str(version) if str(version).count(".") > 1 else f"{version}.0"
    return str(root["openapi"])


class _Server(NamedTuple):
    host: str
    base: str


class _Reader:
    """Reads one checked document; what is of the wrong kind all the same is refused with its place."""

    def __init__(self, root: dict[str, Any], name: str, problems: Sequence[Problem]) -> None:
        self._root = root
        self._name = name
        self._problems = list(problems)
        self._shapes = Shapes(root)

    def specification(self, version: str) -> Specification:
        """The whole document."""
        info = self._object(self._root.get("info"), "/info")
        servers = self._servers(self._root, "")
        operations = tuple(self._operations(servers))
        if self._shapes.full:
            self._tell("", "it has so many members that some are not read; what they allow is not checked")
        return Specification(
            name=_short(self._name),
            title=_short(info.get("title")) or _short(self._name),
            version=_short(info.get("version")),
            openapi=version,
            hosts=tuple(dict.fromkeys(server.host for server in servers if server.host)),
            base_paths=tuple(dict.fromkeys(server.base for server in servers)),
            operations=operations,
            problems=tuple(self._problems[: checking.PROBLEMS_LIMIT]),
        )

    def _tell(self, place: str, text: str) -> None:
        self._problems.append(Problem(place, text))

    def _object(self, value: Any, place: str) -> dict[str, Any]:
        value = resolved(self._root, value)
        if not isinstance(value, dict):
            raise refuse(self._name, place, "here should be an object")
        return value

    def _list(self, value: Any, place: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise refuse(self._name, place, "here should be a list")
        return value

    # --- where ---

    def _servers(self, node: dict[str, Any], place: str) -> list[_Server]:
        some = self._list(node.get("servers"), f"{place}/servers")[:SERVERS_LIMIT]
        found = [self._server(server, f"{place}/servers/{at}") for at, server in enumerate(some)]
        return list(dict.fromkeys(found)) or [_Server("", "")]

    def _server(self, node: Any, place: str) -> _Server:
        server = self._object(node, place)
        url = server.get("url")
        variables = server.get("variables")
        if not isinstance(url, str) or len(url) > PATH_LIMIT:
            raise refuse(self._name, f"{place}/url", "here should be a URL")
        if isinstance(variables, dict):
            url = _VARIABLE.sub(lambda found: _default(variables.get(found[1]), found[0]), url)[:PATH_LIMIT]
        try:
            parts = urlsplit(url)
            host = parts.netloc.rpartition("@")[2].lower()
        except ValueError as error:
            raise refuse(self._name, f"{place}/url", f"it is no URL: {error}") from None
        return _Server(host, "/".join(["", *filter(None, parts.path.split("/"))]))

    # --- operations ---

    def _operations(self, servers: list[_Server]) -> Iterator[Operation]:
        count = 0
        for path, node in self._object(self._root.get("paths", {}), "/paths").items():
            if path.startswith("x-"):
                continue
            place = f"/paths{pointer(path)}"
            item = self._object(node, place)
            nearer = self._servers(item, place) if "servers" in item else servers
            for method in METHODS:
                if method in item:
                    count += 1
                    if count > OPERATIONS_LIMIT:
                        raise refuse(self._name, place, f"it has more than {OPERATIONS_LIMIT:,} operations")
                    yield self._operation(path, method, item, f"{place}/{method}", nearer)

    def _operation(self, path: str, method: str, item: dict[str, Any], place: str, servers: list[_Server]) -> Operation:
        node = self._object(item[method], place)
        if not path.startswith("/") or len(path) > PATH_LIMIT:
            raise refuse(self._name, place, f"a path begins with a slash and has at most {PATH_LIMIT} characters")
        servers = self._servers(node, place) if "servers" in node else servers
        return Operation(
            method=method.upper(),
            path=path,
            templates=tuple(dict.fromkeys(server.base + path for server in servers)),
            operation_id=_short(node.get("operationId")),
            summary=_short(node.get("summary")),
            deprecated=node.get("deprecated") is True,
            parameters=self._parameters(item, node, place),
            body=self._body(node["requestBody"], f"{place}/requestBody") if node.get("requestBody") is not None else None,
            answers=tuple(self._answers(node.get("responses"))),
            security=self._security(node.get("security", self._root.get("security")), place),
            tags=_tags(node.get("tags")),
        )

    def _parameters(self, item: dict[str, Any], node: dict[str, Any], place: str) -> tuple[Parameter, ...]:
        """The parameters of a path and of its operation; of two with one name, the operation's."""
        above = place.rpartition("/")[0]
        found: dict[tuple[str, str], Parameter] = {}
        for owner, at in ((item, above), (node, place)):
            some = self._list(owner.get("parameters"), f"{at}/parameters")[:PARAMETERS_LIMIT]
            for number, parameter in enumerate(some):
                read = self._parameter(parameter, f"{at}/parameters/{number}")
                if read.place != "header" or read.name.lower() not in UNDECLARED:
                    found[read.place, read.name.lower() if read.place == "header" else read.name] = read
        return tuple(found.values())[:PARAMETERS_LIMIT]

    def _parameter(self, value: Any, place: str) -> Parameter:
        node = self._object(value, place)
        where, name = node.get("in"), node.get("name")
        if where not in PLACES:
            raise refuse(self._name, place, f"a parameter has a member in, one of {', '.join(PLACES)}")
        if not isinstance(name, str) or not 0 < len(name) <= TEXT_LIMIT:
            raise refuse(self._name, place, f"a parameter has a name of 1 to {TEXT_LIMIT} characters")
        return self._described(where, name, node, required=node.get("required") is True or where == "path")

    def _described(self, where: str, name: str, node: dict[str, Any], *, required: bool = False) -> Parameter:
        shape = self._shapes.shape(node.get("schema"))
        style = node.get("style") or ("form" if where in ("query", "cookie") else "simple")
        loose = bool(shape.properties) or "object" in shape.types
        return Parameter(
            place=where,
            name=name,
            required=required,
            shape=shape,
            spread=loose and style == "form" and node.get("explode", True) is True,
            bracketed=style == "deepObject",
            encoded="schema" not in node or style not in ("form", "simple"),
        )

    # --- bodies and answers ---

    def _body(self, value: Any, place: str) -> Body:
        node = self._object(value, place)
        return Body(tuple(self._contents(node.get("content"))), node.get("required") is True)

    def _contents(self, content: Any) -> Iterator[Content]:
        if isinstance(content, dict):
            for media, node in list(content.items())[:CONTENTS_LIMIT]:
                kind = resolved(self._root, node)
                schema = kind.get("schema") if isinstance(kind, dict) else None
                yield Content(_short(media).lower(), self._shapes.shape(schema), self._root_name(media, schema))

    def _root_name(self, media: str, schema: Any) -> str:
        """The name of the root of XML, as the schema has it."""
        node = resolved(self._root, schema) if "xml" in media else None
        said = node.get("xml") if isinstance(node, dict) else None
        return _short(said.get("name")) if isinstance(said, dict) else ""

    def _answers(self, responses: Any) -> Iterator[Answer]:
        if isinstance(responses, dict):
            for status, value in list(responses.items())[:PARAMETERS_LIMIT]:
                node = resolved(self._root, value)
                if isinstance(node, dict) and not status.startswith("x-"):
                    yield Answer(_short(status), tuple(self._contents(node.get("content"))), tuple(self._headers(node)))

    def _headers(self, node: dict[str, Any]) -> Iterator[Parameter]:
        headers = node.get("headers")
        if isinstance(headers, dict):
            for name, value in list(headers.items())[:PARAMETERS_LIMIT]:
                header = resolved(self._root, value)
                if isinstance(header, dict) and 0 < len(name) <= TEXT_LIMIT:
                    yield self._described("header", name, header, required=header.get("required") is True)

    # --- security ---

    def _security(self, value: Any, place: str) -> tuple[tuple[Credential, ...], ...]:
        """The alternatives; one with a scheme that is not declared lets everybody in, because nobody can say what it asks for."""
        found = []
        for alternative in self._list(value, f"{place}/security")[:SECURITY_LIMIT]:
            names = list(self._object(alternative, f"{place}/security"))[:SECURITY_LIMIT]
            credentials = [self._credential(name, place) for name in names]
            found.append(tuple(some for some in credentials if some) if all(credentials) else ())
        return tuple(found)

    def _credential(self, name: str, place: str) -> Credential | None:
        components = self._root.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
        scheme = resolved(self._root, schemes.get(name)) if isinstance(schemes, dict) else None
        if not isinstance(scheme, dict):
            self._tell(f"{place}/security", f"the scheme {_short(name)!r} is not among #/components/securitySchemes")
            return None
        return _CREDENTIALS.get(str(scheme.get("type")), _of_unknown)(scheme)


def _of_api_key(scheme: dict[str, Any]) -> Credential:
    return Credential("api_key", _short(scheme.get("in")), _short(scheme.get("name")))


def _of_http(scheme: dict[str, Any]) -> Credential:
    return Credential(_short(scheme.get("scheme")).lower() or "bearer", "header", "Authorization")


def _of_token(_scheme: dict[str, Any]) -> Credential:
    return Credential("bearer", "header", "Authorization")


def _of_certificate(_scheme: dict[str, Any]) -> Credential:
    return Credential("mutual_tls")


def _of_unknown(_scheme: dict[str, Any]) -> None:
    return None


_CREDENTIALS = {
    "apiKey": _of_api_key,
    "http": _of_http,
    "oauth2": _of_token,
    "openIdConnect": _of_token,
    "mutualTLS": _of_certificate,
}


def _default(variable: Any, otherwise: str) -> str:
    default = variable.get("default") if isinstance(variable, dict) else None
    return otherwise if default is None else str(default)


def _tags(value: Any) -> tuple[str, ...]:
    return tuple(_short(tag) for tag in value[:TAGS_LIMIT] if isinstance(tag, str)) if isinstance(value, list) else ()


def _short(value: Any) -> str:
    """A text that is kept; a number, as YAML makes of a version, is one too."""
    return str(value)[:TEXT_LIMIT] if isinstance(value, (str, int, float)) else ""
