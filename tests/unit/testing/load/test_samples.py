from __future__ import annotations

from array import array

import numpy as np
import pytest

from headway.testing.load.samples import joined, samples_of
from headway.testing.load.wire import BROKEN, TIMED_OUT, Load, Outcome
from unit.testing.load.made import samples


def doubles(*values: float) -> bytes:
    return array("d", values).tobytes()


def test_the_warm_up_is_left_out_and_latency_counts_from_when_it_was_due():
    load = Load("h", 1, [b"", b""], array("I", [0, 1, 1]).tobytes(), doubles(0.5, 1.0, 1.5), 1.0)
    outcome = Outcome(
        *(doubles(0.5, 1.1, 1.5), doubles(0.6, 1.2, 1.6), doubles(0.7, 1.3, 1.9)),
        array("h", [200, 200, 200]).tobytes(),
        *(0.3, 4, 4, None),
    )
    found = samples_of(load, outcome, np.array([1, 10]), 2.0)
    assert found.due_s.tolist() == [0.0, 0.5]
    assert found.latency_ms() == pytest.approx([300, 400])
    assert found.latency_of_server_ms() == pytest.approx([200, 400])
    assert found.lateness_ms() == pytest.approx([100, 0])
    assert found.n_rows.tolist() == [10, 10]
    assert found.duration_s == 1.0


def test_who_was_given_up_counts_as_slow_and_who_was_refused_does_not_count_as_fast():
    found = samples([10, 5_000, 1, 1], status=[200, TIMED_OUT, 503, BROKEN])
    assert found.latency_ms() == pytest.approx([10, 5_000])
    assert found.refused() == {503: 1}
    assert found.error_ratio == 0.75


def test_rounds_become_one_run():
    both = joined([samples([1, 2]), samples([3, 4, 5], busy_ratio=0.6)])
    assert both.latency_ms() == pytest.approx([1, 2, 3, 4, 5])
    assert both.due_s.tolist() == pytest.approx([0, 0.001, 0.002, 0.003, 0.004])
    assert both.busy_ratio == pytest.approx(0.4)


def test_a_generator_that_falls_behind_offers_less():
    assert samples([1] * 100).offered_per_s == pytest.approx(1_000)
    assert samples([101] * 100, late_ms=100).offered_per_s == pytest.approx(500)
