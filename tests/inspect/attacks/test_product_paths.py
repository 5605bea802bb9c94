"""Paths by which scanners name themselves or look for products, told from those of APIs and of products that are there."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.pointing import reading

from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.families import edge_paths, product_paths, scanner_names
from apitrail.inspect.attacks.matching import Matcher
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value
from apitrail.model.exchange import Exchange
from timing import cost

SIGNATURES: tuple[Signature, ...] = (*scanner_names.SIGNATURES, *product_paths.SIGNATURES, *edge_paths.SIGNATURES)
FIRES = [(signature, path) for signature in SIGNATURES for path in signature.fires]
SILENT = [(signature, path) for signature in SIGNATURES for path in signature.silent]
OF_PRODUCTS = [(signature, path) for signature, path in FIRES if signature.absent]


def rules(path: str, status: int, query: str = "") -> set[str]:
    """The rules that speak for findings in a request for a path that was answered so."""
    exchange = Exchange(method="GET", path=quote(path, safe="/:,;()$~@"), query=query, status=status)
    return {reason.rule for finding in findings(reading(exchange)) for reason in finding.reasons}


def found(path: str, status: int = 404, query: str = "") -> set[tuple[str, str]]:
    """The types and subtypes found in such a request."""
    exchange = Exchange(method="GET", path=path, query=query, status=status)
    return {(finding.type, finding.subtype) for finding in findings(reading(exchange))}


def names(proofs: list[tuple[Signature, str]]) -> list[str]:
    """Names for the tests of some texts."""
    return [f"{signature.rule}-{at}" for at, (signature, _) in enumerate(proofs)]


@pytest.mark.parametrize("status", [0, 404])
@pytest.mark.parametrize(("signature", "path"), FIRES, ids=names(FIRES))
def test_what_the_server_has_not_is_a_probe(signature: Signature, path: str, status: int) -> None:
    """A path of a scanner or a product is a probe where the server has it not, or where its answer is not known."""
    assert signature.rule in rules(path, status)


@pytest.mark.parametrize("status", [0, 404])
@pytest.mark.parametrize(("signature", "path"), SILENT, ids=names(SILENT))
def test_words_of_apis_are_silent(signature: Signature, path: str, status: int) -> None:
    """A path that an API may have of its own is none of a product."""
    assert signature.rule not in rules(path, status)


@pytest.mark.parametrize("status", [200, 204, 302, 401, 500, 502])
@pytest.mark.parametrize(("signature", "path"), OF_PRODUCTS, ids=names(OF_PRODUCTS))
def test_a_product_that_is_there_is_no_probe(signature: Signature, path: str, status: int) -> None:
    """Where the server answers well, wants a password or fails, the product may be the owner's own."""
    assert signature.rule not in rules(path, status)


def test_each_signature_proves_itself() -> None:
    """Each has examples of both kinds, and a rule of its own name."""
    assert all(len(signature.fires) >= 4 and len(signature.silent) >= 4 for signature in SIGNATURES)
    assert len({signature.rule for signature in SIGNATURES}) == len(SIGNATURES)


@pytest.mark.parametrize("path", ["/admin", "/login", "/console", "/api/users", "/api/v1/nodes/7", "/actuator/health", "/config.json",
                                  "/", "/favicon.ico", "/robots.txt", "/swagger.json", "/v1/models", "/search", "/images/1.jpg"])  # fmt: skip
def test_plain_words_are_no_probe(path: str) -> None:
    """A plain word of many APIs that is not there was asked for by mistake."""
    assert not found(path)


def test_a_scanner_that_names_itself_is_one_whatever_is_answered() -> None:
    """A name in the path counts with any answer; in a parameter, only what no person searches for."""
    assert found("/w00tw00t.at.ISC.SANS.DFind:)", 200) == {("scanner", "name")}
    assert found("/s", 200, "q=netsparker(0x0004F3)") >= {("scanner", "name")}
    assert not found("/s", 200, "q=burp-suite")


@pytest.mark.parametrize("piece", ["/", "/wp-", "/a.", "/db/", "/api/v1/", "/_", "/nikto-", "/.env", "SEP0", "/administrator/"])
def test_hostile_paths_take_no_time(piece: str) -> None:
    """A long path of one piece is looked through in a moment."""
    matcher = Matcher(SIGNATURES)
    value = Value(piece * (60_000 // len(piece)), "request", "path", ())
    assert cost(lambda: matcher.hits([value]), below=1) < 1
