"""Names that no form has: variables of the environment, debuggers, ways through beans (CWE-454, CWE-489)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit, Signature
from apitrail.inspect.points.extracting import Reading

NAMES_LIMIT = 500
"""Names of one request that are looked at."""

_ENVIRONMENT = mark("name-environment", "rce", "environment")
_DEBUGGER = mark("name-debugger", "rce", "debugger")
_BEAN = mark("name-bean", "rce", "binding")

_VARIABLES = frozenset(
    ("PHPRC", "PHP_INI_SCAN_DIR", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "PERL5OPT", "PERL5LIB", "PYTHONPATH",
        "PYTHONSTARTUP",
     "RUBYOPT", "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "GIT_SSH_COMMAND", "DYLD_INSERT_LIBRARIES", "GCONV_PATH")
)  # fmt: skip
"""Variables by which an interpreter or loader runs other code."""
_DEBUGGERS = frozenset(("__debugger__", "XDEBUG_SESSION_START", "XDEBUG_PROFILE", "phpdebug", "_ignition"))
_THROUGH_BEANS = re.compile(
    r"(?:^|\.)(?:class\.module|classloader|servletcontext|applicationconfig|multipartrequesthandler|protectiondomain"
    r"|actioncontext"
    r"|bootstrapstatusprovider)\.\w",
    re.IGNORECASE,
)


def look(reading: Reading) -> Iterator[Hit]:
    """Names in a query or form that reach the interpreter, a debugger or the server itself."""
    if reading.exchange.query:
        yield from _of(reading.query, "query")
    if "urlencoded" in reading.request.kind:
        yield from _of(reading.request.form, "body.form")


def _of(pairs: Iterable[tuple[str, str]], place: str) -> Iterator[Hit]:
    for count, (name, _) in enumerate(pairs):
        if count >= NAMES_LIMIT:
            return
        found = _kind(name)
        if found:
            yield hit(found, 0.85, name, place, (name,))


def _kind(name: str) -> Signature | None:
    if name in _VARIABLES:
        return _ENVIRONMENT
    if name in _DEBUGGERS:
        return _DEBUGGER
    return _BEAN if "." in name and _THROUGH_BEANS.search(name) else None
