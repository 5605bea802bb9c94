"""What is told of a specification: in a list, and when it is opened."""

from __future__ import annotations

import msgspec

from apitrail.configure import specification_scopes
from apitrail.configure.specification_scopes import Scope
from apitrail.inspect.specifications.specification import Operation, Problem, Specification
from apitrail.query.interval import iso


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version: its number from 1 on, what its document says of itself, how much was read, who uploaded it and when.

    `servers` are the hosts that the document names. Sizes are those of the document and of what was read of it.
    """

    number: int
    title: str
    version: str
    openapi: str
    operation_count: int
    problem_count: int
    servers: tuple[str, ...]
    base_paths: tuple[str, ...]
    file: str
    digest: str
    document_bytes: int
    read_bytes: int
    author: str
    uploaded: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The light record of a specification; its versions, oldest first."""

    scope: Scope
    enforced: bool
    versions: tuple[Version, ...]


class KeptSpecification(msgspec.Struct, frozen=True, kw_only=True):
    """A specification: its scope, whether it is enforced, who changed it last and when, and its versions, newest first.

    `hosts` and `applications` were chosen; `scope` says in words what they come to.
    """

    name: str
    number: int
    title: str
    version: str
    operation_count: int
    problem_count: int
    hosts: tuple[str, ...]
    applications: tuple[str, ...]
    scope: str
    enforced: bool
    author: str
    changed: str
    versions: tuple[Version, ...]


class SpecifiedOperation(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that was read: `templates` are its path with the base paths of its servers, `secured` wants a credential."""

    method: str
    path: str
    templates: tuple[str, ...]
    operation_id: str
    summary: str
    deprecated: bool
    secured: bool
    parameters: int
    tags: tuple[str, ...]


class OpenedSpecification(KeptSpecification, frozen=True, kw_only=True):
    """A specification with the operations of its newest version, and what is wrong in its document, with the places."""

    operations: tuple[SpecifiedOperation, ...]
    problems: tuple[Problem, ...]


def kept(name: str, head: Head, author: str, changed: int) -> KeptSpecification:
    """What a list tells of a specification; `changed` in microseconds since 1970."""
    newest = head.versions[-1]
    return KeptSpecification(
        name=name,
        number=newest.number,
        title=newest.title,
        version=newest.version,
        operation_count=newest.operation_count,
        problem_count=newest.problem_count,
        hosts=head.scope.hosts,
        applications=head.scope.applications,
        scope=specification_scopes.words(head.scope, newest.servers),
        enforced=head.enforced,
        author=author,
        changed=iso(changed),
        versions=tuple(reversed(head.versions)),
    )


def opened(one: KeptSpecification, found: Specification) -> OpenedSpecification:
    """The same with what was read of its newest version."""
    return OpenedSpecification(
        **{name: getattr(one, name) for name in one.__struct_fields__},
        operations=tuple(map(_operation, found.operations)),
        problems=found.problems,
    )


def _operation(one: Operation) -> SpecifiedOperation:
    return SpecifiedOperation(
        method=one.method,
        path=one.path,
        templates=one.templates,
        operation_id=one.operation_id,
        summary=one.summary,
        deprecated=one.deprecated,
        secured=one.secured,
        parameters=len(one.parameters),
        tags=one.tags,
    )
