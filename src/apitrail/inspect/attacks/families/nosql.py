"""NoSQL injection: operators where a plain value belongs, programs for the database, commands (CWE-943)."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.sql_shapes import prose
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

_OPERATOR = (
    r"\$(?:eq|ne|[gl]te?|n?in|regex|where|exists|n?or|and|not|elemmatch|mod|all|expr|jsonschema|function"
    r"|accumulator|lookup|func|rand|text|size|type|near|geowithin|out|merge|options|comment|natural|slice)"
)
_KEY = re.compile(rf"{_OPERATOR}", re.IGNORECASE)
_ORDINARY = frozenset("$eq $in $or $and $all $size $type $text $options $comment $rand $merge $out".split(" "))  # noqa: SIM905
"""Operators that some APIs offer their clients; by themselves they say little."""


def operator_name(value: Value, start: int, end: int) -> float:
    """The name of a parameter or member is an operator, or ends in one."""
    if not value.is_name:
        return 0.0 if prose(value.text, start) or value.text[end - 1 : end] != "]" else 0.75
    found = _KEY.search(value.text, start)
    if not found:
        return 0.0
    whole = value.text.strip() == found[0] or value.text[found.end() : found.end() + 1] == "]"
    return (0.72 if found[0].lower() in _ORDINARY else 0.85) if whole else 0.0


def operator_text(value: Value, start: int, _end: int) -> float:
    """A text holds a condition in the database's own notation."""
    text = value.text
    if prose(text, start) or len(text) > 2000 or "```" in text:
        return 0.0
    return 0.8 if text[:start].strip(" \t\r\n,'\"[{(:") == "" or len(text) < 200 else 0.4


def script(value: Value, start: int, end: int) -> float:
    """A string or an expression ends, and JavaScript for the database follows."""
    text = value.text
    head = text[:start]
    if len(text) > 1000 or head.count("{") > head.count("}") or head.count("(") > head.count(")") or "\n" in head:
        return 0.0
    return 0.8 if not prose(text, end) and not re.search(r"\s\w+\s", head) else 0.0


def call(value: Value, start: int, _end: int) -> float:
    """A method of a collection or of the record at hand, called in a value."""
    return 0.0 if prose(value.text, start) or len(value.text) > 1000 else 0.75


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "nosql-name", "nosqli", "operator", rf"(?:^|[\[.]){_OPERATOR}(?:\]|$)",
        check=operator_name,
        fires=("login[$ne]", "mail[$regex]", "a[b][$gt]", "[$nin]"),
        silent=("price in $usd", "cost[$]", "$ref", "filter[$top]"),
    ),
    Signature(
        "nosql-condition", "nosqli", "operator", rf"(?:^|[{{,\[ \t])['\"]?{_OPERATOR}['\"]?\s*:",
        check=operator_text,
        fires=("{$ne: 1}", '{"$gt": ""}', ", $where: '2 == 2'", "x', $or: [ {}, { 'a':'a"),
        silent=("it is $5: that is what we pay", "you can use { $gt: 5 } in your filter to see more", "query($in: Int) { a }"),
    ),
    Signature(
        "nosql-script", "nosqli", "javascript",
        r"(?:['\"]\s*\)*\s*[;}]+|^\d*;)\s*(?:return\b\s*[('\"\w]|sleep\s*\(\s*\d"
        r"|\w+\s*=\s*new\s+date\b|do\s*\{|while\s*\(|this\.\w)",
        check=script,
        fires=("'; return 'b' == 'b", "0;return true", '";sleep(3000);"', "';t=new Date();do{n=new Date();}while(n-t<9000);"),
        silent=("x = 'a'; return x in the end is what you do, they said", "function f() { a = 'b'; return true }"),
    ),
    Signature(
        "nosql-record", "nosqli", "javascript",
        r"(?:['\"]\s*\)*\s*(?:&&|\|\|)\s*(?:!?\s*this\.\w|['\"]{0,2}\s*[!=]==?)|\bthis\.\w+\.match\s*\(|"
        r"\bdb\.\w+\.(?:insert|find|remove|drop|update|mapreduce|count|aggregate)\w*\s*\(|\bdb\.(?:getcollection|eval|runcommand|"
        r"admincommand|dropdatabase|getcollectionnames|version)\s*\()",
        check=call,
        fires=("' && this.pin.match(/^1/)//", "' || this.role=='admin", "db.users.find({})", "1;db.dropDatabase()"),
        silent=("you can call db.users.find() and see what it gives", "this.match is on"),
    ),
    Signature(
        "nosql-redis", "nosqli", "redis",
        r"(?:\r?\n\s*(?:config\s+set\s+dir|config\s+set\s+dbfilename|slaveof\s+\S+|flushall|set\s+\S+\s+\S+\r|eval\s+['\"]|module\s+load)"
        r"|\*\d+\r?\n\$\d+\r?\n\w+|\bredis\.(?:p?call)\s*\()",
        0.8,
        fires=("x\r\nCONFIG SET dir /tmp\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk", "return redis.call('keys','*')"),
        silent=("config set dir", "set a\nb", "flushall is a word"),
    ),
)  # fmt: skip
