"""Every attack has its place in the lists of others."""

from __future__ import annotations

import re

import pytest

from apitrail.inspect.attacks.matching import CATALOGUE
from apitrail.model.attack import TITLES
from apitrail.model.classification import _SUBTYPES, _TYPES, CWE_TITLES, OWASP_TITLES, Classification, classify

KNOWN = sorted({(code, "") for code in TITLES} | {(signature.type, signature.subtype) for signature in CATALOGUE})


@pytest.mark.parametrize(("kind", "subtype"), KNOWN)
def test_every_type_is_classified(kind: str, subtype: str) -> None:
    """Each code that there is, and each subtype of a signature, has a weakness and a class, both with a title."""
    found = classify(kind, subtype)
    assert found is not None
    assert found.cwe in CWE_TITLES
    assert found.owasp in OWASP_TITLES


@pytest.mark.parametrize(
    ("kind", "subtype", "cwe"),
    [
        ("sqli", "union", 89), ("sqli", "time", 89), ("sqli", "xpath", 643), ("nosqli", "operator", 943), ("xss", "script", 79),
        ("rce", "shell", 78), ("rce", "windows", 78), ("rce", "php", 94), ("rce", "log4j", 917), ("ssti", "expression", 1336),
        ("xxe", "entity", 611), ("data_bomb", "xml", 776), ("data_bomb", "compression", 409), ("auth", "jwt", 347),
        ("deserialize", "java", 502), ("mass_assignment", "", 915), ("cve", "prototype-pollution", 1321),
        ("crlf", "smuggling", 444), ("ldapi", "filter", 90), ("ssrf", "internal", 918), ("redir", "other-host", 601),
        ("file_upload", "script-name", 434), ("bola", "", 639), ("missing_auth", "", 306), ("mass_assignment", "prototype-pollution", 1321),
        ("data_bomb", "entity-expansion", 776), ("rce", "spreadsheet", 1236), ("nosqli", "xquery", 652),
    ],
)  # fmt: skip
def test_the_weakness_is_the_right_one(kind: str, subtype: str, cwe: int) -> None:
    """A subtype that is another weakness than its type says so."""
    found = classify(kind, subtype)
    assert found is not None
    assert found.cwe == cwe


def test_an_unknown_subtype_is_its_type() -> None:
    """What another engine calls a subtype does not lose the classification of the type."""
    assert classify("sqli", "942100") == classify("sqli") == Classification(89, "API8:2023", 66)


def test_an_unknown_type_has_none() -> None:
    """Nothing is guessed."""
    assert classify("teapot") is None


def test_every_weakness_has_a_title_and_no_title_is_left_over() -> None:
    """The titles are those of the tables, of subtypes too that no signature has because they are measured."""
    used = {entry.cwe for entry in (*_TYPES.values(), *(entry for some in _SUBTYPES.values() for entry in some.values()))}
    assert used == set(CWE_TITLES)


def test_subtypes_belong_to_types() -> None:
    """A table of subtypes is that of a type there is."""
    assert set(_SUBTYPES) <= set(_TYPES) == set(TITLES)


def test_codes_are_written_as_owasp_does() -> None:
    """A code is the class and the year."""
    assert all(re.fullmatch(r"API\d{1,2}:2023", code) for code in OWASP_TITLES)
    assert len(OWASP_TITLES) == 10
