"""The specifications of a store: documents that were uploaded, version by version, with scope and enforcement (D6, A1.3).

A specification has a light record that is read often, and for each version two heavy ones: what was read of the document, and the
document as it was sent. What is heavy has a kind of its own for each version, so that nothing is read that nobody asked for.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from apitrail.configure import kept_specification, specification_scopes
from apitrail.configure.kept_specification import Head, KeptSpecification, OpenedSpecification, Version
from apitrail.configure.specification_scopes import Scope
from apitrail.configure.specification_weight import weight
from apitrail.errors import BadQuestion, NotFound
from apitrail.inspect.specifications.reading import read
from apitrail.inspect.specifications.specification import Operation, Specification
from apitrail.query.interval import iso
from apitrail.store import Store

KIND = "specification"
SPECIFICATIONS_LIMIT = 100
"""Specifications of one store."""
VERSIONS_LIMIT = 20
"""Versions of one specification that are kept; with one more, the oldest is forgotten."""
NAME_LIMIT = 100
"""Characters of the name of a specification, and of its file."""
READ_BYTES_LIMIT = 20_000_000
"""Bytes of what is read of one document, about, references written out."""
ENFORCED_BYTES_LIMIT = 20_000_000
"""Bytes of what is read of all specifications that are enforced; every process that takes traffic in holds them."""
KEPT_BYTES_LIMIT = 200_000_000
"""Bytes of all versions of all specifications of a store, documents and what was read of them."""


class Enforced(NamedTuple):
    """The specifications that are enforced, as JSON, and a mark that changes with them."""

    mark: str = ""
    text: str = ""


class Sent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document as it was sent: its text, or its bytes when it is not UTF-8."""

    text: str = ""
    data: bytes = b""

    @property
    def content(self) -> bytes:
        """The bytes that were sent."""
        return self.data or self.text.encode()


NOTHING_ENFORCED = Enforced()


# --- asking --------------------------------------------------------------------------------------------------------------


def kept(store: Store) -> list[KeptSpecification]:
    """Every specification, by name."""
    found = store.records.current(KIND).values()
    return [kept_specification.kept(record.key, _head(record.value), record.author, record.time) for record in found]


def opened(store: Store, name: str) -> OpenedSpecification:
    """One specification with what was read of its newest version; NotFound when there is none of this name."""
    one = _named(store, name)
    found = _read(store, one.name, one.number)
    if found is None:
        raise NotFound(f"{one.name} was removed meanwhile")
    return kept_specification.opened(one, found)


def document(store: Store, name: str, number: int = 0) -> Sent:
    """The document of a version, else of the newest; NotFound when there is none of this name or number."""
    one = _named(store, name)
    number = number or one.number
    record = store.records.current(_sent_kind(one.name, number)).get("") if _has(one, number) else None
    if record is None:
        raise NotFound(f"{one.name} has no version {number}; it has {', '.join(str(some.number) for some in one.versions)}")
    return msgspec.json.decode(record.value, type=Sent)


def current(store: Store) -> list[Specification]:
    """The newest version of each specification, under its name and scope."""
    return list(_newest(store, _heads(store)))


def earlier(store: Store) -> list[Specification]:
    """All versions before the newest ones, newest first: which operations there were, without parameters and bodies."""
    return [
        _in_scope(name, head, _bare(found))
        for name, head in _heads(store).items()
        for version in reversed(head.versions[:-1])
        if (found := _read(store, name, version.number))
    ]


def enforced(store: Store, before: Enforced = NOTHING_ENFORCED) -> Enforced:
    """What is enforced now; `before` itself when nothing changed since, without reading it again."""
    heads = {name: head for name, head in _heads(store).items() if head.enforced}
    if not heads:
        return NOTHING_ENFORCED
    mark = hashlib.blake2b(msgspec.json.encode(heads), digest_size=16).hexdigest()
    if mark == before.mark:
        return before
    return Enforced(mark, msgspec.json.encode(list(map(_asking, _newest(store, heads)))).decode())


