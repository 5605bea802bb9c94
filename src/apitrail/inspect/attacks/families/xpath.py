"""XPath and XQuery put into a condition, or documents read by them (CWE-643, CWE-652)."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

LENGTH = 600
"""Characters of a value that could stand in a condition."""

_BROKEN_OUT = re.compile(r"^[^'\"\n]{0,60}['\"]\s*(?:\]|\)|or\b|and\b|\|)", re.IGNORECASE)
_ASKING = re.compile(r"^\s*(?:count|string-length|name|substring|boolean|not)\s*\(", re.IGNORECASE)


def _axis(value: Value, _start: int, _end: int) -> float:
    """A path along axes that a string was left for, or that a function asks about."""
    text = value.text
    if len(text) > LENGTH or prose(text):
        return 0.0
    return 0.8 if _BROKEN_OUT.search(text) or _ASKING.search(text) else 0.0


def _reads(value: Value, _start: int, _end: int) -> float:
    """A function that reads a document, in a value that is no program."""
    text = value.text
    return 0.8 if len(text) <= LENGTH and not prose(text) and text.count("\n") < 4 else 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "xpath-axis", "nosqli", "xpath",
        r"\b(?:child|parent|descendant|ancestor|following|preceding|self|attribute|namespace)(?:-or-self"
        r"|-sibling)?::(?:\*|node\s*\(|text\s*\(|[a-z])"
        r"|['\"]\s*\]\s*\|\s*/|\b(?:or|and)\s+\(?\s*(?:name|local-name|position|last|string-length|substring"
        r"|starts-with|contains|count)\s*\(\s*(?:/|\.|\)|\w+::|\w+\s*,)"
        r"|\b(?:name|string-length|count|substring)\s*\(+\s*(?:name\s*\(\s*)?/",
        check=_axis,
        fires=("count(/child::node())", "' or count(parent::*)=1 or 'a'='b", "x'] | //user | a['", "a' or name(.)='b"),
        silent=("//div[@class='a']/following-sibling::a", "std::parent::child", "the child::node of it", "x and count(y)"),
    ),
    Signature(
        "xpath-document", "nosqli", "xquery",
        r"\b(?:doc|doc-available|unparsed-text(?:-available|-lines)?|collection"
        r"|json-doc)\s*\(\s*(?:concat\s*\(\s*)?['\"](?:https?:|file:|ftp:|/|[\w./-]+\.xml)"
        r"|\b(?:for|let)\s+\$\w+\s+(?:in|:=)\s+(?:doc|collection|/{1,2}\w)[^\n]*\breturn\b",
        check=_reads,
        fires=("doc-available('http://h.example/')", "1' or doc('http://h.example/x') or '1",
            "for $u in doc('users.xml')//user return $u"),
        silent=("doc('readme')", "db.collection('orders')", "for x in collection('a') return"),
    ),
)  # fmt: skip
