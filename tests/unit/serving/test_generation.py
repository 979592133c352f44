from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.errors import ModelNotFoundError
from headway.serving.generation import Generation, InFlight
from headway.serving.plan import ServingPlan

if TYPE_CHECKING:
    from headway.serving.app import ServingApp


def test_the_end_of_a_phase_comes_with_its_last_request() -> None:
    in_flight, called = InFlight(), list[str]()
    in_flight.enter()
    in_flight.enter()
    in_flight.when_ended(lambda: called.append("one"))
    in_flight.when_ended(lambda: called.append("two"))
    in_flight.leave()
    assert called == []
    in_flight.leave()
    assert called == ["one", "two"]


def test_a_phase_without_requests_has_ended() -> None:
    called: list[str] = []
    InFlight().when_ended(lambda: called.append("now"))
    assert called == ["now"]


def test_a_new_phase_counts_anew(app: ServingApp) -> None:
    live = app._succession.live
    before = live.in_flight
    assert live.begin_phase() is before
    assert live.in_flight is not before


def test_a_generation_finds_what_it_has_and_nothing_else(app: ServingApp) -> None:
    live = app._succession.live
    surroundings = app._succession._surroundings(live.plan)
    one = Generation(live.plan, live.releases.executors, surroundings)
    assert one.find("/predict").executor is live.releases.executors[0]
    with pytest.raises(ModelNotFoundError):
        Generation(ServingPlan(9, ()), (), surroundings).find("/predict")


def test_whoever_has_nothing_yet_says_why(app: ServingApp) -> None:
    surroundings = app._succession._surroundings(app._succession.live.plan)

    def refuse(path: str) -> Any:
        raise KeyError(path)

    with pytest.raises(KeyError):
        Generation(ServingPlan(9, ()), (), surroundings, refuse).find("/predict")