# --- changing ------------------------------------------------------------------------------------------------------------


def upload(
    store: Store,
    name: str,
    document: bytes,
    author: str,
    *,
    hosts: Sequence[str] | None = None,
    applications: Sequence[str] | None = None,
    enforced: bool | None = None,
    file: str = "",
) -> OpenedSpecification:
    """Read a document and keep it as a new version of a specification; what was read, and what is wrong with it.

    The same document again is no new version. Scope and enforcement stay as they are where None is given; a new specification is
    for the hosts that its servers name, and not enforced. BadQuestion names the place, as a JSON pointer, that cannot be read. It
    takes up to 20 seconds.
    """
    name, file = _checked_name(name), file[:NAME_LIMIT]
    specification_scopes.check(hosts, applications)
    found = _light(read(document, file or name), file or name)
    heads = _heads(store)
    before = heads.get(name, Head(scope=Scope(), enforced=False, versions=()))
    head = _changed(before, hosts, applications, enforced)
    digest = hashlib.blake2b(document, digest_size=16).hexdigest()
    if not before.versions or before.versions[-1].digest != digest:
        content = msgspec.json.encode(found)
        version = _version(before, found, file=file, author=author, digest=digest, sizes=(len(document), len(content)))
        head = msgspec.structs.replace(head, versions=(*before.versions, version)[-VERSIONS_LIMIT:])
        _check_room({**heads, name: head})
        store.records.append(_read_kind(name, version.number), "", content.decode(), author)
        store.records.append(_sent_kind(name, version.number), "", msgspec.json.encode(_sent(document)).decode(), author)
        _forget(store, name, set(before.versions) - set(head.versions), author)
    _check_room({**heads, name: head})
    return kept_specification.opened(_put(store, name, head, before, author), found)


def change(
    store: Store,
    name: str,
    author: str,
    *,
    hosts: Sequence[str] | None = None,
    applications: Sequence[str] | None = None,
    enforced: bool | None = None,
) -> KeptSpecification:
    """Change scope or enforcement for new traffic; what is None stays. NotFound when there is none of this name."""
    specification_scopes.check(hosts, applications)
    heads = _heads(store)
    name = _named(store, name).name
    head = _changed(heads[name], hosts, applications, enforced)
    _check_room({**heads, name: head})
    return _put(store, name, head, heads[name], author)


def remove(store: Store, name: str, author: str) -> None:
    """Forget a specification with all its versions; NotFound when there is none of this name."""
    one = _named(store, name)
    store.records.append(KIND, one.name, "", author)
    _forget(store, one.name, set(one.versions), author)


# --- inside --------------------------------------------------------------------------------------------------------------


def _heads(store: Store) -> dict[str, Head]:
    return {name: _head(record.value) for name, record in store.records.current(KIND).items()}


def _head(value: str) -> Head:
    return msgspec.json.decode(value, type=Head)


def _read_kind(name: str, number: int) -> str:
    return f"{KIND}-read {number} {name}"


def _sent_kind(name: str, number: int) -> str:
    return f"{KIND}-sent {number} {name}"


def _named(store: Store, name: str) -> KeptSpecification:
    every = kept(store)
    found = next((one for one in every if one.name == name), None)
    if found is None:
        names = ", ".join(one.name for one in every[:10])
        raise NotFound(f"there is no specification {name[:60]!r}; {f'there are {names}' if names else 'there are none yet'}")
    return found


def _has(one: KeptSpecification, number: int) -> bool:
    return any(version.number == number for version in one.versions)


def _read(store: Store, name: str, number: int) -> Specification | None:
    """What was read of a version; None when it was removed meanwhile."""
    record = store.records.current(_read_kind(name, number)).get("")
    return msgspec.json.decode(record.value, type=Specification) if record else None


def _newest(store: Store, heads: dict[str, Head]) -> Iterator[Specification]:
    for name, head in heads.items():
        found = _read(store, name, head.versions[-1].number)
        if found:
            yield _in_scope(name, head, found)


