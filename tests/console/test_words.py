"""How numbers and values are said."""

from __future__ import annotations

import shlex

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.console.discovery_words import lower_first
from apitrail.console.request_text import curl
from apitrail.console.words import compact, milliseconds, percent, size, value_title
from apitrail.explore.answers import Request


@pytest.mark.rows("S3.3")
@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (950, "950"), (999, "999"), (1000, "1K"), (3720, "3.72K"), (45_678, "45.7K"), (999_499, "999K"), (999_600, "1M"),
     (999_999, "1M"), (1_234_567, "1.23M"), (999_999_999, "1G"), (5e12, "5T")],
)  # fmt: skip
def test_compact(number: float, words: str) -> None:
    """S3.3: a count in three digits."""
    assert compact(number) == words


@pytest.mark.rows("S3.3")
@given(st.integers(0, 10**14))
def test_compact_is_short(number: int) -> None:
    """S3.3: no count takes more than six characters, and none is written with an exponent."""
    assert len(compact(number)) <= 6
    assert "e" not in compact(number)


@pytest.mark.rows("S4.4")
@pytest.mark.parametrize(
    ("count", "words"), [(None, "–"), (0, "0 B"), (999, "999 B"), (1200, "1.2 KB"), (999_999, "1 MB"), (7_000_000_000, "7 GB")]
)
def test_size(count: int | None, words: str) -> None:
    """S4.4: a size in a unit that people read."""
    assert size(count) == words


@pytest.mark.rows("S4.4")
@pytest.mark.parametrize(("value", "words"), [(None, "–"), (0.04, "0.0"), (9.96, "10.0"), (12.3, "12"), (30_000.0, "30,000")])
def test_milliseconds(value: float | None, words: str) -> None:
    """S4.4: a time in ms."""
    assert milliseconds(value) == words


@pytest.mark.rows("D5")
@pytest.mark.parametrize(
    ("title", "words"), [("Card number", "card number"), ("IBAN", "IBAN"), ("E-mail address", "e-mail address"), ("", "")]
)
def test_a_title_in_a_sentence(title: str, words: str) -> None:
    """D5: a title begins small within a sentence, an abbreviation does not."""
    assert lower_first(title) == words


@pytest.mark.rows("S4.2")
@pytest.mark.parametrize(
    ("part", "words"), [(0, "0 %"), (1, "<1 %"), (500, "50 %"), (999, ">99 %"), (1000, "100 %"), (1012, "100 %")]
)
def test_percent(part: int, words: str) -> None:
    """S4.2: a share, never rounded to none or all."""
    assert percent(part, 1000) == words


@pytest.mark.rows("S3.2")
@pytest.mark.parametrize(
    ("word", "value", "title"),
    [("status", "404", "404 Not Found"), ("status", "0", "not known"), ("status", "799", "799"), ("country", "DE", "Germany"),
     ("country", "??", "??"), ("attack", "sqli", "SQL injection"), ("attack", "new", "new"), ("host", "<b>", "<b>")],
)  # fmt: skip
def test_titles(word: str, value: str, title: str) -> None:
    """S3.2: values that are codes are shown by name."""
    assert value_title(word, value) == title


def request(**members: str) -> Request:
    """A request with some members set."""
    empty = dict.fromkeys(Request.__struct_fields__, "")
    numbers = {
        "status": 200,
        "duration_ms": None,
        "request_bytes": None,
        "response_bytes": None,
        "duration_ratio": None,
        "size_ratio": None,
        **dict.fromkeys(("usual_ms", "p95_ms", "usual_bytes", "p95_bytes")),
        "duration_samples": 0,
        "size_samples": 0,
    }
    lists = {"attacks": [], "flows": [], "verdicts": [], "context": {}, "blocked": False, "slow": False, "large": False}
    lists |= {"rpc_methods": [], "primitives": [], "arguments": {}, "overlimit": [], "content": None}
    return msgspec.convert({**empty, **numbers, **lists, **members}, Request)


@pytest.mark.rows("S4.6")
@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",))), st.text(max_size=20))
def test_curl_is_safe_in_a_shell(path: str, agent: str) -> None:
    """S4.6: whatever is in a request, its cURL command is one command with the same words."""
    words = shlex.split(curl(request(method="GET", host="a.example", path=f"/{path}", user_agent=agent)))
    assert words[words.index("-X") + 1 :] == ["GET", f"https://a.example/{path}", *(["-A", agent] if agent else [])]
    assert set(words[1 : words.index("-X")]) <= {"--path-as-is", "--globoff"}


@pytest.mark.rows("S4.6")
def test_curl_sends_it_as_it_was() -> None:
    """S4.6: cURL neither tidies dots up nor takes brackets for patterns."""
    command = shlex.split(curl(request(method="GET", host="a.example", path="/../etc/{passwd}")))
    assert command[:3] == ["curl", "--path-as-is", "--globoff"]
