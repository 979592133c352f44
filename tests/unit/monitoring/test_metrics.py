from __future__ import annotations

import pytest

from headway.monitoring.metrics import (
    CALL_BOUNDS,
    DURATION_BOUNDS_S,
    ROW_BOUNDS,
    Outcome,
    RequestMetrics,
)
from headway.monitoring.slots import Board


def outcome(**fields: object) -> Outcome:
    values = {
        "variant": "champion",
        "dialect": "headway",
        "status": 200,
        "error_code": None,
        "duration_s": 0.003,
        "n_rows": 1,
    }
    return Outcome(**(values | fields))  # type: ignore[arg-type]


def counting() -> RequestMetrics:
    return RequestMetrics(Board.private().slot(0))


@pytest.mark.parametrize("bounds", [DURATION_BOUNDS_S, ROW_BOUNDS, CALL_BOUNDS])
def test_bounds_ascend(bounds: tuple[float, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))


def test_durations_are_told_apart_from_25_microseconds_to_ten_seconds() -> None:
    assert (DURATION_BOUNDS_S[0], DURATION_BOUNDS_S[-1]) == (0.000025, 10)


def test_requests_are_counted_by_variant_dialect_and_status() -> None:
    series = counting().series("credit", "3")
    for status in (200, 200, 422):
        series.observe(outcome(status=status))
    series.observe(outcome(variant="canary"))
    assert series.requests == {
        ("champion", "headway", 200): 2,
        ("champion", "headway", 422): 1,
        ("canary", "headway", 200): 1,
    }
    assert series.duration_s.cumulative()[-1] == 4


def test_errors_are_counted_by_code_and_their_rows_are_not() -> None:
    series = counting().series("credit", "3")
    series.observe(outcome(n_rows=7))
    series.observe(outcome(status=422, error_code="contract.violated", n_rows=0))
    assert series.errors == {"contract.violated": 1}
    assert series.batch_rows.cumulative()[-1] == 1
    assert series.batch_rows.total == 7


def test_a_version_has_one_series_for_ever() -> None:
    metrics = counting()
    first = metrics.series("credit", "3")
    first.observe(outcome())
    assert metrics.series("credit", "3") is first
    assert metrics.series("credit", "4") is not first
    assert metrics.series() is metrics.series("", "")


def test_values_that_a_policy_lets_through_are_counted_by_feature_and_rule() -> None:
    series = counting().series("credit", "3")
    series.count_warnings({("age", "le"): 2, ("code", "regex"): 1})
    series.count_warnings({("age", "le"): 3})
    assert series.contract_warnings == {("age", "le"): 5, ("code", "regex"): 1}


def test_rejections_are_counted_by_reason() -> None:
    series = counting().series("credit", "3")
    for reason in ("queue", "queue", "rate"):
        series.count_rejection(reason)
    assert series.rejections == {"queue": 2, "rate": 1}


def test_tiers_of_a_cache_are_counted_apart() -> None:
    series = counting().series("credit", "3")
    series.cache("local").hits.add(2)
    series.cache("redis").hits.add(1)
    series.cache("local").bytes.set(10)
    assert series.cache("local").hits.value == 2
    assert series.cache("redis").hits.value == 1
    assert series.cache("local").bytes.value == 10


def test_a_worker_goes_on_counting_where_its_predecessor_ended() -> None:
    board = Board.private()
    for count in (1, 2, 3):
        series = RequestMetrics(board.slot(0)).series("credit", "3")
        series.observe(outcome())
        series.queue_depth.add(5)
        assert series.requests == {("champion", "headway", 200): count}
        assert series.queue_depth.value == 5
