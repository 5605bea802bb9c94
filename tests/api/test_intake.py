"""POST /api/v1/ingest over real HTTP: every way of sending, exactly once, and a clear no to what is too much."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from backports import zstd

from serving import Served

pytestmark = pytest.mark.rows("L1")

URL = "/api/v1/ingest"
NOW = int(time.time())


def record(number: int, **more: Any) -> dict[str, Any]:
    """A record with a time of its own."""
    return {"method": "GET", "url": f"https://api.example/n/{number}", "time": NOW - number, "client_ip": "203.0.113.7", **more}


def body(*records: dict[str, Any]) -> bytes:
    """Records as NDJSON."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def post(served: Served, content: bytes, **headers: str) -> httpx.Response:
    """Send a body as a sender."""
    with served.client("sender") as client:
        return client.post(URL, content=content, headers=headers)


def stored(served: Served, source: str) -> int:
    """How many requests of a source there are."""
    found = served.store.ask("SELECT count() AS n FROM requests WHERE source = {s:String}", {"s": source})
    return int(found["n"].to_pylist()[0])


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", PACKS)
def test_a_body_is_stored_and_its_retry_is_not(served: Served, encoding: str) -> None:
    """Plain, gzip or zstd: the answer counts what is safe, and the same body again stores nothing twice."""
    content = PACKS[encoding](body(*(record(n, source=encoding) for n in range(200))))
    first, again = (post(served, content, **{"Content-Encoding": encoding}) for _ in range(2))
    assert first.json() == {"read": 200, "stored": 200, "duplicates": 0, "rejected": 0, "rejects": []}
    assert again.json() == {"read": 200, "stored": 0, "duplicates": 200, "rejected": 0, "rejects": []}
    assert stored(served, encoding) == 200


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_body_of_several_compressed_pieces_is_read_to_its_end(served: Served, encoding: str) -> None:
    """Compressed files may be joined; nothing of what follows the first piece is lost in silence."""
    pieces = [PACKS[encoding](body(record(n, source=f"joined {encoding}"))) for n in range(3)]
    answer = post(served, b"".join(pieces), **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["stored"]) == (200, 3)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("damage", ["cut", "garbage", "tail"])
def test_a_broken_body_is_a_400(served: Served, encoding: str, damage: str) -> None:
    """A body that was cut off or damaged is refused as a whole, so that the sender knows and sends it again."""
    packed = PACKS[encoding](body(*(record(n, source="broken", x=f"{n * 7919}") for n in range(50))))
    broken = {"cut": packed[: len(packed) // 2], "garbage": b"not compressed", "tail": packed + b"more"}[damage]
    answer = post(served, broken, **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_question")
    assert stored(served, "broken") == 0


@pytest.mark.parametrize("encoding", PACKS)
def test_a_bomb_is_a_413(served: Served, encoding: str) -> None:
    """A body beyond the limit after decompression is refused before it is unfolded."""
    answer = post(served, PACKS[encoding](b" " * (3 << 20)), **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_an_unknown_encoding_is_a_415(served: Served) -> None:
    """What cannot be unpacked is said to be so."""
    answer = post(served, zlib.compress(body(record(1))), **{"Content-Encoding": "deflate"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_encoding")


def test_bad_lines_are_named_and_the_others_stored(served: Served) -> None:
    """Each line that cannot be stored is told with its number and reason; the rest goes in."""
    lines = [
        body(record(1, source="mixed")), b"\n", b"not json\n", b'{"url":"/x"}\n', b"\xff\xfe\0\n", body(record(-3600, source="mixed")),
        body(record(2, source="mixed")).rstrip(),
    ]  # fmt: skip
    answer = post(served, b"".join(lines)).json()
    assert (answer["read"], answer["stored"], answer["rejected"]) == (6, 2, 4)
    assert [reject["line"] for reject in answer["rejects"]] == [3, 4, 5, 6]
    assert "future" in answer["rejects"][3]["reason"]
    assert stored(served, "mixed") == 2


@pytest.mark.parametrize("content", [b"nothing of this\nis a record\n", body(record(-9000))])
def test_a_body_of_which_nothing_can_be_stored_is_a_400(served: Served, content: bytes) -> None:
    """The sender hears that all of it was wrong, with the counts."""
    answer = post(served, content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")
    assert answer.json()["rejected"] == answer.json()["read"] > 0


@pytest.mark.parametrize("content", [b"", b"\n\n \n"])
def test_an_empty_body_is_nothing(served: Served, content: bytes) -> None:
    """No lines are no error."""
    assert post(served, content).json() == {"read": 0, "stored": 0, "duplicates": 0, "rejected": 0, "rejects": []}


def test_records_with_ids_of_their_own_are_stored_once(served: Served) -> None:
    """An id makes a record the same record, in whatever body it comes."""
    assert post(served, body(record(1, id="own-1", source="own"), record(2, id="own-2", source="own"))).json()["stored"] == 2
    answer = post(served, body(record(3, id="own-3", source="own"), record(2, id="own-2", source="own"))).json()
    assert (answer["stored"], answer["duplicates"]) == (1, 1)
    assert stored(served, "own") == 3


def test_a_record_without_a_time_happened_now(served: Served) -> None:
    """Without a time the record is dated at arrival."""
    before = time.time()
    post(served, body({"method": "GET", "url": "https://api.example/now", "source": "now"}))
    found = served.store.ask("SELECT toUnixTimestamp64Micro(time) AS t FROM requests WHERE source = 'now'")["t"].to_pylist()
    assert before - 1 <= found[0] / 1e6 <= time.time() + 1


def test_too_much_at_once_is_a_503_that_says_when_to_come_back(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the queue is full the sender is told to slow down, and nothing of its body is stored (back-pressure)."""
    monkeypatch.setattr(served.app.state.intake, "_size", 1_000_000)
    answer = post(served, body(record(1, source="late")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert int(answer.headers["retry-after"]) >= 1
    assert stored(served, "late") == 0
