"""Lines of a log are judged as whole requests are: by what was asked, how it was answered, and whether a page led there."""

from __future__ import annotations

import pytest

from apitrail.inspect.rows import Inspector, Recipe
from apitrail.sources import clf

INSPECTOR = Inspector(Recipe(b"k" * 32))


def kinds(request: str, status: int, referer: str = "-") -> list[str]:
    """The types of attack of a line, as they are stored."""
    line = f'192.0.2.7 - - [10/Oct/2025:13:55:36 +0000] "{request}" {status} 512 "{referer}" "Mozilla/5.0"'
    stored: list[str] = INSPECTOR.rows([clf.parse(line)])["attack_types"][0].as_py()
    return stored


@pytest.mark.parametrize(("status", "referer", "expected"), [
    (404, "-", ["scanner"]), (403, "-", ["scanner"]), (200, "-", []), (302, "-", []), (404, "https://a.example/help", []),
])  # fmt: skip
def test_a_path_of_a_product_is_judged_by_its_answer(status: int, referer: str, expected: list[str]) -> None:
    """Asked for out of nowhere and not there: a probe. There, or linked by a page: an owner's own product, a broken link."""
    for _ in range(2):
        assert kinds("GET /nacos/ HTTP/1.1", status, referer) == expected


@pytest.mark.parametrize("request_line", ["CONNECT mail.example:25 HTTP/1.1", "GET http://else.example/ HTTP/1.1", "GET / HTTP/1.3",
                                          "TRACE / HTTP/1.1"])  # fmt: skip
def test_an_odd_first_line_is_found(request_line: str) -> None:
    """A tunnel, the URL of another host, a version that there is not and a method that debugs are found in lines too."""
    assert kinds("GET / HTTP/1.1", 400) == []
    assert kinds(request_line, 400) == ["scanner"]


@pytest.mark.parametrize(
    "request_line", ["-", "\\x16\\x03\\x01\\x02", "", "GET / HTTP/1.0", "HEAD / HTTP/2.0", "PROPFIND /dav/ HTTP/1.1"]
)
def test_connections_without_a_request_are_silent(request_line: str) -> None:
    """A client that spoke TLS or waited too long asked for nothing."""
    assert kinds(request_line, 408) == []
