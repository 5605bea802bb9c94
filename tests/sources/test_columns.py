"""What the columns behind the user agent say."""

from __future__ import annotations

import pytest

from apitrail.sources.columns import EXTRA, Extra


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("", Extra()),
        (' "-" -', Extra()),
        (' "203.0.113.9, 10.0.0.3"', Extra(forwarded="203.0.113.9, 10.0.0.3")),
        (" 0.125", Extra(duration_ms=125.0)),
        (' "3.21"', Extra()),
        (" 2083", Extra()),
        (' 190 "shop@docker" "http://172.17.0.3:80" 12ms', Extra(duration_ms=12.0)),
        (' "a.example" 0.004 0.003', Extra(host="a.example", duration_ms=4.0)),
        (' rt=0.125 uct="0.000" urt="0.124" host="A.example:8080"', Extra(host="a.example:8080", duration_ms=125.0)),
        (" 412 0.004 [default-web-80] [] 10.0.0.5:8080 512 0.003 200 8f7c", Extra(duration_ms=4.0)),
        (' request_time:0.5 xff:"203.0.113.9"', Extra(forwarded="203.0.113.9", duration_ms=500.0)),
    ],
)
def test_columns_are_told_apart_by_how_they_look(text: str, extra: Extra) -> None:
    """Bare fractions are seconds, quoted addresses were forwarded, names with dots are hosts, the rest is unknown."""
    assert EXTRA[text] == extra
