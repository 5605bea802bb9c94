"""A request as text to copy: the same request when it is sent again (A2.3, S4.6)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apitrail.console.request_text import curl, raw, response_head
from apitrail.explore.answers import Request
from apitrail.model.content import Content, Message
from console.test_words import request

pytestmark = pytest.mark.rows("S4.6")

HOSTILE = (
    "plain", "two words", "it's", "''", "'; touch here; '", "$(touch here)", "`touch here`", "${IFS}", "\\", "\\'", '"', "a\nb", "a\r\nb",
    "!!", "-rf", "--help", "@/etc/passwd", "*", "~", "#", "&&", "|", "<script>alert(1)</script>", "\u202ereversed", "😀", "\x1b[31m",
    "%s%n", "\t", "x" * 10_000,
)  # fmt: skip
"""Values that shells, terminals and cURL itself have an opinion about."""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cURL that does nothing but print its arguments, each ended by a NUL."""
    folder = tmp_path_factory.mktemp("bin")
    fake = folder / "curl"
    fake.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\"\n", encoding="utf-8")
    fake.chmod(0o755)
    return folder


def arguments(shell: Path, command: str) -> list[str]:
    """What cURL is given when a shell runs a command; nothing else may happen in the folder."""
    done = subprocess.run(["/bin/sh", "-c", command], cwd=shell, env={"PATH": str(shell)}, capture_output=True, check=True)
    assert done.stderr == b""
    assert [one.name for one in shell.iterdir()] == ["curl"]
    return done.stdout.decode().split("\0")[:-1]


def full(value: str) -> Request:
    """A request with a value at every place."""
    sent = Message((("host", "a.example"), ("user-agent", value), ("x-odd", value), ("content-length", "3")), value)
    found = request(method=value, host="a.example", path=f"/{value}", query=f"q={value}", user_agent=value)
    found.content = Content(sent)
    return found


def expected(value: str) -> list[str]:
    """The arguments that send such a request again, after those that keep cURL from changing it."""
    odd = ["-H", f"X-Odd: {value}"]
    return ["-X", value, f"https://a.example/{value}?q={value}", "-A", value, *odd, "-H", "Content-Type:", "--data-raw", value]


@pytest.mark.parametrize("value", HOSTILE, ids=[ascii(value[:20]) for value in HOSTILE])
def test_a_shell_gives_curl_the_values(shell: Path, value: str) -> None:
    """Hostile: a real shell runs one command, cURL, with exactly the values of the request, and nothing else."""
    found = arguments(shell, curl(full(value)))
    assert found[found.index("-X") :] == expected(value)
    assert set(found[: found.index("-X")]) <= {"--path-as-is", "--globoff"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=60))
def test_a_shell_gives_curl_any_value(shell: Path, value: str) -> None:
    """Hostile: the same for whatever else somebody sends."""
    found = arguments(shell, curl(full(value)))
    assert found[found.index("-X") :] == expected(value)


def with_headers(*headers: tuple[str, str], method: str = "GET", body: str = "") -> Request:
    """A request with these headers."""
    found = request(method=method, host="a.example", path="/")
    found.content = Content(Message(headers, body))
    return found


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (with_headers(("x-empty", "")), ["-X", "GET", "https://a.example/", "-H", "X-Empty;"]),
        (with_headers(("user-agent", "")), ["-X", "GET", "https://a.example/", "-H", "User-Agent;"]),
        (with_headers(("@/etc/passwd", "x"), (":authority", "b.example")), ["-X", "GET", "https://a.example/"]),
        (with_headers(("x-a", "1"), ("x-a", "2")), ["-X", "GET", "https://a.example/", "-H", "X-A: 1", "-H", "X-A: 2"]),
        (with_headers(method="HEAD"), ["--head", "https://a.example/"]),
        (with_headers(("content-type", "a/b"), method="POST", body="x"),
         ["-X", "POST", "https://a.example/", "-H", "Content-Type: a/b", "--data-raw", "x"]),
    ],
    ids=["empty header", "empty user agent", "no header of HTTP", "twice", "HEAD", "its own content type"],
)  # fmt: skip
def test_curl_sends_these_headers(shell: Path, sent: Request, words: list[str]) -> None:
    """The headers that came are sent: empty ones too, none of its own for a body, and it reads no file."""
    assert arguments(shell, curl(sent)) == words


def test_raw() -> None:
    """Raw HTTP has the request line, each header on a line of its own, and the body as it is kept."""
    sent = with_headers(("host", "a.example"), ("x-odd", "a"), method="POST", body="a=1\r\n\r\nGET / HTTP/1.1")
    sent.query = "q=1"
    assert raw(sent) == "POST /?q=1 HTTP/1.1\r\nHost: a.example\r\nX-Odd: a\r\n\r\na=1\r\n\r\nGET / HTTP/1.1"


def test_raw_of_a_log() -> None:
    """Of a line of a log there is what its row says."""
    found = request(method="GET", host="a.example", path="/x", user_agent="b", referer="https://c.example/")
    assert raw(found) == "GET /x HTTP/1.1\r\nHost: a.example\r\nUser-Agent: b\r\nReferer: https://c.example/\r\n\r\n"


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_header_makes_no_second_one(line_end: str) -> None:
    """Hostile: a line end in a value does not look like another header or like the end of them."""
    sent = with_headers(("x-odd", f"a{line_end}Evil: yes{line_end}{line_end}body"))
    assert raw(sent).splitlines() == ["GET / HTTP/1.1", "X-Odd: a", " Evil: yes", " ", " body", ""]
    sent.content = Content(response=Message((("x-odd", f"a{line_end}Evil: yes"),)))
    assert response_head(sent).splitlines() == ["HTTP/1.1 200", "X-Odd: a", " Evil: yes"]
