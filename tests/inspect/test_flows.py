"""Sensitive business flows by the words of an endpoint, and words that only look alike (D8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.flows import FLOWS, NAMES, flows_of
from timing import cost

pytestmark = pytest.mark.rows("D8")

TOLD = {
    "AI/LLM": ("/v1/chat/completions", "/v1/embeddings", "/ai/summarize", "/openai/deployments", "/llm/query", "/images/textGeneration",
               "/mcp#tools/call generate_image", "/assistants/{id}/threads", "/gpt-4/ask", "/rag/search"),
    "Acc create": ("/signup", "/sign-up", "/signUp", "/api/v1/register", "/users/create", "/createUser", "/graphql#mutation createAccount",
                   "/user/registration", "/onboarding/{id}", "/soap#CreateUser", "/accounts/new"),
    "Acc mgmt": ("/users/{id}", "/me", "/account/settings", "/resetPassword", "/change_password", "/forgot-password", "/v1/profiles/{id}"),
    "Admin": ("/admin", "/api/admin/stats", "/management/health", "/api/v1/management/keys", "/userManagement", "/actuator/env",
              "/back-office/orders"),
    "Auth": ("/login", "/signin", "/sign_in", "/oauth2/authorize", "/oauth/token", "/2fa/enable", "/graphql#mutation login", "/saml/acs",
             "/shop.AuthService/Check", "/verify-otp", "/sessions/{id}", "/logins", "/soap#LogOut", "/jwt/refresh"),
    "Billing": ("/payments/{id}/refund", "/subscriptions", "/checkout", "/bills/{id}", "/v1/PaymentIntents", "/invoices.json", "/wallet",
                "/credit-cards/{id}", "/transfers", "/gift-cards", "/soap#GetInvoice", "/coupons/{name}", "/balance"),
    "SMS GW": ("/sms/send", "/sendSMS", "/send-otp", "/whatsapp/messages", "/mcp#tools/call send_sms", "/resend-code", "/verifyPhone"),
}  # fmt: skip
"""Endpoints of each flow; some belong to others as well."""

ALIKE = (
    "/", "", "/authors", "/author/{id}/books", "/authority", "/tokenize", "/tokenizer", "/sorted", "/display", "/payload", "/repay",
    "/payroll", "/home", "/theme/{id}", "/meme", "/email", "/said", "/aim", "/maintain", "/storage", "/coverage", "/drag", "/cosmos",
    "/discard", "/cardinality", "/postcards", "/recharge-station", "/discharge", "/load-balancer", "/deregister", "/registry",
    "/docker/registry", "/cash-register/{id}", "/user-agents", "/data-transfer", "/risk-management", "/completion-status",
    "/dashboard/cards", "/git/checkout", "/sessionless", "/catalog", "/blogin", "/prologue", "/discounts", "/administer", "/metrics",
    "/orders/{token}", "/items/{email}", "/compass", "/passwords-are-fun", "/typing", "/products/{id}",
)  # fmt: skip
"""Endpoints of no flow, for all that letters of a flow's words stand in them."""


@pytest.mark.parametrize("flow", TOLD)
def test_words_tell_a_flow(flow: str) -> None:
    """However a path or an operation writes its words, with dashes, capitals or dots, they tell the flow."""
    assert {endpoint for endpoint in TOLD[flow] if flow not in flows_of(endpoint)} == set()


@pytest.mark.parametrize("endpoint", ALIKE)
def test_a_word_that_only_looks_alike_tells_nothing(endpoint: str) -> None:
    """A flow is told by whole words, never by what stands within another word, and not by the name of a variable."""
    assert flows_of(endpoint) == ()


def test_an_endpoint_may_have_several_flows() -> None:
    """They come in the order of the table."""
    assert flows_of("/users/login/payments") == ("Acc mgmt", "Auth", "Billing")
    assert tuple(FLOWS) == NAMES == tuple(TOLD)


@given(st.text(max_size=300))
def test_any_text_has_flows_of_the_table(endpoint: str) -> None:
    """Whatever stands in a path, only flows that there are are told."""
    assert set(flows_of(endpoint)) <= set(NAMES)


@pytest.mark.parametrize("piece", ["a", "aA", "log ", "A1", "{", "user ", "/data", "auto "])
def test_a_long_endpoint_takes_bounded_time(piece: str) -> None:
    """Only the beginning of an endpoint is looked at."""
    assert cost(lambda: flows_of(piece * 500_000), below=0.5) < 0.5
