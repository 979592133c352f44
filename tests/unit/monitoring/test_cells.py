from __future__ import annotations

import pytest

from headway.monitoring.cells import Counter, Gauge, SlotHistogram, plain_number


def cells(n: int) -> memoryview[float]:
    return memoryview(bytearray(8 * n)).cast("d")


def test_a_gauge_goes_up_and_down() -> None:
    gauge = Gauge(cells(1))
    gauge.set(2.5)
    gauge.add(-2)
    assert gauge.value == 0.5


def test_a_counter_adds_up() -> None:
    counter = Counter(cells(1))
    counter.add()
    counter.add(0.5)
    assert counter.value == 1.5


def test_a_value_counts_at_the_first_bound_that_it_does_not_exceed() -> None:
    histogram = SlotHistogram(cells(4), (1.0, 2.0))
    for value in (1.0, 1.5, 2.0, 2.1):
        histogram.observe(value)
    assert histogram.cumulative() == [1, 3, 4]
    assert histogram.total == pytest.approx(6.6)


@pytest.mark.parametrize(("value", "text"), [(3.0, "3"), (0.5, "0.5")])
def test_whole_numbers_are_shown_so(value: float, text: str) -> None:
    assert str(plain_number(value)) == text
