"""Sensitive business flows of an endpoint, by the words of its path or operation (D8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

FLOWS: Mapping[str, str] = MappingProxyType({
    "AI/LLM": "ai|llms?|gpt|openai|chatgpt|chat completions?|(?<!auto )completions|embeddings?|prompts?|inference|assistants?|"
              "copilot|rag|(?:image|text) generations?|generate (?:images?|texts?|answers?|content)",
    "Acc create": "sign ?ups?|(?<!cash )register|registration|create (?:accounts?|users?)|add user|onboard(?:ing)?|"
                  "(?:accounts?|users?) (?:create|new|add|register)|invitations? accept|enroll(?:ment)?",
    "Acc mgmt": "accounts?|profiles?|me|change (?:password|email)|(?:password|email) (?:change|reset)|reset (?:password|email)|"
                "forgot|forget password|users?(?! agents?)|preferences|delete account|verify email",
    "Admin": "admins?|administration|administrator|backoffice|back office|superuser|sudo|actuator|console|"
             "^(?:api )?(?:v\\d )?management|(?:users?|access|roles?|tenants?|system|site) management",
    "Auth": "auth|authn|authenticate|authentication|authorize|oauth2?|openid|saml|sso|log ?ins?|log ?outs?|sign ?in|sign ?out|"
            "tokens?|jwt|mfa|2fa|otp|totp|sessions?|verify otp|refresh token|passwordless|credentials?",
    "Billing": "billing|bills?|payments?|pay|paypal|stripe|(?<!git )check ?outs?|invoices?|subscriptions?|charges?|refunds?|"
               "(?<!dashboard )(?<!flash )(?<!score )(?<!report )(?<!business )cards?|wallets?|purchases?|coupons?|vouchers?|"
               "transactions?|(?<!data )(?<!file )transfers?|payouts?|balances?|pricing",
    "SMS GW": "sms|text messages?|send (?:code|otp|sms)|phone verification|verify phone|resend (?:code|otp)|whatsapp",
})  # fmt: skip
"""Each flow with the words that tell it, as a pattern over the words of a path."""

NAMES = tuple(FLOWS)
CHARS = 512
"""Characters of an endpoint that are looked at."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d?|\d+[a-z]+")
_VARIABLE = re.compile(r"\{[^}]*\}")
_TOLD = {flow: re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])") for flow, words in FLOWS.items()}


def flows_of(endpoint: str) -> tuple[str, ...]:
    """The flows that an endpoint belongs to by its words, in the order of `FLOWS`; none for most."""
    words = " ".join(_WORD.findall(_VARIABLE.sub("", endpoint[:CHARS]))).lower()
    return tuple(flow for flow, told in _TOLD.items() if told.search(words))
