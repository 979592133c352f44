from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from asgi_client import call
from crafted import ROW, crafted_route, write_crafted_bundle
from headway.errors import BundleCorruptError, ConfigError
from headway.security.keys import ApiKey, hash_key
from headway.serving.plan import ServedModel, ServingPlan
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.serving.app import ServingApp

KEY = {"x-api-key": "secret"}


class Served:
    """An app whose plans follow each other.

    Args:
        folder: Holds a bundle for each version.
    """

    def __init__(self, folder: Path, fd: int) -> None:
        self.models = {
            version: ServedModel(
                "credit",
                (crafted_route(write_crafted_bundle(folder / version, sign=sign), version),),
            )
            for version, sign in (("3", 1.0), ("4", -1.0), ("5", 2.0))
        }
        self.app: ServingApp = build_app(self.plan(1, "3"), WorkerSettings(log_fd=fd))
        self.app.load()

    def plan(self, revision: int, version: str, **fields: Any) -> ServingPlan:
        return ServingPlan(revision, (self.models[version],), **fields)

    def swap(self, revision: int, version: str, **fields: Any) -> bool:
        """Make another plan live, and return whether anything was loaded for it."""
        is_loaded = self.app.stage(self.plan(revision, version, **fields))
        assert self.app.activate(revision)
        return is_loaded

    def answer(self) -> tuple[str, str]:
        reply = call(self.app, "POST", "/predict", ROW).json()
        return reply["version"], reply["prediction"]

    def n_loaded(self) -> int:
        return len(self.app._succession._pool._held)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    fd = os.open(os.devnull, os.O_WRONLY)
    served = Served(tmp_path, fd)
    yield served
    served.app.close()
    os.close(fd)


def test_a_staged_plan_changes_nothing_until_it_is_activated(served: Served) -> None:
    served.app.stage(served.plan(2, "4"))
    assert served.answer() == ("3", "good")
    assert served.app.activate(2)
    assert served.answer() == ("4", "bad")
    assert served.app.revision == 2
    ready = call(served.app, "GET", "/readyz").json()
    assert (ready["revision"], ready["models"]) == (2, {"credit": ["4"]})


def test_going_back_loads_nothing(served: Served) -> None:
    assert served.swap(2, "4")
    assert not served.swap(3, "3")
    assert served.answer() == ("3", "good")


def test_the_plan_before_the_last_is_let_go(served: Served) -> None:
    for revision, version in ((2, "4"), (3, "5")):
        served.swap(revision, version)
        assert served.n_loaded() == 2
    assert served.swap(4, "3")


def test_what_answers_is_let_go_only_after_its_reply(served: Served) -> None:
    old = served.app._succession.live
    old.in_flight.enter()
    served.swap(2, "4")
    served.swap(3, "5")
    assert served.n_loaded() == 3
    # also where the end of the server waits for it
    in_flight = old.in_flight
    assert in_flight in served.app._succession.begin_phase()
    in_flight.leave()
    assert served.n_loaded() == 2


def test_a_plan_that_is_discarded_leaves_nothing(served: Served) -> None:
    served.app.stage(served.plan(2, "4"))
    served.app.discard(2)
    served.app.discard(2)
    assert served.n_loaded() == 1
    assert not served.app.activate(2)
    assert served.answer() == ("3", "good")


def test_a_plan_that_cannot_be_served_leaves_the_live_one(served: Served) -> None:
    damaged = msgspec.structs.replace(served.models["4"].routes[0], digest="0" * 64)
    with pytest.raises(BundleCorruptError):
        served.app.stage(ServingPlan(2, (ServedModel("credit", (damaged,)),)))
    with pytest.raises(ConfigError):
        served.app.stage(served.plan(2, "4", keys=(ApiKey("x", "in the clear"),)))
    assert (served.answer(), served.n_loaded()) == (("3", "good"), 1)


def test_keys_change_with_the_plan_and_nothing_is_loaded(served: Served) -> None:
    assert not served.swap(2, "3", keys=(ApiKey("x", hash_key("secret")),), asks_for_key=True)
    for method, path in (("POST", "/predict"), ("GET", "/models"), ("GET", "/openapi.json")):
        assert call(served.app, method, path, ROW).status == 401
    assert call(served.app, "POST", "/predict", ROW, headers=KEY).status == 200
    served.swap(3, "3")
    assert call(served.app, "POST", "/predict", ROW).status == 200


def test_the_pages_show_what_is_live(served: Served) -> None:
    def documented() -> str:
        return json.dumps(call(served.app, "GET", "/openapi.json").json())

    first = documented()
    limits = msgspec.structs.replace(served.models["3"].limits, max_rows=2)
    model = msgspec.structs.replace(served.models["3"], name="other", limits=limits)
    served.app.stage(ServingPlan(2, (model,)))
    served.app.activate(2)
    assert "/models/other/predict" in documented()
    assert "/models/other/predict" not in first
    described = call(served.app, "GET", "/models").json()["models"]
    assert [model["name"] for model in described] == ["other"]
