"""How runs are put together, with a generator in this process and a clock of its own."""

from __future__ import annotations

import os
from array import array

import numpy as np
import pytest

from headway.core.clock import SystemClock
from headway.testing.load.bench import Bench
from headway.testing.load.bodies import Rows, make_bodies
from headway.testing.load.objectives import read_objectives
from headway.testing.load.plan import LoadPlan
from headway.testing.load.target import target_at
from headway.testing.load.wire import Outcome

ONE = target_at("http://127.0.0.1:1", "/p", "credit:1", pid=os.getpid())
TWO = target_at("http://127.0.0.1:2", "/p", "credit:2", pid=os.getpid())
BODIES = make_bodies(Rows([{"a": 1}, {"a": 2}], ""), {1: 1.0})


class Fake:
    """Answers every request after a time that depends on the rate, up to a capacity."""

    def __init__(self, capacity: float = 1e9) -> None:
        self.capacity = capacity
        self.loads: list = []

    def run(self, load, on_mark, on_tick):
        self.loads.append(load)
        on_mark()
        on_tick()
        due_s = np.frombuffer(load.due_s)
        rate = len(due_s) / due_s[-1]
        done_s = due_s + (0.001 * load.port if rate < self.capacity else 0.5)
        status = array("h", [200]) * len(due_s)
        return Outcome(
            due_s.tobytes(), due_s.tobytes(), done_s.tobytes(), status.tobytes(), 0.1, 2, 2, None
        )


def bench(fake: Fake, *slo: str, said: list[str] | None = None, **fields) -> Bench:
    given = {"rate_per_s": 200, "duration_s": 2, "warm_up_s": 0.5, "arrivals": "constant"}
    plan = LoadPlan(**given | fields)
    said = [] if said is None else said
    return Bench(fake, BODIES, plan, read_objectives(slo), SystemClock(), said.append)


def test_the_warm_up_comes_before_and_is_not_counted():
    said: list[str] = []
    (measured,) = bench(Fake(), said=said).measure(ONE).measurements
    assert len(measured.samples.status) == 400
    assert measured.samples.duration_s == 2
    assert measured.memory_bytes > 1_000_000
    assert measured.cpu_s >= 0
    assert "credit:1: 200 requests/s [" in said[0]


def test_two_versions_get_the_same_requests_in_turns():
    fake = Fake()
    report = bench(fake, duration_s=3).compare(ONE, TWO)
    ports = [load.port for load in fake.loads]
    assert ports == [1, 2] * 6
    for first, second in zip(fake.loads[::2], fake.loads[1::2], strict=True):
        assert (first.due_s, first.order) == (second.due_s, second.order)
    assert report.comparison.n_rounds == 6
    assert report.comparison.p50_difference_ms.value == pytest.approx(1.0)
    assert [len(one.samples.status) for one in report.measurements] == [600, 600]


def test_each_round_has_arrivals_of_its_own():
    fake = Fake()
    bench(fake, arrivals="poisson").compare(ONE, TWO)
    assert len({load.due_s for load in fake.loads}) == 6


def test_the_highest_rate_is_found_with_steps_of_enough_requests():
    fake = Fake(capacity=1_500)
    report = bench(fake, "p99=20ms", duration_s=5, step_s=0.1).find(ONE)
    assert 1_300 < report.found.rate_per_s <= 1_500
    assert report.verdict == "kept"
    (measured,) = report.measurements
    assert measured.samples.duration_s == 5
    assert measured.rate_per_s == report.found.rate_per_s
    assert all(len(np.frombuffer(load.due_s)) >= 368 for load in fake.loads)
