"""Bodies as structures: every character set, every way to be broken; None or nothing instead of an error."""

from __future__ import annotations

import codecs
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.points.structures import (
    BODY_LIMIT,
    FIELDS_LIMIT,
    PART_BYTES,
    PARTS_LIMIT,
    cookies_of,
    encoding_of,
    form_of,
    json_of,
    multipart_of,
    text_of,
    xml_of,
)
from pointing import found, multipart

NAMED = '{"name":"é"}'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (NAMED.encode(), "application/json"),
        (NAMED.encode(), "application/json; charset=latin-1"),
        (codecs.BOM_UTF8 + NAMED.encode(), ""),
        (NAMED.encode("latin-1"), "application/json; charset=iso-8859-1"),
        (NAMED.encode("latin-1"), 'application/json; CHARSET = "ISO_8859-1"'),
        (NAMED.encode("cp1252"), "application/json;charset='windows-1252'"),
        (NAMED.encode("utf-16"), "application/json"),
        (NAMED.encode("utf-16"), "application/json; charset=utf-8"),
        (NAMED.encode("utf-16-le"), "application/json"),
        (NAMED.encode("utf-16-be"), "application/json"),
        (NAMED.encode("utf-16-le"), "application/json; charset=utf-16"),
        (NAMED.encode("utf-16-be"), "application/json; charset=UTF-16"),
        (NAMED.encode("utf-16-be"), "application/json; charset=utf-16be"),
        (codecs.BOM_UTF16_BE + NAMED.encode("utf-16-be"), "application/json"),
    ],
)
def test_json_in_any_character_set(body: bytes, kind: str) -> None:
    """A byte order mark tells first, then the character set that is named, then the look of the first bytes, else UTF-8."""
    assert json_of(body, kind) == {"name": "é"}
    assert found("request.body.json.name", body, headers=(("content-type", kind),)) == ["é"]


@pytest.mark.parametrize("name", ["gb18030", "Shift_JIS", "euc-jp", "EUC-KR", "big5", "windows-1251", "koi8-r"])
def test_other_character_sets_are_read_too(name: str) -> None:
    """Those of languages with other letters."""
    text = {"windows-1251": "я", "koi8-r": "я", "EUC-KR": "한"}.get(name, "日")
    assert json_of(f'{{"a":"{text}"}}'.encode(name), f"application/json; charset={name}") == {"a": text}


@pytest.mark.parametrize("name", ["rot13", "zip", "bz2", "hex", "base64", "idna", "unicode_escape", "raw_unicode_escape", "punycode", "utf-7",
                                  "nothing", "x" * 1000, "ü", "../x", "utf-8;x"])  # fmt: skip
def test_what_is_no_character_set_of_the_web_means_utf_8(name: str) -> None:
    """Other names that Python knows do other things than decode; they are not even looked up."""
    assert encoding_of(NAMED.encode(), f"text/plain; charset={name}") == "utf_8"
    assert json_of(NAMED.encode(), f"text/plain; charset={name}") == {"name": "é"}


def test_bytes_that_are_wrong_in_their_character_set_are_replaced() -> None:
    """One wrong byte does not hide the rest of a body."""
    assert json_of(b'{"a":"x\xff","b":1}', "application/json") == {"a": "x\ufffd", "b": 1}
    assert text_of(b"a\xff", "text/plain") == "a\ufffd"
    assert json_of(NAMED.encode("utf-16-le") + b"\x00", "") is None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'  {"a":1}\r\n', {"a": 1}),
        (b'"text"', "text"),
        (b"7", 7),
        (b"", None),
        (b"{", None),
        (b'{"a":1}{"a":2}', None),
        (b"[" * 100_000 + b"]" * 100_000, None),
        (b'{"a":' * 100_000, None),
        (b"9" * 100_000, None),
        (b"[1e999]", None),
        (b'{"a":"\\ud800"}', None),
        (b'{"a":' + b" " * BODY_LIMIT + b"1}", None),
        (b"\xff" * 100, None),
    ],
)
def test_json_is_read_or_is_none(body: bytes, value: object) -> None:
    """Of a name given twice the last counts; what is broken, too deep, too large or no JSON is None."""
    assert json_of(body) == value


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(codec="utf-8")),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner), max_leaves=15),
       st.sampled_from(("utf-8", "utf-16", "utf-16-le", "utf-16-be")), st.booleans())  # fmt: skip
def test_json_is_what_the_standard_library_reads(value: object, encoding: str, ascii_only: bool) -> None:
    """In every encoding of Unicode, with escapes or without."""
    document = json.dumps({"a": value}, ensure_ascii=ascii_only)
    assert json_of(document.encode(encoding), f"application/json; charset={encoding}") == json.loads(document)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_no_bytes_break_a_structure(body: bytes, kind: str) -> None:
    """Any body under any content type is some structure, or none."""
    json_of(body, kind)
    xml_of(body, kind)
    xml_of(b"<a>" + body + b"</a>", kind)
    multipart_of(body, f"multipart/form-data; boundary={kind}")
    assert isinstance(text_of(body, kind), str)


def test_forms_and_cookies_are_bounded() -> None:
    """So many fields are read, the rest is left."""
    assert len(form_of("&".join(f"a{n}=1" for n in range(5000)))) == FIELDS_LIMIT
    assert len(cookies_of("; ".join(f"a{n}=1" for n in range(5000)))) == FIELDS_LIMIT
    assert form_of("a=" + "x" * (2 * BODY_LIMIT))[0][1].count("x") == BODY_LIMIT - 2


