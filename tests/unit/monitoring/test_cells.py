from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headway.monitoring.cells import Counter, Gauge, SlotHistogram, plain_number


def cells(count: int) -> memoryview[float]:
    return memoryview(bytearray(8 * count)).cast("d")


@given(st.lists(st.floats(0, 100)))
def test_a_histogram_counts_each_value_at_every_bound_that_it_does_not_exceed(
    values: list[float],
) -> None:
    bounds = (0.5, 1.0, 10.0)
    histogram = SlotHistogram(cells(5), bounds)
    for value in values:
        histogram.observe(value)
    expected = [sum(value <= bound for value in values) for bound in bounds]
    assert histogram.cumulative() == [*expected, len(values)]
    assert histogram.total == sum(values)


def test_counters_and_gauges_with_the_same_cells_are_the_same() -> None:
    shared = cells(1)
    Counter(shared).add(2)
    assert Counter(shared).value == 2
    gauge = Gauge(shared)
    gauge.add(-0.5)
    assert gauge.value == 1.5
    gauge.set(7)
    assert isinstance(Gauge(shared).value, int)


def test_whole_numbers_are_integers() -> None:
    assert repr([plain_number(value) for value in (3.0, 0.25, 2.0**60)]) == (f"[3, 0.25, {2**60}]")
