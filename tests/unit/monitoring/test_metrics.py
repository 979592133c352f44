from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headway.monitoring.metrics import DURATION_BOUNDS_S, Histogram, Outcome, RequestMetrics


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


@given(st.lists(st.floats(0, 100)))
def test_a_histogram_counts_each_value_at_every_bound_that_it_does_not_exceed(
    values: list[float],
) -> None:
    histogram = Histogram(DURATION_BOUNDS_S)
    for value in values:
        histogram.observe(value)
    expected = [sum(value <= bound for value in values) for bound in DURATION_BOUNDS_S]
    assert histogram.cumulative() == [*expected, len(values)]
    assert histogram.total == sum(values)


def test_the_bounds_go_from_a_tenth_of_a_millisecond_to_ten_seconds() -> None:
    assert DURATION_BOUNDS_S[0] == 0.0001
    assert DURATION_BOUNDS_S[-1] == 10
    assert list(DURATION_BOUNDS_S) == sorted(set(DURATION_BOUNDS_S))


def test_requests_are_counted_by_variant_dialect_and_status() -> None:
    series = RequestMetrics().series("credit", "3")
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
    series = RequestMetrics().series("credit", "3")
    series.observe(outcome(n_rows=7))
    series.observe(outcome(status=422, error_code="contract.violated", n_rows=0))
    assert series.errors == {"contract.violated": 1}
    assert series.batch_rows.cumulative()[-1] == 1
    assert series.batch_rows.total == 7


def test_a_version_has_one_series_for_ever() -> None:
    metrics = RequestMetrics()
    first = metrics.series("credit", "3")
    first.observe(outcome())
    assert metrics.series("credit", "3") is first
    assert metrics.series("credit", "4") is not first
    assert metrics.series() is metrics.series("", "")
    assert {(series.model, series.version) for series in metrics.all()} == {
        ("credit", "3"),
        ("credit", "4"),
        ("", ""),
    }


def test_values_that_a_policy_lets_through_are_counted_by_feature_and_rule() -> None:
    series = RequestMetrics().series("credit", "3")
    series.count_warnings({("age", "le"): 2, ("code", "regex"): 1})
    series.count_warnings({("age", "le"): 3})
    assert series.contract_warnings == {("age", "le"): 5, ("code", "regex"): 1}
