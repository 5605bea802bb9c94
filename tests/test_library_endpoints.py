"""The inventory in the Python library: analyzed, listed as a table, opened, exported."""

from __future__ import annotations

import pytest

import apitrail
from apitrail.errors import BadQuestion, NotFound
from inventoried import ENDPOINTS, HOST, shop
from traffic import save


@pytest.mark.rows("D1", "D10")
def test_an_inventory_is_made_and_asked(dsn: str) -> None:
    """D1, D10: what the analysis found is a table, one endpoint, a document and CSV, in each engine."""
    with apitrail.open(dsn, retention_days=0) as trail:
        assert trail.endpoints().num_rows == 0
        save(trail.store, shop())
        assert trail.analyze().endpoints == len(ENDPOINTS)
        table = trail.endpoints("host:api.*", sort="-risk")
        assert table["risk"].to_pylist() == [8, 6, 1, 1]
        assert table["requests"].to_pylist()[0] == 20
        assert {one.id for one in trail.iterate_endpoints()} >= set(table["id"].to_pylist())
        orders = trail.endpoint(table["id"].to_pylist()[0])
        assert (orders.endpoint, [factor.name for factor in orders.factors]) == ("/v1/orders/{id}", ["sensitive_data"])
        assert sorted(trail.openapi(HOST)["paths"]) == ["/v1/items", "/v1/login", "/v1/orders/{orderId}"]
        assert "".join(trail.endpoints_csv("host:api.*")).count("\r\n") == 5
        assert trail.endpoints(start="2026-06-01").num_rows == 0
        with pytest.raises(NotFound, match="no endpoint of the host"):
            trail.openapi("nobody.example")
        with pytest.raises(NotFound, match="no endpoint of this id"):
            trail.endpoint("nothing")
        with pytest.raises(BadQuestion, match="endpoints are sorted by"):
            trail.endpoints(sort="colour")
