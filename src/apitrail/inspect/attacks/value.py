"""One value of a request: a text, where it stands, and by which decoders it was found."""

from __future__ import annotations

from typing import NamedTuple

from apitrail.model.point import Decoder, Point, Steps


class Value(NamedTuple):
    """A text that an application would see, and where it stands."""

    text: str
    side: str
    place: str
    steps: Steps
    decoders: tuple[Decoder, ...] = ()
    is_name: bool = False
    """Whether the text is a name (of a parameter, of a member), not what stands under it."""

    @property
    def point(self) -> str:
        """The point of the value as it is written."""
        return str(Point(self.side, self.place, self.steps, self.decoders))

    @property
    def name(self) -> str:
        """The name under which an application reads it: of a parameter, a member, a header, a claim; nothing when it has none."""
        steps = self.decoders[-1].steps if self.decoders and self.decoders[-1].steps else self.steps
        return str(steps[-1]) if steps else ""
