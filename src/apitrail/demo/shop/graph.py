"""The shop as a GraphQL endpoint."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from graphql import GraphQLSchema, build_schema, graphql_sync
from pydantic import BaseModel, Field

from apitrail.demo.shop.state import Shop, ShopHere, Visit

SCHEMA = """
type Product { id: Int!  name: String!  category: String!  priceCents: Int!  stock: Int!  reviews: [Review!]! }
type Review { author: String!  stars: Int!  text: String! }
type Line { productId: Int!  quantity: Int! }
type Cart { lines: [Line!]! }
type Query { product(id: Int!): Product  products(category: String, first: Int = 10): [Product!]!  cart: Cart! }
type Mutation { addToCart(productId: Int!, quantity: Int = 1): Cart! }
"""

v2 = APIRouter()


class Operation(BaseModel):
    """A GraphQL request."""

    query: str = Field(max_length=20_000)
    variables: dict[str, Any] | None = None
    operation_name: str | None = Field(None, alias="operationName")


@v2.post("/graphql")
async def graphql(operation: Operation, request: Request, shop: ShopHere) -> dict[str, Any]:
    """Run one operation."""
    await shop.work(34)
    result = graphql_sync(
        _schema(),
        operation.query,
        root_value=_Root(shop, shop.visit(request)),
        variable_values=operation.variables,
        operation_name=operation.operation_name,
    )
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [problem.formatted for problem in result.errors]
    return answer


class _Root:
    """Resolves the fields of Query and Mutation."""

    def __init__(self, shop: Shop, visit: Visit | None) -> None:
        self._shop = shop
        self._basket = visit.basket if visit else []

    def product(self, _: Any, id: int) -> dict[str, Any] | None:
        item = self._shop.products.get(id)
        return item.page() | {"priceCents": item.price_cents, "reviews": item.reviews} if item else None

    def products(self, _: Any, category: str = "", first: int = 10) -> list[dict[str, Any] | None]:
        chosen = [key for key, item in self._shop.products.items() if category in ("", item.category)]
        return [self.product(_, key) for key in chosen[: min(max(first, 0), 50)]]

    def cart(self, _: Any) -> dict[str, Any]:
        return {"lines": [{"productId": ln["product_id"], "quantity": ln["quantity"]} for ln in self._basket]}

    def addToCart(self, _: Any, productId: int, quantity: int = 1) -> dict[str, Any]:
        if productId in self._shop.products:
            self._basket.append({"product_id": productId, "quantity": quantity})
            del self._basket[50:]
        return self.cart(_)


@cache
def _schema() -> GraphQLSchema:
    return build_schema(SCHEMA)
