"""What is usual for an endpoint, and what is well above that: the definition, once, and the engine's expressions made of it (S5).

Usual are the median and the 95th percentile of an endpoint's good requests in the retention window: answered well, harmless, and
enough of them. Both are robust: a few odd requests do not move them. A request is well above what is usual when three things hold
together, so that neither a wide spread nor a tiny median marks what nobody would call slow:

- it takes more than `TIMES` the median;
- it takes more than the 95th percentile, which one in twenty does;
- it takes over `LEAST_MS`, or `LEAST_BYTES`, more than the median, which a person or a network can tell.

An endpoint without a 95th percentile has too few samples, and nothing is said of its requests.
"""

from __future__ import annotations

COLUMNS = ("p50_ms", "p95_ms", "timed", "p50_bytes", "p95_bytes", "sized")
"""What the table `baselines` knows of each endpoint: median, 95th percentile and number of samples, of time and of size."""
TIMES = 3
"""Medians that something takes more than to be well above what is usual."""
LEAST_MS = 20
"""Milliseconds above the median that a slow request takes more than."""
LEAST_BYTES = 1024
"""Bytes above the median that a large answer has more than."""


def usual(column: str) -> str:
    """What is known of the endpoint of a row: a column of the table `baselines`, 0 where nothing is.

    The engine remembers which rows a condition holds for. The time of day keeps it from that: the next analysis changes what a
    lookup says.
    """
    return f"joinGet('baselines', '{column}', host, method, endpoint) * (nowInBlock() > 0)"


def ratio(measured: str, unit: str) -> str:
    """How many times the median a row takes, to two decimals; NULL when either is not known."""
    return f"round({measured} / nullIf({usual(f'p50_{unit}')}, 0), 2)"


def above(measured: str, unit: str, least: int) -> str:
    """Whether a row is well above what is usual, 0 or 1.

    The 95th percentile comes first: it is all that the engine looks up for the nineteen of twenty rows below it.
    """
    median, high = usual(f"p50_{unit}"), usual(f"p95_{unit}")
    return f"ifNull({measured} > {high} AND {high} > 0 AND {measured} > greatest({TIMES} * {median}, {median} + {least}), 0)"


_MS, _BYTES = "toFloat64(duration_ms)", "toFloat64(response_bytes)"
DURATION_RATIO = ratio(_MS, "ms")
SIZE_RATIO = ratio(_BYTES, "bytes")
SLOW = above(_MS, "ms", LEAST_MS)
LARGE = above(_BYTES, "bytes", LEAST_BYTES)
