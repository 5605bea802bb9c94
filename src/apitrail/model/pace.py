"""What is usual for an endpoint, and what is well above that: the definition, once, and the engine's expressions made of it (S5).

Usual are the median and the 95th percentile of an endpoint's good requests in the retention window: answered well, harmless, and
enough of them. Both are robust: a few odd requests do not move them. A request is well above what is usual when three things hold
together, so that neither a wide spread nor a tiny median marks what nobody would call slow:

- it takes more than `TIMES` the median;
- it takes more than the 95th percentile, which one in twenty does;
- it takes `LEAST_MS`, or `LEAST_BYTES`, more than the median, which a person or a network can tell.

An endpoint without a 95th percentile has too few samples, and nothing is said of its requests.
"""

from __future__ import annotations

COLUMNS = ("p50_ms", "p95_ms", "timed", "p50_bytes", "p95_bytes", "sized")
"""What the table `baselines` knows of each endpoint: median, 95th percentile and number of samples, of time and of size."""
TIMES = 3
"""Medians that something takes at least to be well above what is usual."""
LEAST_MS = 20
"""Milliseconds that a slow request takes at least above the median."""
LEAST_BYTES = 1024
"""Bytes that a large answer has at least above the median."""


def usual(column: str) -> str:
    """What is known of the endpoint of a row: a column of the table `baselines`, 0 where nothing is."""
    return f"joinGet('baselines', '{column}', host, method, endpoint)"


def ratio(measured: str, unit: str) -> str:
    """How many times the median a row takes, to two decimals; NULL when either is not known."""
    return f"round({measured} / nullIf({usual(f'p50_{unit}')}, 0), 2)"


def above(measured: str, unit: str, least: int) -> str:
    """Whether a row is well above what is usual, 0 or 1.

    Without AND: the engine would look up row by row what it else looks up for many rows together, which takes twice as long.
    """
    median, high = usual(f"p50_{unit}"), usual(f"p95_{unit}")
    limit = f"greatest({high}, {TIMES} * {median}, {median} + {least})"
    return f"bitAnd(ifNull({measured} > {limit}, 0), {high} > 0)"


_MS, _BYTES = "toFloat64(duration_ms)", "toFloat64(response_bytes)"
DURATION_RATIO = ratio(_MS, "ms")
SIZE_RATIO = ratio(_BYTES, "bytes")
SLOW = above(_MS, "ms", LEAST_MS)
LARGE = above(_BYTES, "bytes", LEAST_BYTES)
