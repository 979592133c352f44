from __future__ import annotations

from typing import Any

import msgspec
import pytest

from headway.errors import BundleCorruptError
from headway.serving.plan import CachePolicy, Limits, Route, ServedModel, ServingPlan
from headway.serving.pool import ReleasePool


class Release:
    """Stands where an executor would."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.is_closed = False

    def close(self) -> None:
        assert not self.is_closed
        self.is_closed = True


class Pool:
    """A pool, and what it has loaded."""

    def __init__(self) -> None:
        self.loaded: list[Release] = []
        self.pool = ReleasePool(self._load)

    def _load(self, _model: ServedModel, route: Route) -> Any:
        if route.digest == "damaged":
            raise BundleCorruptError("damaged")
        self.loaded.append(Release(route.version))
        return self.loaded[-1]

    def open(self) -> list[str]:
        return [release.version for release in self.loaded if not release.is_closed]


def plan(*digests: str, **fields: Any) -> ServingPlan:
    models = [ServedModel(f"model {d}", (Route(d, d, f"/{d}"),), **fields) for d in digests]
    return ServingPlan(1, tuple(models))


def test_what_two_plans_name_is_loaded_once_and_closed_with_the_last() -> None:
    pool = Pool()
    one, two = plan("a", "b"), plan("b", "c")
    first, second = pool.pool.take(one), pool.pool.take(two)
    assert first[1] is second[0]
    assert pool.open() == ["a", "b", "c"]
    assert pool.pool.n_loads == 3
    pool.pool.let_go(one)
    assert pool.open() == ["b", "c"]
    pool.pool.let_go(two)
    assert pool.open() == []


def test_where_a_bundle_lies_makes_no_difference() -> None:
    pool = Pool()
    pool.pool.take(plan("a"))
    (model,) = plan("a").models
    moved = msgspec.structs.replace(model.routes[0], path="/elsewhere")
    pool.pool.take(ServingPlan(2, (msgspec.structs.replace(model, routes=(moved,)),)))
    assert pool.open() == ["a"]


@pytest.mark.parametrize(
    "fields", [{"limits": Limits(max_rows=1)}, {"cache": CachePolicy(mode="off")}]
)
def test_other_settings_are_another_release(fields: dict[str, Any]) -> None:
    pool = Pool()
    pool.pool.take(plan("a"))
    pool.pool.take(plan("a", **fields))
    assert pool.open() == ["a", "a"]


def test_code_that_is_no_longer_trusted_is_not_used_again() -> None:
    pool = Pool()
    route = Route("1", "a", "/a", trust_code=True)
    pool.pool.take(ServingPlan(1, (ServedModel("m", (route,)),)))
    route = msgspec.structs.replace(route, trust_code=False)
    pool.pool.take(ServingPlan(2, (ServedModel("m", (route,)),)))
    assert len(pool.open()) == 2


def test_of_a_plan_that_cannot_be_loaded_nothing_stays() -> None:
    pool = Pool()
    pool.pool.take(plan("a"))
    with pytest.raises(BundleCorruptError):
        pool.pool.take(plan("a", "b", "damaged"))
    assert pool.open() == ["a"]
    pool.pool.let_go(plan("a"))
    assert pool.open() == []


def test_a_closed_pool_holds_nothing() -> None:
    pool = Pool()
    pool.pool.take(plan("a", "b"))
    pool.pool.close()
    assert pool.open() == []
    pool.pool.let_go(plan("a"))
