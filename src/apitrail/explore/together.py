"""Questions that do not wait for each other: most of what a small one takes is planning, and processors plan side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 4
"""Questions of one page that are asked at the same time, at most."""


def together() -> ThreadPoolExecutor:
    """A context within which `submit` asks at once and `result` waits; at its end every question has been answered.

    One may stand within another: each has threads of its own, which end with it.
    """
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="question")
