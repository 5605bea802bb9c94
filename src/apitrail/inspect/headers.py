"""Reading the headers of an exchange once, for everybody who asks."""

from __future__ import annotations

from apitrail.model.exchange import Header

Headers = dict[str, str]


def read_headers(headers: tuple[Header, ...]) -> Headers:
    """The headers by lower-case name; of a name sent twice the first value counts, but all cookies are joined."""
    found = dict(headers)
    if len(found) == len(headers):
        return found
    first = dict(reversed(headers))
    if "cookie" in first:
        first["cookie"] = "; ".join(value for name, value in headers if name == "cookie")
    return first
