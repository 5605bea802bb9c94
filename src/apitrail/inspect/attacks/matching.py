"""All signatures at once: one pass over all values of a request, then the checks where something fits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from apitrail.inspect.attacks.automata import STARTS_LIMIT, Automata
from apitrail.inspect.attacks.families import (
    code,
    connections,
    edge_paths,
    elements,
    expressions,
    frameworks,
    html,
    known_paths,
    ldap,
    lines,
    nosql,
    objects,
    paths,
    probes,
    product_paths,
    prompt_forgeries,
    prompt_orders,
    prompts,
    saml,
    scanner_names,
    scripts,
    shell,
    sql,
    templates,
    tokens,
    urls,
    xml,
    xpath,
)
from apitrail.inspect.attacks.signature import LINES_READ, NOWHERE, Hit, Signature
from apitrail.inspect.attacks.values import Value
from apitrail.model.memo import Memo

CATALOGUE: tuple[Signature, ...] = (
    *sql.SIGNATURES,
    *nosql.SIGNATURES,
    *ldap.SIGNATURES,
    *html.SIGNATURES,
    *elements.SIGNATURES,
    *scripts.SIGNATURES,
    *templates.SIGNATURES,
    *prompts.SIGNATURES,
    *prompt_orders.SIGNATURES,
    *prompt_forgeries.SIGNATURES,
    *shell.SIGNATURES,
    *paths.SIGNATURES,
    *code.SIGNATURES,
    *expressions.SIGNATURES,
    *connections.SIGNATURES,
    *frameworks.SIGNATURES,
    *urls.SIGNATURES,
    *xml.SIGNATURES,
    *saml.SIGNATURES,
    *xpath.SIGNATURES,
    *objects.SIGNATURES,
    *tokens.SIGNATURES,
    *lines.SIGNATURES,
    *known_paths.SIGNATURES,
    *probes.SIGNATURES,
    *scanner_names.SIGNATURES,
    *product_paths.SIGNATURES,
    *edge_paths.SIGNATURES,
)
"""Every signature."""
PLACES_LIMIT = 20
"""Places of one signature in one value that are checked: the first and the last, so that decoys before it hide no attack."""
SURE_ENOUGH = 0.7
"""How sure all hits of one type in a value together must be."""
SURE_AT_ONCE = 0.8
"""How sure a place is whose signature is looked for no further in the same value."""
REMEMBERED = 8192
"""Headers and paths of which it is remembered what fits them: clients send the same ones with every request."""
REMEMBERED_CHARS = 512
"""Characters of a value that is remembered."""

CHECKS_LIMIT = 4000
"""Places of all signatures in all values of a request that are checked, shared by the signatures that fit."""
PLACES = "places"
"""The name of these limits."""

_HALF = PLACES_LIMIT // 2
_BETWEEN = b"\n\xff\n"
"""What stands between two values that are looked at together: no text has that byte."""
_REPEATED = frozenset(("header", "path"))


class Hits(NamedTuple):
    """Where signatures fit, and the names of the limits that cut the search short."""

    hits: list[Hit]
    overlimit: tuple[str, ...] = ()


_NO_HITS = Hits([])


class Matcher:
    """The automata of some signatures; not to be used by two threads at once."""

    def __init__(self, signatures: Sequence[Signature]) -> None:
        self._signatures = signatures
        self._automata = Automata([signature.pattern for signature in signatures])
        self._remembered: Memo[Value, Hits] = Memo(lambda value: self._looked([value]), most=REMEMBERED)

    def hits(self, values: Sequence[Value]) -> list[Hit]:
        """Where signatures fit, each place once, with the longest match from there."""
        return self.search(values).hits

    def search(self, values: Sequence[Value]) -> Hits:
        """Where signatures fit, and the limits that cut the search short."""
        found: list[Hit] = []
        overlimit: tuple[str, ...] = ()
        others: list[Value] = []
        for value in values:
            if value.place in _REPEATED and len(value.text) <= REMEMBERED_CHARS:
                hits, reached = self._remembered[value]
                found += hits
                overlimit = overlimit or reached
            else:
                others.append(value)
        if others:
            hits, reached = self._looked(others)
            found += hits
            overlimit = overlimit or reached
        return Hits(found, overlimit)

    def _looked(self, values: Sequence[Value]) -> Hits:
        pieces = [value.text.encode("utf-8", "replace") for value in values]
        whole = pieces[0] if len(pieces) == 1 else _BETWEEN.join(pieces)
        fitting = self._automata.fitting(whole)
        if not fitting:
            return _NO_HITS
        looked = _Pieces(values, pieces, whole)
        search = _Search(len(fitting))
        for number in fitting:
            some = looked.of_lines(self._signatures[number].most_lines)
            if some.whole:
                starts = self._automata.places(number, some.whole)
                search.begin(len(starts))
                for index, places in some.placed(starts).items():
                    search.check(self._signatures[number], some.values[index], some.pieces[index], places)
        return Hits(search.found, (PLACES,) if search.cut else ())


class _Search:
    """The checks of one request, which are bounded: of a signature in a value, of a signature, and of all."""

    def __init__(self, signatures: int) -> None:
        self.found: list[Hit] = []
        self.cut = False
        self._each = CHECKS_LIMIT // signatures
        self._left = 0

    def begin(self, starts: int) -> None:
        """Go on with the next signature; what the ones before it left over is its own."""
        self._left += self._each
        self.cut = self.cut or starts >= STARTS_LIMIT

    def check(self, signature: Signature, value: Value, piece: bytes, places: list[tuple[int, int]]) -> None:
        """Find the hits of one signature in one value, up to one that is as sure as need be."""
        best = 0.0
        some = places if len(places) <= PLACES_LIMIT else places[:_HALF] + places[-_HALF:]
        for low, high in some:
            start, end = low, min(high, len(piece))
            if start >= len(piece):  # it begins between two values
                continue
            if not self._left:
                self.cut = True
                return
            self._left -= 1
            if len(piece) != len(value.text):  # characters of several bytes stand before or in it
                start, end = len(piece[:start].decode("utf-8", "ignore")), len(piece[:end].decode("utf-8", "ignore"))
            sure = signature.check(value, start, end) if signature.check else signature.sure
            if sure > 0:
                self.found.append(Hit(signature, value, start, end, sure))
                best = max(best, sure)
            if sure >= SURE_AT_ONCE or sure == NOWHERE:
                return
        if len(some) < len(places) and best < SURE_ENOUGH:
            self.cut = True


class _Pieces:
    """Values that are looked at together: as bytes, one behind the other."""

    def __init__(self, values: Sequence[Value], pieces: Sequence[bytes], whole: bytes) -> None:
        self.values, self.pieces, self.whole = values, pieces, whole
        self._starts: list[int] = []
        self._short: dict[int, _Pieces] = {}

    def of_lines(self, most: int | None) -> _Pieces:
        """Those of at most so many lines."""
        if most is None or self.whole.count(b"\n") - 2 * (len(self.pieces) - 1) <= most:
            return self
        if most not in self._short:
            short = [at for at, value in enumerate(self.values) if value.text.count("\n", 0, LINES_READ) <= most]
            pieces = [self.pieces[at] for at in short]
            self._short[most] = _Pieces([self.values[at] for at in short], pieces, _BETWEEN.join(pieces))
        return self._short[most]

    def placed(self, places: dict[int, int]) -> dict[int, list[tuple[int, int]]]:
        """Places in the whole as places in each piece, by its index."""
        if len(self.pieces) == 1:
            return {0: list(places.items())}
        starts = self._starts = self._starts or list(
            accumulate((len(piece) + len(_BETWEEN) for piece in self.pieces[:-1]), initial=0)
        )
        found: dict[int, list[tuple[int, int]]] = {}
        for start, end in places.items():
            index = bisect_right(starts, start) - 1
            found.setdefault(index, []).append((start - starts[index], end - starts[index]))
        return found


@cache
def matcher() -> Matcher:
    """The matcher of the whole catalogue in this process."""
    return Matcher(CATALOGUE)


def together(hits: Sequence[Hit]) -> float:
    """How sure several hits are together: each takes its share of the doubt that the others leave, each rule once."""
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.signature.rule] = max(best.get(hit.signature.rule, 0.0), hit.sure)
    doubt = 1.0
    for sure in best.values():
        doubt *= 1 - sure
    return 1 - doubt
