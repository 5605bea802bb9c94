"""The addresses under /api/v1 for machines: traffic in, the analysis, health, metrics, tokens."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from apitrail.access.roles import ADMIN, SENDER, VIEWER
from apitrail.access.tokens import shown
from apitrail.analyze.running import Analysis
from apitrail.analyze.running import analyze as run_analysis
from apitrail.api.asking import ThePerson, TheStore, TheTokens, at_least, json, only_known, shows
from apitrail.api.body import read_body
from apitrail.errors import BadQuestion, Overloaded
from apitrail.explore.discovery.rules import rules
from apitrail.ingest.live import Intake, Receipt, read_records

router = APIRouter(dependencies=[Depends(only_known)])

SHOWN_REJECTS = 100


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """What a new token is to be."""

    name: str
    role: str = VIEWER


@router.post("/ingest", dependencies=[Depends(at_least(SENDER))])
async def ingest(request: Request) -> Response:
    """Exchange records as NDJSON, plain, gzip or zstd; answers when they are safe, 503 when it is too much at once."""
    intake: Intake = request.app.state.intake
    if intake.waiting > request.app.state.ingest_queue:
        raise Overloaded("too many exchanges are waiting for the store; send again later")
    body = await read_body(request, request.app.state.ingest_body_bytes)
    receipt = await run_in_threadpool(_take, intake, body)
    status = 400 if receipt.read and receipt.rejected == receipt.read else 200
    return json(_receipt(receipt), status)


def _take(intake: Intake, body: bytes) -> Receipt:
    exchanges, lines, receipt = read_records(body)
    return intake.take(exchanges, receipt, lines) if exchanges else receipt


def _receipt(receipt: Receipt) -> dict[str, Any]:
    counts = {name: getattr(receipt, name) for name in ("read", "stored", "duplicates", "rejected")}
    rejects = [{"line": reject.line, "reason": reject.reason} for reject in receipt.rejects[:SHOWN_REJECTS]]
    answer: dict[str, Any] = {**counts, "rejects": rejects}
    if receipt.read and receipt.rejected == receipt.read:
        answer["error"] = {"code": "bad_input", "message": f"no record could be stored: {receipt.rejects[0].reason}"}
    return answer


@router.post("/analyze", dependencies=[Depends(at_least(ADMIN))], responses=shows(Analysis))
def analyze(request: Request, store: TheStore) -> Response:
    """Run the analysis across exchanges to its end now, after one that runs already; what it did."""
    return json(run_analysis(store, rules(request.app.state.settings)))


@router.get("/health")
def health() -> Response:
    """Whether the server is up; the only address that answers without a token."""
    return json({"status": "ok"})


@router.get("/metrics", dependencies=[Depends(at_least(VIEWER))])
def metrics(request: Request, store: TheStore) -> PlainTextResponse:
    """Counters for Prometheus."""
    intake: Intake = request.app.state.intake
    found = store.rows("SELECT sum(requests) AS requests, sum(attacks) AS attacks FROM minutes")[0]
    lines = (
        ("apitrail_stored_requests", "gauge", "Requests in the store.", found["requests"]),
        ("apitrail_stored_attacks", "gauge", "Requests in the store in which an attack was found.", found["attacks"]),
        ("apitrail_ingested_total", "counter", "Requests stored since the server started.", intake.stored),
        ("apitrail_dropped_total", "counter", "Requests dropped because the store was too slow.", intake.dropped),
        ("apitrail_waiting", "gauge", "Requests that wait for the store.", intake.waiting),
    )
    text = "".join(f"# HELP {name} {words}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, words, value in lines)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/tokens", dependencies=[Depends(at_least(ADMIN))])
def list_tokens(tokens: TheTokens) -> Response:
    """Every valid token, without its secret."""
    return json([shown(token) for token in tokens.all()])


@router.post("/tokens", dependencies=[Depends(at_least(ADMIN))], status_code=201)
async def create_token(request: Request, tokens: TheTokens, person: ThePerson) -> Response:
    """A new token; its secret is in this answer and nowhere else."""
    try:
        wanted = msgspec.json.decode(await request.body(), type=NewToken)
    except msgspec.DecodeError as error:
        raise BadQuestion(str(error)) from error
    secret, token = await run_in_threadpool(tokens.create, wanted.name, wanted.role, author=person.name)
    return json({**shown(token), "token": secret}, 201)


@router.delete("/tokens/{token_id}", dependencies=[Depends(at_least(ADMIN))])
def revoke_token(token_id: str, tokens: TheTokens, person: ThePerson) -> Response:
    """Make a token invalid."""
    tokens.revoke(token_id, author=person.name)
    return json({"revoked": token_id})
