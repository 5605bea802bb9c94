"""A bounded memory of answers: log lines repeat their seconds, addresses and user agents all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")
MOST = 50_000
LONGEST = 4096
"""Characters of a text that is remembered; longer ones are worked out each time, so that hostile ones cannot fill the memory."""


class Memo(dict[Question, Answer]):
    """A dict that computes what it does not hold; emptied when full, which costs less than keeping an order of use."""

    __slots__ = ("_compute", "_longest", "_most")

    def __init__(self, compute: Callable[[Question], Answer], *, most: int = MOST, longest: int = LONGEST) -> None:
        super().__init__()
        self._compute = compute
        self._most = most
        self._longest = longest

    def __missing__(self, question: Question) -> Answer:
        answer = self._compute(question)
        if isinstance(question, str) and len(question) > self._longest:
            return answer
        if len(self) >= self._most:
            self.clear()
        self[question] = answer
        return answer
