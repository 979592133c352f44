from __future__ import annotations

import dataclasses

import pytest

from headway.serving.cache.decision import MAX_ROWS, MISS_S, OFF, WORTH_IT, decide
from headway.serving.execution import Cost, Measured
from headway.serving.plan import CachePolicy

MEASURED = Measured(
    Cost(1e-4, 0), Cost(1e-5, 0), 100, row_s=1e-3, batch_s=2e-3, n_rows=64, lookup_s=1e-5
)
AUTO, ON = CachePolicy("auto"), CachePolicy("on")


def measured(row_s: float, **fields: object) -> Measured:
    return dataclasses.replace(MEASURED, row_s=row_s, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("share", "is_on"), [(0.5, False), (0.99, False), (1.0, True), (50, True)])
def test_answers_are_kept_where_the_model_costs_more(share: float, *, is_on: bool) -> None:
    row_s = share * (WORTH_IT * MEASURED.lookup_s + MISS_S)
    caching = decide(AUTO, measured(row_s))
    assert (caching.mode, caching.is_on, caching.max_rows) == ("auto", is_on, MAX_ROWS)
    assert f"{row_s * 1e3:.3g} ms for a row, a look-up 0.01 ms and" in caching.reason
    assert ("saves too little" in caching.reason) != is_on
    assert decide(ON, measured(row_s)).is_on


@pytest.mark.parametrize(("share", "is_shared"), [(0.99, False), (1.0, True)])
@pytest.mark.parametrize("redis_s", [2e-4, None])
@pytest.mark.parametrize("policy", [AUTO, ON])
def test_redis_is_asked_where_the_model_costs_more_than_that(
    policy: CachePolicy, redis_s: float | None, share: float, *, is_shared: bool
) -> None:
    row_s = share * WORTH_IT * (redis_s or 5e-4)
    caching = decide(policy, measured(row_s), lambda: redis_s)
    assert (caching.is_on, caching.is_shared) == (True, is_shared)
    assert ("Redis did not answer" in caching.reason) == (redis_s is None)
    assert ("0.2 ms" in caching.reason) == (redis_s is not None)
    assert caching.reason.endswith("saves too little") != is_shared


def test_redis_is_not_measured_where_nothing_is_kept() -> None:
    def measure() -> float:
        raise AssertionError

    assert not decide(AUTO, measured(1e-6), measure).is_on
    assert decide(CachePolicy("off"), measured(1.0), measure) == OFF
    assert decide(ON, None, measure).is_on


def test_what_is_not_known_is_not_kept_unless_asked_for() -> None:
    assert [decide(policy, None).is_on for policy in (AUTO, ON)] == [False, True]
    assert decide(ON, None).max_rows == 1


def test_where_rows_change_each_others_answers_only_a_row_alone_is_looked_up() -> None:
    assert decide(AUTO, measured(1.0, differs="they differ")).max_rows == 1
