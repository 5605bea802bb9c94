"""Templates: escaped by default, with the words of the console as filters."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from apitrail.access.roles import Person
from apitrail.console import abuse_words, charts, filters, tour, words
from apitrail.console.words import Clock
from apitrail.model.abuse import BOT_TITLES


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of the console."""
    made = Environment(
        loader=PackageLoader("apitrail.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(words.FILTERS)
    made.globals.update(
        spark=charts.spark, meter=charts.meter, percent=words.percent, plural=words.plural, value_title=words.value_title
    )
    made.globals.update(bot_titles=BOT_TITLES, abuse_titles=abuse_words.TYPE_TITLES)
    made.globals.update(
        tour_step=tour.step, mark_title=words.mark_title, evidence_title=words.evidence_title, mended=filters.mended
    )
    return made


def prepare() -> None:
    """Compile every template, so that nobody waits for that; 0.4 s."""
    for name in environment().list_templates():
        environment().get_template(name)


DEFAULTS: dict[str, Any] = {"live": False, "title": "Sessions", "problem": None, "secret": "", "view": None, "opened": None}


def page(template: str, person: Person | None, clock: Clock, *, status: int = 200, **content: Any) -> HTMLResponse:
    """A template with its content, for a person, in the viewer's time zone."""
    given = {**DEFAULTS, "person": person, "clock": clock, **content}
    return HTMLResponse(environment().get_template(template).render(given), status)
