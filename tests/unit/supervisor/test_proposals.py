from __future__ import annotations

import pytest

from headway.errors import ChangeRefusedError
from headway.security.keys import ApiKey
from headway.serving.control import SetKeys
from headway.serving.plan import Route, ServedModel, ServingPlan
from headway.serving.planning import SETTINGS_KEY
from headway.supervisor.proposals import checked, follow, with_keys

OWN, ANN, BOB = (ApiKey(name, "0" * 64) for name in (SETTINGS_KEY, "ann", "bob"))


def plan(
    revision: int, *trusted: str, keys: tuple[ApiKey, ...] = (), asks: bool = False
) -> ServingPlan:
    routes = [Route("1", digest, "/x", trust_code=True) for digest in trusted]
    models = [ServedModel(f"of {route.digest}", (route,)) for route in routes]
    return ServingPlan(revision, tuple(models), keys, asks)


@pytest.mark.parametrize("revision", [1, 2])
def test_a_plan_that_is_not_newer_is_refused(revision: int) -> None:
    for refuse in (follow, lambda new, active: checked(new, active, active)):
        with pytest.raises(ChangeRefusedError, match=rf"revision {revision}; 2 is live"):
            refuse(plan(revision), plan(2))


def test_no_proposal_grants_trust() -> None:
    proposed = plan(3, "known", "new")
    routes = [model.routes[0] for model in checked(proposed, plan(2), plan(1, "known")).models]
    assert [(route.digest, route.trust_code) for route in routes] == [
        ("known", True),
        ("new", False),
    ]


def test_a_proposal_changes_no_key_and_opens_nothing() -> None:
    active = plan(2, keys=(OWN, ANN), asks=True)
    new = checked(plan(3, keys=(BOB,)), active, plan(1))
    assert (new.revision, new.keys, new.asks_for_key) == (3, (OWN, ANN), True)


def test_keys_of_the_controller_replace_all_but_the_one_of_the_settings() -> None:
    first = plan(1, "d", keys=(OWN, ANN), asks=True)
    new = with_keys(SetKeys((BOB,), asks_for_key=False), first, first)
    assert (new.revision, new.keys, new.asks_for_key) == (2, (OWN, BOB), True)
    assert new.models == first.models
    assert with_keys(SetKeys((BOB,), asks_for_key=True), new, first) is new


def test_a_server_begins_to_ask_for_a_key_when_it_is_told() -> None:
    new = with_keys(SetKeys((), asks_for_key=True), plan(4), plan(1))
    assert (new.revision, new.asks_for_key) == (5, True)
