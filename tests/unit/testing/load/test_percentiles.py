from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.testing.load.percentiles import (
    SHARES,
    histogram,
    needed_samples,
    percentile_name,
    percentiles,
    quantile,
    quantile_interval,
)

VALUES = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=300)


@given(VALUES, st.integers(1, 999))
def test_a_quantile_is_that_of_numpy(values, thousandths):
    ascending = np.sort(values)
    expected = np.quantile(ascending, thousandths / 1000, method="inverted_cdf")
    assert quantile(ascending, thousandths / 1000) in {
        expected,  # where the share falls on a sample, rounding decides which of two it is
        ascending[min(np.searchsorted(ascending, expected, side="right"), len(values) - 1)],
        ascending[max(np.searchsorted(ascending, expected) - 1, 0)],
    }


def test_quantiles_of_a_whole_range():
    ascending = np.arange(1.0, 1001.0)
    assert [quantile(ascending, share) for share in (0.5, 0.9, 0.99, 0.999, 1.0)] == [
        *(500, 900, 990, 999, 1000)
    ]


@pytest.mark.parametrize("share", SHARES)
def test_with_enough_samples_the_greatest_is_above_the_quantile_as_a_rule(share):
    n = needed_samples(share)
    assert share**n <= 0.025 < share ** (n - 2) or (1 - share) ** n <= 0.025


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_an_interval_holds_the_quantile_as_often_as_it_says(share):
    random, hits = np.random.default_rng(1), 0
    for _ in range(400):
        interval = quantile_interval(np.sort(random.random(800)), share)
        assert interval is not None
        hits += interval[0] <= share <= interval[1]
    assert hits >= 0.925 * 400
    assert quantile_interval(np.arange(needed_samples(share) - 1.0), share) is None


def test_there_is_no_percentile_of_too_few_samples():
    found = {percentile_name(one.share): one for one in percentiles(np.arange(500.0))}
    assert found["p99"].value_ms == 494
    assert found["p99.9"].value_ms is None
    assert found["p99.9"].n_needed == 3688


@given(VALUES)
def test_every_latency_is_in_one_bar(values):
    bars = histogram(np.sort(values))
    assert sum(bar.count for bar in bars) == len(values)
    assert all(a.high_ms == b.low_ms for a, b in itertools.pairwise(bars))


def test_nothing_has_no_bars():
    assert histogram(np.empty(0)) == ()
