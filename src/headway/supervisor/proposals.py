"""What a plan that somebody proposes may change, and what it may not.

Invariant: no plan that comes from the controller grants trust, or opens a server that asks for a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headway.errors import ChangeRefusedError
from headway.serving.planning import SETTINGS_KEY

if TYPE_CHECKING:
    from headway.serving.control import SetKeys
    from headway.serving.plan import ServedModel, ServingPlan


def follow(plan: ServingPlan, active: ServingPlan) -> ServingPlan:
    """Return a plan that may follow the live one.

    Raises:
        ChangeRefusedError: Its revision is not above the live one: somebody else came first.
    """
    if plan.revision <= active.revision:
        raise ChangeRefusedError(
            f"the plan has the revision {plan.revision}; {active.revision} is live",
            hint="read the plan that is live, change that one, and give it a higher revision",
        )
    return plan


def checked(plan: ServingPlan, active: ServingPlan, first: ServingPlan) -> ServingPlan:
    """Return a plan of the controller's as it may be served.

    Args:
        plan: What is proposed. Keys are none of its business.
        active: What is live.
        first: What the server was started with: it says which code may run.

    Raises:
        ChangeRefusedError: Its revision is not above the live one.
    """
    trusted = {route.digest for model in first.models for route in model.routes if route.trust_code}
    return msgspec.structs.replace(
        follow(plan, active),
        models=tuple(_without_new_trust(model, trusted) for model in plan.models),
        keys=active.keys,
        asks_for_key=active.asks_for_key,
    )


def with_keys(message: SetKeys, active: ServingPlan, first: ServingPlan) -> ServingPlan:
    """Return the live plan with the keys of the controller beside the one of the settings.

    What else it was started with came from the same database, and may have been revoked since.
    """
    own = tuple(key for key in first.keys if key.name == SETTINGS_KEY)
    keys = own + message.keys
    asks_for_key = first.asks_for_key or message.asks_for_key
    if (keys, asks_for_key) == (active.keys, active.asks_for_key):
        return active
    return msgspec.structs.replace(
        active, revision=active.revision + 1, keys=keys, asks_for_key=asks_for_key
    )


def _without_new_trust(model: ServedModel, trusted: set[str]) -> ServedModel:
    routes = tuple(
        msgspec.structs.replace(route, trust_code=route.trust_code and route.digest in trusted)
        for route in model.routes
    )
    return msgspec.structs.replace(model, routes=routes)
