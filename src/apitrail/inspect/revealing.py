"""The secrets that a request itself names: what stands behind the name of a password, token or key, in whichever encoding.

Masking takes a secret away where its name stands beside it. In a malicious request, which is kept as a whole, it may stand
again: in another place, or inside a value that is encoded, where nothing looks like a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apitrail.inspect.attacks.gathering import Gathering
from apitrail.inspect.attacks.values import values
from apitrail.inspect.masking import MASK, SECRET_HEADERS, is_secret_name, secrets_in
from apitrail.inspect.points.extracting import Reading, Side
from apitrail.inspect.points.structures import form_of
from apitrail.inspect.spellings import bare
from apitrail.model.finding import Finding

LEAST = 6
"""Characters of a secret that is looked for where no name tells; shorter ones are words that stand everywhere."""
SECRETS_LIMIT = 50
"""Secrets of one exchange that are looked for elsewhere."""
LOOKED_LIMIT = 65_536
"""Characters of a body that are looked through for them."""

_COOKIE = re.compile(r"([^=;\s]{1,100})=([^;]*)")
_SCHEME = re.compile(r"[A-Za-z]{1,20}\s+(?=\S)")


def secrets_of(reading: Reading, findings: Iterable[Finding]) -> list[str]:
    """The secrets that an exchange names, each once; none that a finding shows as an attack elsewhere."""
    shown = {bare(finding.payload) for finding in findings}
    found: dict[str, None] = {}
    for secret in _every(reading):
        if len(secret) >= LEAST and bare(secret) not in shown and MASK not in secret and not is_secret_name(secret):
            found[secret] = None
            if len(found) >= SECRETS_LIMIT:
                break
    return list(found)


def _every(reading: Reading) -> Iterator[str]:
    exchange = reading.exchange
    for name, value in (*exchange.headers, *exchange.response_headers):
        if name in ("cookie", "set-cookie"):
            yield from (text for key, text in _COOKIE.findall(value) if is_secret_name(key))
        elif name in SECRET_HEADERS:
            yield _SCHEME.sub("", value, count=1)
    yield from (text for name, text in (*form_of(exchange.query), *reading.request.form) if is_secret_name(name))
    for text in _texts(reading):
        yield from (_SCHEME.sub("", secret, count=1) for secret in secrets_in(text))


def _texts(reading: Reading) -> Iterator[str]:
    """The bodies as they are written, and everything in them that is decoded."""
    yield from map(_written, (reading.request, reading.response))
    yield from (value.text for value in values(reading))
    gathering, answer = Gathering(), reading.response
    for _, text, _ in gathering.leaves(answer.json) if answer.body else ():
        gathering.add(text, "response", "body", ())
    if answer.body and answer.json is None:
        gathering.add(_written(answer), "response", "body", ())
    yield from (value.text for value in gathering.values)


def _written(side: Side) -> str:
    return side.body[:LOOKED_LIMIT].decode("utf-8", "replace")
