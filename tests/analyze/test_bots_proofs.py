"""Every detector's file carries its proof: made-up sessions on which it speaks, and such on which it stays silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from analyze.bot_traffic import proofs, traffic, votes
from apitrail.analyze.bots.catalogue import BOT_TYPES, Detector, Proof, detectors
from apitrail.analyze.bots.features import AROUND, FEATURES
from apitrail.store import Store
from traffic import save

PROOFS = list(proofs())
Seen = dict[str, set[str]]


@pytest.fixture(scope="module")
def spoken(make_dsn: Callable[[str], str]) -> Iterator[Seen]:
    """The detectors that spoke in some session that is no crowd's, by host."""
    with Store(make_dsn("chdb"), retention_days=0) as store:
        save(store, [one for at, (host, _, proof, _) in enumerate(PROOFS) for one in traffic(host, proof, f"192.0.2.{at}")])
        seen = votes(store)
        hosts = store.rows("SELECT DISTINCT host, session_id FROM requests WHERE NOT position(request_id, '-crowd')")
        yield {
            host: {name for row in hosts if row["host"] == host for name, one in seen[row["session_id"]].items() if one["vote"]}
            for host, *_ in PROOFS
        }


@pytest.mark.rows("B2")
@pytest.mark.parametrize(("host", "detector", "proof", "speaks"), PROOFS, ids=[host for host, *_ in PROOFS])
def test_a_detector_proves_itself(spoken: Seen, host: str, detector: Detector, proof: Proof, *, speaks: bool) -> None:
    """On the traffic of its file a detector speaks, or stays silent, as the file says."""
    assert (detector.name in spoken[host]) is speaks


@pytest.mark.parametrize("detector", detectors(), ids=lambda detector: detector.name)
def test_a_detector_says_why(detector: Detector) -> None:
    """Every file has a title, why it matters, how it can be wrong, both kinds of proofs, and levels that rise with safety."""
    assert all((detector.title, detector.fires, detector.silent, detector.types))
    assert all(text.endswith(".") for text in (detector.why, detector.wrong))
    assert detector.times.paranoid <= detector.times.normal <= detector.times.safe
    assert all(weight > 0 for weight in detector.types.values())


@pytest.mark.rows("B1", "B2")
def test_every_bot_type_and_feature_is_looked_at() -> None:
    """No bot type is without detectors that can convict, and no feature is measured in vain."""
    for kind in BOT_TYPES:
        assert sum(one.types.get(kind, 0) for one in detectors()) >= 6
    used = {one.feature for one in detectors()}
    helping = {"version", "queries", "request_volume", "by_right", "public_share"}
    assert {feature.name for feature in (*FEATURES, *AROUND)} - helping <= used
