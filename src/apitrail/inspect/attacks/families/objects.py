"""Serialised objects that run code when they are read."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Check, Signature
from apitrail.inspect.attacks.values import Value


def _unless_prose(sure: float) -> Check:
    def check(value: Value, _start: int, _end: int) -> float:
        return 0.0 if prose(value.text) else sure

    return check


def _php(value: Value, start: int, _end: int) -> float:
    """An object of PHP whose class name is as long as it says."""
    found = re.compile(r"[OC]:\+?(\d{1,5}):\\?[\"']([\w\\]{0,200}).?[\"']").match(value.text, start)
    if not found or prose(value.text):
        return 0.0
    return 0.95 if int(found[1]) == len(found[2]) or "\\" in found[2] else 0.8


def _marked(value: Value, start: int, end: int) -> float:
    """Base64 that begins as a serialised object does, at the beginning of a value or after a sign."""
    before = value.text[max(0, start - 1) : start]
    rest = value.text[end : end + 12]
    return 0.9 if not re.match(r"[\w+/-]", before) and re.match(r"[\w+/-]{4,}", rest) else 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "object-java", "deserialize", "java", r"rO0AB|H4sIAAAAAAAAA[A-Za-z0-9+/]{2}rO0|¬í\x00\x05|aced0005", check=_marked,
        fires=("rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA==", "aced00057372001164"), silent=("xrO0ABC1234567", "rO0AB"),
    ),
    Signature(
        "object-java-raw", "deserialize", "java", r"\xc2\xac\xc3\xad\x00\x05|\xac\xed\x00\x05|��\x00\x05[sw]", 0.9,
        fires=("\xac\xed\x00\x05sr\x00\x11java.util.HashMap", "\xac\xed\x00\x05w\x04"), silent=("\xac\xed", "a\x00\x05"),
    ),
    Signature(
        "object-php", "deserialize", "php", r"\b[OC]:\+?\d+:\\?[\"'][\w\\]*.?\\?[\"']:\d+:\\?\{", check=_php,
        fires=('O:8:"stdClass":0:{}', 'a:1:{i:0;O:+4:"Evil":1:{s:1:"c";s:2:"id";}}'), silent=('C:10:"x"', 'a:1:{i:0;s:1:"a";}',
        "O:8:{}"),
    ),
    Signature(
        "object-python", "deserialize", "python",
        r"\bc(?:os|posix|nt|subprocess|builtins|__builtin__|sys|commands|pty)\n(?:system|popen|eval|exec|Popen"
        r"|getattr|check_output|call|spawn)\n|\bgASV[A-Z]|\bY3Bvc2l4CnN5c3RlbQ|\bY29zCnN5c3RlbQ"
        r"|\bcos\\nsystem\\n|!!python/|\"py/(?:object|reduce|type|function|repr|newargs)\"\s*:"
        r"|\b(?:posix|nt|subprocess|builtins|__builtin__|os)(?:\xc2\x94)?\xc2\x8c[\x00-\x20](?:system|popen|Popen|eval"
        r"|exec|getattr|call|check_output)",
        check=_unless_prose(0.9),
        fires=("cos\nsystem\n(S'id'\ntR.", "!!python/object/apply:os.system ['id']", "gASVIAAAAAAAAACMBXBvc2l4",
        '{"py/object":"a.B","py/reduce":[{"py/type":"os.system"}]}', "\x80\x04\x8c\x05posix\x94\x8c\x06system\x94"),
        silent=("cos\nsystems", "!!py"),
    ),
    Signature(
        "object-net", "deserialize", "dotnet",
        r"\bAAEAAAD/////|\bSystem\.(?:Windows\.Data\.ObjectDataProvider|Diagnostics\.Process\b"
        r"|Configuration\.Install|Management\.Automation|Data\.(?:Services|DataSet)"
        r"|Security\.Principal\.Windows|Workflow\.ComponentModel|IdentityModel|Web\.UI\.(?:LosFormatter"
        r"|ObjectStateFormatter)|Runtime\.(?:Serialization|Remoting)|Collections\.Hashtable,)"
        r"|\bxmlns:\w*=[\"']clr-namespace:System",
        check=_unless_prose(0.9),
        fires=("AAEAAAD/////AQAAAAAAAAAMAgAAAE", "System.Windows.Data.ObjectDataProvider, PresentationFramework"),
        silent=("System.String, mscorlib", "the System.Diagnostics namespace"),
    ),
    Signature(
        "object-yaml", "deserialize", "yaml",
        r"!!(?:javax?|com\.sun|org\.(?:apache|springframework)|sun)\.[\w.$]+|!ruby/(?:object|hash|struct)"
        r"|!!js/function|!<tag:yaml\.org,2002:js", check=_unless_prose(0.9),
        fires=('!!javax.script.ScriptEngineManager [!!java.net.URL ["http://a.example"]]', "--- !ruby/object:Gem::Installer"),
        silent=("wow!!java is great", "!!str 5"),
    ),
    Signature(
        "object-pickle", "deserialize", "python", r"gA[JN]j[A-Za-z0-9+/]{6}|gA[SW]V[A-Za-z0-9+/]{6}", check=_marked,
        fires=("gANjcG9zaXgKc3lzdGVtCnEA", "gAWVIgAAAAAAAACMBXBvc2l4"), silent=("xgANjcG9zaXgKc3lz", "gANj"),
    ),
    Signature(
        "object-named", "deserialize", "type-name",
        r"\"(?:json_class|\^[oOcu]|__type|javaClass|\$class)\"\s*:\s*\"(?:[A-Z]\w*(?:::\w+)+|javax?\.|com\.sun\."
        r"|org\.(?:apache|springframework|hibernate)\.|System\.)",
        check=_unless_prose(0.85),
        fires=('{"json_class":"Gem::Installer"}', '{"^o":"Gem::Requirement","v":1}', '{"javaClass":"javax.swing.JEditorPane"}'),
        silent=('{"json_class":"Order"}', '{"$class":"org.example.Order"}', '{"__type":"Order:#shop"}'),
    ),
    Signature(
        "object-ruby", "deserialize", "ruby",
        r"\x04\x08[oc\[IuUe]|\bBAhvOg|\bBAhbC|\bBAh[CcIiU][A-Za-z0-9+/]{6}[A-Za-z0-9+/=]+(?:R2Vt|U3RyaW5n" r"|S2VybmVs|RVJC)",
        check=_unless_prose(0.85),
        fires=("BAhvOgtHZW06OlJlcXVpcmVtZW50", "\x04\x08o:\x0bGem"), silent=("BAhx", "\x04\x09"),
    ),
    Signature(
        "object-xml-java", "deserialize", "java",
        r"<(?:java\.[\w.-]+|javax\.[\w.-]+|sorted-set|dynamic-proxy|jdk\.nashorn[\w.-]*|com\.sun[\w.-]+"
        r"|org\.apache[\w.-]+)\s*/?>|class\s*=\s*[\"'](?:java\.beans\.XMLDecoder|java\.lang\.\w+|void" r"|javax?\.[\w.]+)[\"']"
        r"|<void\s+method\s*=|<methodCall>.*<ex:serializable",
        check=_unless_prose(0.9),
        fires=("<sorted-set><string>foo</string><dynamic-proxy>", '<java version="1.8" class="java.beans.XMLDecoder">'),
        silent=("<java>", "<class name='a'>"),
    ),
)  # fmt: skip