def _put(store: Store, name: str, head: Head, before: Head, author: str) -> KeptSpecification:
    """Keep the light record, unless it says nothing new; what is kept."""
    if head != before:
        store.records.append(KIND, name, msgspec.json.encode(head).decode(), author)
    return _named(store, name)


def _forget(store: Store, name: str, versions: set[Version], author: str) -> None:
    for version in versions:
        store.records.append(_read_kind(name, version.number), "", "", author)
        store.records.append(_sent_kind(name, version.number), "", "", author)


def _changed(
    before: Head, hosts: Sequence[str] | None, applications: Sequence[str] | None, wanted: bool | None
) -> Head:  # fmt: skip
    scope = specification_scopes.changed(before.scope, hosts, applications)
    return msgspec.structs.replace(before, scope=scope, enforced=before.enforced if wanted is None else wanted)


def _version(
    before: Head, found: Specification, *, file: str, author: str, digest: str, sizes: tuple[int, int]
) -> Version:  # fmt: skip
    return Version(
        number=before.versions[-1].number + 1 if before.versions else 1,
        title=found.title,
        version=found.version,
        openapi=found.openapi,
        operation_count=len(found.operations),
        problem_count=len(found.problems),
        servers=found.hosts,
        base_paths=found.base_paths,
        file=file,
        digest=digest,
        document_bytes=sizes[0],
        read_bytes=sizes[1],
        author=author,
        uploaded=iso(time.time_ns() // 1000),
    )


def _sent(document: bytes) -> Sent:
    try:
        return Sent(text=document.decode())
    except UnicodeDecodeError:
        return Sent(data=document)


def _light(found: Specification, name: str) -> Specification:
    """The same specification, when it is not too large to be kept."""
    if weight(found, READ_BYTES_LIMIT) > READ_BYTES_LIMIT:
        said = f"what is read of it has more than {READ_BYTES_LIMIT:,} bytes, references written out; split it"
        raise BadQuestion(f"{name}: {said}")
    return found


def _check_room(heads: dict[str, Head]) -> None:
    """BadQuestion when these would be more than a store keeps or enforces."""
    if len(heads) > SPECIFICATIONS_LIMIT:
        raise BadQuestion(f"a store has at most {SPECIFICATIONS_LIMIT} specifications; remove some first")
    versions = [version for head in heads.values() for version in head.versions]
    if sum(version.document_bytes + version.read_bytes for version in versions) > KEPT_BYTES_LIMIT:
        raise BadQuestion(f"the specifications of a store have at most {KEPT_BYTES_LIMIT:,} bytes; remove some first")
    if sum(head.versions[-1].read_bytes for head in heads.values() if head.enforced) > ENFORCED_BYTES_LIMIT:
        raise BadQuestion(
            f"specifications of at most {ENFORCED_BYTES_LIMIT:,} bytes are enforced together; switch some off first"
        )


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable() or set(name) & set("/\\") or not name.strip("."):
        raise BadQuestion(f"a specification has a name of 1 to {NAME_LIMIT} characters, without slashes, not {name[:60]!r}")
    return name


def _in_scope(name: str, head: Head, found: Specification) -> Specification:
    hosts = specification_scopes.hosts(head.scope, found.hosts)
    return msgspec.structs.replace(found, name=name, scope_hosts=hosts, scope_applications=head.scope.applications)


def _asking(found: Specification) -> Specification:
    """Only what requests are judged by."""
    return msgspec.structs.replace(found, problems=(), operations=tuple(_without_answers(found)))


def _without_answers(found: Specification) -> Iterator[Operation]:
    return (msgspec.structs.replace(operation, answers=()) for operation in found.operations)


def _bare(found: Specification) -> Specification:
    """Only which operations there are."""
    operations = (msgspec.structs.replace(one, parameters=(), body=None, answers=()) for one in found.operations)
    return msgspec.structs.replace(found, operations=tuple(operations))
