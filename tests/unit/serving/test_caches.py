from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from clocks import ManualClock
from crafted import crafted_contract, crafted_runtime
from headway.contract.reader import BodyReader
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.monitoring.metrics import RequestMetrics
from headway.monitoring.slots import Board
from headway.serving.cache.decision import Caching
from headway.serving.caches import AnswerCaches
from headway.serving.plan import CachePolicy, Limits
from headway.serving.release import LoadedRelease

if TYPE_CHECKING:
    from headway.core.prediction import Prediction

POLICY = CachePolicy("on")
CONTRACT = crafted_contract()
ROW = (41, 1200.5, "car", 0, 0)


def release(version: str, name: str = "credit", digest: str = "digest") -> LoadedRelease:
    return LoadedRelease(
        name=name,
        version=version,
        digest=digest,
        variant="champion",
        form="lowered",
        reason="",
        contract=CONTRACT,
        limits=Limits(),
        validator=None,
        reader=BodyReader(CONTRACT, max_rows=9),
        runtime=crafted_runtime(),
        caching=Caching("on", is_on=True, reason=""),
    )


class Desk:
    """Caches, and how often a model was asked."""

    def __init__(self) -> None:
        self.metrics = RequestMetrics(Board.private().slot(0))
        self.caches = AnswerCaches(self.metrics, ManualClock())
        self.n_calls = 0
        self.find: Any = None

    def cached(self, of: LoadedRelease, policy: CachePolicy = POLICY) -> Any:
        async def predict(batch: FeatureBatch, method: Method) -> Prediction:
            self.n_calls += 1
            return of.runtime.predict(batch, method)

        around, self.find = self.caches.of(of, policy)
        return around(predict)


def ask(*cached: Any) -> None:
    async def live() -> None:
        for one in cached:
            await one(FeatureBatch.from_rows(CONTRACT.names, [ROW]), Method.PREDICT)

    asyncio.run(live())


def test_a_rollback_finds_its_answers_again() -> None:
    desk = Desk()
    old = desk.cached(release("1", digest="old"))
    ask(old)
    new = desk.cached(release("2", digest="new"))
    del old
    gc.collect()
    ask(new, desk.cached(release("1", digest="old")))
    assert desk.n_calls == 2
    counted = [desk.metrics.series("credit", version).cache("local") for version in "12"]
    assert [(series.hits.value, series.misses.value) for series in counted] == [(1, 1), (0, 1)]


@pytest.mark.parametrize("other", [{"name": "another"}, {"digest": "other"}])
def test_models_and_versions_share_no_answer(other: dict[str, str]) -> None:
    desk = Desk()
    ask(desk.cached(release("1", **{"digest": "one", **other})), desk.cached(release("1")))
    assert desk.n_calls == 2


def test_an_answer_that_is_at_hand_is_found_at_once() -> None:
    desk = Desk()
    cached = desk.cached(release("1"))
    batch = FeatureBatch.from_rows(CONTRACT.names, [ROW])
    series = desk.metrics.series("credit", "1").cache("local")
    assert desk.find(batch, Method.PREDICT) is None
    assert (series.hits.value, series.misses.value) == (0, 0)
    ask(cached)
    found = desk.find(batch, Method.PREDICT)
    assert found.values.tolist() == ["good"]
    assert (series.hits.value, series.misses.value) == (1, 1)
    others = [
        (batch, Method.PREDICT_PROBA),
        (FeatureBatch.from_rows(CONTRACT.names, [ROW] * 65), Method.PREDICT),
    ]
    assert [desk.find(*other) for other in others] == [None, None]


def test_a_store_goes_with_the_last_version() -> None:
    desk = Desk()
    ask(desk.cached(release("1")))
    assert len(desk.caches._tiers) == 1
    desk.find = None
    gc.collect()
    assert not len(desk.caches._tiers)


def test_the_limits_are_those_of_the_latest_plan() -> None:
    desk = Desk()
    first = desk.cached(release("1"))
    second = desk.cached(release("2"), CachePolicy("on", max_bytes=0))
    ask(first, first, second)
    assert desk.n_calls == 3
