from __future__ import annotations

import numpy as np
import pytest

from headway.testing.load.arrivals import due_times_s


@pytest.mark.parametrize(("rate", "duration"), [(3, 1), (0.5, 1), (1000, 2), (7, 0.1)])
def test_constant_arrivals_have_equal_gaps_and_end_in_time(rate, duration):
    times = due_times_s(rate, duration, "constant", 0)
    assert times[0] == 0
    assert np.diff(times) == pytest.approx(1 / rate)
    assert times[-1] < duration <= times[-1] + 1 / rate + 1e-9


def test_random_arrivals_have_exponential_gaps_of_the_rate():
    gaps = np.diff(due_times_s(1_000, 20, "poisson", 1))
    assert gaps.mean() == pytest.approx(1e-3, rel=0.05)
    assert gaps.std() == pytest.approx(1e-3, rel=0.05)
    assert np.mean(gaps > 1e-3) == pytest.approx(np.exp(-1), abs=0.02)


def test_a_seed_gives_the_same_arrivals_and_another_one_others():
    first, again, other = (due_times_s(100, 2, "poisson", seed) for seed in (1, 1, 2))
    assert first == again != other
    assert list(first) == sorted(first)
