"""What every answer of the API needs from the request: the store, who asks, the question, and nothing it does not know."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response

from apitrail.access.roles import VIEWER, Person, require
from apitrail.access.tokens import Tokens
from apitrail.errors import BadQuestion
from apitrail.query import text
from apitrail.query.interval import interval
from apitrail.query.tree import Question
from apitrail.store import Store


def store_of(request: Request) -> Store:
    """The store of this server."""
    return request.app.state.store  # type: ignore[no-any-return]


def tokens_of(request: Request) -> Tokens:
    """The tokens that the gate knows, so that a new or revoked one counts at once."""
    return request.app.state.tokens  # type: ignore[no-any-return]


def person_of(request: Request) -> Person:
    """Who asks; the gate let nobody else through."""
    return request.state.person  # type: ignore[no-any-return]


def at_least(role: str) -> Callable[[Request], None]:
    """A dependency that lets in this role and higher ones."""

    def check(request: Request) -> None:
        require(person_of(request), role)

    return check


def only_known(request: Request) -> None:
    """A parameter that this address does not have is an error: a filter with a typing mistake must not widen the answer."""
    known = {parameter.alias for parameter in _all_query_params(request.scope["route"].dependant)}
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if given.count(name) > 1:
            raise BadQuestion(f"the parameter {name[:40]!r} is there more than once", position=0)
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known)) or 'none'}"
            raise BadQuestion(f"there is no parameter {name[:40]!r} here{hint}", position=0, suggestion=near[0] if near else None)


def _all_query_params(dependant: Any) -> list[Any]:
    return [*dependant.query_params, *(param for inner in dependant.dependencies for param in _all_query_params(inner))]


Filter = Annotated[str, Query(description="General filters, such as `status:5xx host:*.shop.example -method:GET`.")]
Start = Annotated[str, Query(alias="from", description="Start, included: ISO 8601, `-24h`, `today`; open when empty.")]
End = Annotated[str, Query(alias="to", description="End, excluded; open when empty.")]
InSession = Annotated[str, Query(description="In-session filters.")]


def general(q: Filter = "", start: Start = "", end: End = "") -> Question:
    """The question of general filters and interval."""
    return Question(text.parse(q), interval(start, end))


def within(q: Filter = "", sq: InSession = "", start: Start = "", end: End = "") -> Question:
    """The question that has in-session filters too."""
    return Question(text.parse(q), interval(start, end), text.parse(sq))


General = Annotated[Question, Depends(general)]
Within = Annotated[Question, Depends(within)]
TheStore = Annotated[Store, Depends(store_of)]
TheTokens = Annotated[Tokens, Depends(tokens_of)]
ThePerson = Annotated[Person, Depends(person_of)]
Viewer = [Depends(at_least(VIEWER)), Depends(only_known)]


def json(answer: object, status: int = 200) -> Response:
    """An answer as JSON."""
    return Response(msgspec.json.encode(answer), status, media_type="application/json")


def shows(kind: Any) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of an answer of a type."""
    schemas, parts = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    DESCRIBED.update(parts)
    return {200: {"content": {"application/json": {"schema": schemas[0]}}}}


def takes(kind: Any) -> dict[str, Any]:
    """The OpenAPI description of a JSON body of a type."""
    schema = shows(kind)[200]["content"]
    return {"requestBody": {"required": True, "content": schema}}


DESCRIBED: dict[str, Any] = {}
"""Schemas of all answers, for the components of the OpenAPI document."""
