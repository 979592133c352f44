from __future__ import annotations

import numpy as np
import pytest

from headway.testing.load.comparison import Round, compare
from unit.testing.load.made import samples


def rounds(slower_ms: float, ratio: float, n: int = 10) -> list[Round]:
    random, found = np.random.default_rng(3), []
    for _ in range(n):
        # what disturbs a round disturbs both
        shared = random.normal(5, 1)
        first, second = shared + random.exponential(1, (2, 200))
        cpu_s = random.uniform(0.1, 0.2)
        found.append(Round(samples(first), samples(second + slower_ms), cpu_s, cpu_s * ratio))
    return found


def test_a_difference_is_found_with_an_interval_around_it():
    found = compare(rounds(2.0, 1.5))
    assert found.cpu_ratio.value == pytest.approx(1.5)
    assert found.p50_difference_ms.low < 2 < found.p50_difference_ms.high
    assert found.p50_difference_ms.low > 1
    assert found.p99_difference_ms.low > 0


def test_the_interval_of_no_difference_holds_0():
    found = compare(rounds(0.0, 1.0))
    assert found.p50_difference_ms.low < 0 < found.p50_difference_ms.high
    assert found.cpu_ratio.low == pytest.approx(1)


def test_what_was_not_measured_is_left_out():
    few = [Round(samples([1.0]), samples([2.0]), 0.0, 0.0)] * 6
    found = compare(few)
    assert (found.cpu_ratio, found.p99_difference_ms) == (None, None)
    assert found.p50_difference_ms.value == pytest.approx(1.0)
