"""Every error apitrail raises on purpose.

ApitrailError
 +-- BadInput           something that came in cannot be read: source, line, reason
 |    +-- RejectedLine  one line or record; it is counted and kept aside, the rest goes in
 |    +-- UnreadableSource  a whole file or stream
 +-- BadQuestion        what was asked is not valid: text, position, nearest word
 |    +-- NotFound      the question is fine, the thing it names is not there
 |    +-- Forbidden     the question is fine, the asker may not ask it
 +-- BrokenMachine      neither: the store, the disk, the network
      +-- StoreLocked   another process owns the store
      +-- StoreFull     the disk is full
      +-- Overloaded    more traffic than can be taken in right now; try again later
"""

from __future__ import annotations


class ApitrailError(Exception):
    """The root of the tree; catching it catches everything above."""


class BadInput(ApitrailError):
    """Something that came in cannot be read."""


class RejectedLine(BadInput):
    """One line or record cannot be read; its message is the reason, in a few words."""


class UnreadableSource(BadInput):
    """A whole file or stream cannot be read."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class BadQuestion(ApitrailError):
    """What was asked is not valid.

    `position` is the offset of the first wrong character in the question's text, `suggestion` the nearest valid word.
    """

    code = "bad_question"

    def __init__(self, message: str, *, position: int | None = None, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.suggestion = suggestion


class NotFound(BadQuestion):
    """The question is fine, the thing it names is not there."""

    code = "not_found"


class Forbidden(BadQuestion):
    """The question is fine, the asker may not ask it."""

    code = "forbidden"


class BrokenMachine(ApitrailError):
    """Neither input nor question: the store, the disk, the network."""


class StoreLocked(BrokenMachine):
    """Another process owns the store."""


class StoreFull(BrokenMachine):
    """The disk is full; what was acknowledged is safe."""


class Overloaded(BrokenMachine):
    """More traffic than can be taken in right now; the sender tries again later."""