@pytest.mark.parametrize(
    "attack",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a PUBLIC "-//X" "http://127.0.0.1:1/x.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><a/>',
        b"<!DOCTYPE a><a>x</a>",
        b'<!DOCTYPE l [<!ENTITY a "' + b"x" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]><a>' + b"&b;" * 1000 + b"</a>",
        b"<a>&undefined;</a>",
        b'<a b="1" b="2"/>',
        b"<a><b></a>",
        b"<a/><b/>",
        b'<?xml version="1.0" encoding="rot13"?><n:a/>',
        b"<a>" * 100,
        b"<a>" + b"x" * BODY_LIMIT + b"</a>",
        b"no xml",
        b"",
    ],
)
def test_xml_that_attacks_or_is_broken_is_none(attack: bytes) -> None:
    """A document type or an entity is refused unread; nothing is ever fetched."""
    assert xml_of(attack) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"), ""),
        ("<a>é</a>".encode("latin-1"), "text/xml; charset=latin-1"),
        ('<?xml version="1.0" encoding="utf-8"?><a>é</a>'.encode("latin-1"), "text/xml; charset=iso-8859-1"),
        ('<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16"), "text/xml"),
        ("<a>é</a>".encode("utf-16-be"), "text/xml"),
        (codecs.BOM_UTF8 + "<a>é</a>".encode(), "text/xml"),
        ('<?xml version="1.0" encoding="shift_jis"?><a>日</a>'.encode("shift_jis"), "text/xml"),
        ('<?xml version="1.0" encoding="nothing-1"?><a>é</a>'.encode(), "text/xml"),
    ],
)
def test_xml_in_any_character_set(body: bytes, kind: str) -> None:
    """What the transport says comes before what the document says of itself."""
    assert xml_of(body, kind).text in {"é", "日"}


@pytest.mark.parametrize(
    ("body", "kind", "pairs"),
    [
        (multipart(("a", b"1"))[0], "multipart/form-data", []),
        (multipart(("a", b"1"))[0], "multipart/form-data; boundary=", []),
        (multipart(("a", b"1"))[0], "multipart/form-data; boundary=YY", []),
        (multipart(("a", b"1"))[0], "multipart/form-data; boundary=" + "X" * 300, []),
        (multipart(("a", b"1"))[0], 'Multipart/Form-Data; x="y;z"; Boundary="XX"; q', [("a", "1")]),
        (multipart(("a", b"1"), ("b", b"2"))[0][:-9], "multipart/form-data; boundary=XX", [("a", "1")]),
        (b"preamble\r\n" + multipart(("a", b"1"))[0], "multipart/form-data; boundary=XX", []),
        (multipart(("a", b"1"))[0] + b"epilogue", "multipart/form-data; boundary=XX", [("a", "1")]),
        (b"--XX\r\n\r\nno name\r\n--XX--\r\n", "multipart/form-data; boundary=XX", []),
        (b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n", "multipart/form-data; boundary=XX", []),
        (b'--XX\r\nContent-Disposition: form-data; name=""\r\n\r\nx\r\n--XX--\r\n', "multipart/form-data; boundary=XX", [("", "x")]),
        (b"--XX\r\nCONTENT-disposition: form-data; NAME=a\r\n\r\nx\r\n--XX--\r\n", "multipart/form-data; boundary=XX", [("a", "x")]),
        (b'--XX\r\nX-A: "\r\nContent-Disposition: form-data; name="a;b"\r\n\r\n\r\n--XX--', "multipart/form-data; boundary=XX", [("a;b", "")]),
        (b"--XX\r\nbad header\r\n\r\nx\r\n--XX--\r\n", "multipart/form-data; boundary=XX", []),
        (b"--XX\nContent-Disposition: form-data; name=a\n\nx\n--XX--\n", "multipart/form-data; boundary=XX", []),
        (b"", "multipart/form-data; boundary=XX", []),
    ],
)  # fmt: skip
def test_multipart_bodies_whole_and_broken(body: bytes, kind: str, pairs: list[tuple[str, str]]) -> None:
    """What came whole before the first error is there; without a boundary, nothing is."""
    assert multipart_of(body, kind) == pairs


def test_multipart_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """Huge part counts, huge parts, huge headers: so much is kept, and the log stays silent."""
    body, headers = multipart(*((f"f{number}", b"x") for number in range(3000)))
    assert len(multipart_of(body, headers[0][1])) == PARTS_LIMIT
    body, headers = multipart(("a", b"x" * 500_000))
    assert multipart_of(body, headers[0][1]) == [("a", "x" * PART_BYTES)]
    body, headers = multipart(("n" * 500_000, b"x"), ("a", b"1"))
    assert multipart_of(body, headers[0][1]) == []
    with caplog.at_level(logging.DEBUG):
        multipart_of(b"--XX\r\nbad header\r\n\r\nhunter2", "multipart/form-data; boundary=XX")
    assert caplog.records == []


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_characters='"\\;\r\n'), min_size=1, max_size=8), st.binary(max_size=50)), max_size=5))  # fmt: skip
def test_multipart_fields_are_those_that_were_sent(parts: list[tuple[str, bytes]]) -> None:
    """Names and values come back as they were put in."""
    parts = [(name, value) for name, value in parts if b"--XX" not in value]
    body, headers = multipart(*parts)
    assert multipart_of(body, headers[0][1]) == [(name, value.decode("utf-8", "replace")) for name, value in parts]
