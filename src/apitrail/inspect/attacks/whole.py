"""Attacks that show in a request as a whole: in its shape, its headers together, its members and files (A1.2)."""

from __future__ import annotations

from apitrail.inspect.attacks.families import (
    bombs,
    graphql,
    headers,
    members,
    parameter_names,
    path_spelling,
    request_lines,
    uploads,
)
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.points.extracting import Reading

CHECKS = (
    graphql.look,
    bombs.look,
    headers.look,
    members.look,
    parameter_names.look,
    path_spelling.look,
    request_lines.look,
    uploads.look,
)
"""Every check of a whole request."""


def whole_request_hits(reading: Reading) -> list[Hit]:
    """What the checks of a whole request find in it; not yet weighed against each other."""
    return [found for check in CHECKS for found in check(reading)]
