"""Times as the store gives them, to the microseconds that the rest of the house counts in."""

from __future__ import annotations

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def epoch_microseconds(moment: dt.datetime) -> int:
    """Microseconds since 1970 of a datetime with a zone, exactly."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)
