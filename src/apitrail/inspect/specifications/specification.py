"""What a specification says of an API, as plain data that can be stored as JSON."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

Scalar = str | int | float | bool | None


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Which values are allowed at a place; what is left at its default is not limited.

    `types` are those of JSON. `minimum` and `maximum` are allowed, `above` and `below` are not. Lengths are in characters.
    `closed` objects have no other members than `properties`, those of others are like `others`; `items` are those of an array.
    """

    types: tuple[str, ...] = ()
    format: str = ""
    enum: tuple[Scalar, ...] = ()
    pattern: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None
    above: int | float | None = None
    below: int | float | None = None
    min_length: int = 0
    max_length: int | None = None
    properties: dict[str, Shape] = {}
    required: tuple[str, ...] = ()
    closed: bool = False
    others: Shape | None = None
    items: Shape | None = None


ANY = Shape()
"""Every value is allowed."""


class Parameter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """A parameter of an operation, or a header of its answer; `place` is path, query, header or cookie.

    `spread` is an object whose members are parameters by themselves, `bracketed` one whose members are written `name[member]`.
    `encoded` values are in a format of their own, such as JSON, and are not looked into.
    """

    place: str
    name: str
    required: bool = False
    shape: Shape = ANY
    spread: bool = False
    bracketed: bool = False
    encoded: bool = False


class Content(msgspec.Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True):
    """A media type, which may be a range such as `image/*`, and what a body of it looks like; of XML, the name of its root."""

    media: str
    shape: Shape = ANY
    root: str = ""


class Body(msgspec.Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True):
    """The body of a request; without contents, any body is allowed."""

    contents: tuple[Content, ...] = ()
    required: bool = False


class Answer(msgspec.Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True):
    """What is answered with a status, or with a range of them such as `2XX`, or `default`."""

    status: str
    contents: tuple[Content, ...] = ()
    headers: tuple[Parameter, ...] = ()


class Credential(msgspec.Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True):
    """What a caller shows of himself: `kind` is basic, bearer, digest and so on, api_key, or mutual_tls.

    `place` is header, query or cookie, with the name there.
    """

    kind: str
    place: str = ""
    name: str = ""


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """One method of one path.

    `path` is as the document has it, `templates` are with the base paths of its servers. `security` are the alternatives, each
    with all the credentials it takes; one that is empty lets everybody in.
    """

    method: str
    path: str
    templates: tuple[str, ...]
    operation_id: str = ""
    summary: str = ""
    deprecated: bool = False
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    security: tuple[tuple[Credential, ...], ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def secured(self) -> bool:
        """Whether nobody is let in without a credential."""
        return bool(self.security) and all(self.security)


class Problem(msgspec.Struct, frozen=True):
    """What is wrong in a document that can be read all the same: where, as a JSON pointer, and what."""

    place: str
    text: str


class Specification(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """A document of an API. `name` is that of its file, `openapi` the version of the format.

    `hosts` and `base_paths` are those of its servers. It is in force for the `scope_hosts` (`*.shop.example` for all below) and
    `scope_applications` that somebody chose; for all, when none is chosen.
    """

    name: str
    title: str
    version: str = ""
    openapi: str = ""
    hosts: tuple[str, ...] = ()
    base_paths: tuple[str, ...] = ("",)
    operations: tuple[Operation, ...] = ()
    problems: tuple[Problem, ...] = ()
    scope_hosts: tuple[str, ...] = ()
    scope_applications: tuple[str, ...] = ()


class Match(NamedTuple):
    """The operation of a request, and the specification that has it."""

    specification: Specification
    operation: Operation


def covers(specification: Specification, host: str, application: str | None = None) -> bool:
    """Whether a specification is in force for a host and an application; None when the application is not known."""
    if application is not None and specification.scope_applications and application not in specification.scope_applications:
        return False
    return not specification.scope_hosts or any(_is_host(scope, host.lower()) for scope in specification.scope_hosts)


def _is_host(scope: str, host: str) -> bool:
    """Whether a host is the one chosen; one chosen without a port is meant with every port."""
    scope = scope.lower()
    bare = host if ":" in scope else host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    return bare.endswith(scope[1:]) if scope.startswith("*.") else bare == scope
