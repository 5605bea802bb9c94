"""How the demo's shop names its users and roles, as its owner would tell apitrail."""

from __future__ import annotations

from apitrail.model.parameters import CONTEXT, ROLE, USER, Parameter

PARAMETERS = (
    Parameter(point="request.header.Authorization|bearer|jwt.email", name="email", type=USER),
    Parameter(point="response.body.json.user.email", name="email at log-in", type=USER),
    Parameter(point="request.header.Authorization|bearer|jwt.role", name="role", type=ROLE),
    Parameter(point="response.body.json.user.role", name="role at log-in", type=ROLE),
    Parameter(point="request.body.json.email", name="tried email", type=CONTEXT),
)
"""The app sends a JWT with every request; a browser learns who it is from the answer to its log-in."""
