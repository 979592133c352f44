from __future__ import annotations

import numpy as np
import pytest

from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.optimize.timing import measure, median_cpu_ratio


class Counting:
    form = "native"
    flavor = "sklearn"

    def __init__(self, loops: int) -> None:
        self.loops = loops
        self.calls = 0

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self.calls += 1
        sum(range(self.loops))
        return Prediction(np.zeros(batch.n_rows))


def test_a_costlier_runtime_costs_more_and_a_row_of_a_block_costs_a_share():
    one = FeatureBatch.from_rows(("a",), [(1.0,)])
    ten = FeatureBatch.from_rows(("a",), [(1.0,)] * 10)
    cheap = measure(Counting(100), one, Method.PREDICT)
    dear = measure(Counting(100_000), one, Method.PREDICT)
    shared = measure(Counting(100_000), ten, Method.PREDICT)
    assert 0 < cheap.cpu_us_per_row < dear.cpu_us_per_row
    assert shared.cpu_us_per_row < dear.cpu_us_per_row
    assert (dear.form, dear.n_rows, shared.n_rows) == ("native", 1, 10)


def test_a_slow_runtime_is_asked_a_few_times_only():
    runtime = Counting(2_000_000)
    measure(runtime, FeatureBatch.from_rows(("a",), [(1.0,)]), Method.PREDICT)
    assert runtime.calls <= 10


def test_the_ratio_of_two_runtimes_is_that_of_their_costs():
    rows = FeatureBatch.from_rows(("a",), [(1.0,)])
    alike = median_cpu_ratio(Counting(200_000), Counting(200_000), rows, Method.PREDICT)
    assert alike == pytest.approx(1.0, abs=0.5)
    dear, cheap = Counting(2_000_000), Counting(20_000)
    assert median_cpu_ratio(dear, cheap, rows, Method.PREDICT) > 3
    assert (dear.calls, cheap.calls) == (2, 2)
