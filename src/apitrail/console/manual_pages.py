"""The addresses of the manual."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import FileResponse, Response

from apitrail.console import manual
from apitrail.console.asking import TheClock, ThePerson, person_of
from apitrail.console.templating import page

router = APIRouter(include_in_schema=False)


@router.get(manual.ADDRESS)
def shown(clock: TheClock, person: ThePerson, q: str = "") -> Response:
    """The contents, or what is found of some words."""
    if q.strip():
        return page("manual_search.html", person, clock, title="Docs", q=q, hits=manual.search(q[:200]))
    return _page(manual.INDEX, clock, person)


@router.get(f"{manual.ADDRESS}/images/{{name}}", dependencies=[Depends(person_of)])
def picture(name: str) -> Response:
    """A picture of the manual."""
    return FileResponse(manual.picture(name), media_type="image/png")


@router.get(f"{manual.ADDRESS}/{{name:path}}")
def one(clock: TheClock, person: ThePerson, name: str) -> Response:
    """A page of the manual."""
    return _page(name, clock, person)


def _page(name: str, clock: TheClock, person: ThePerson) -> Response:
    return page("manual.html", person, clock, title="Docs", q="", manual=manual.read(name))
