from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.clock import SystemClock
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import PredictionError
from headway.optimize.parity import Effort, Pair, check_parity
from headway.optimize.probe_rows import REAL, THRESHOLD, Probe

REGRESSION = Output(Task.REGRESSION)
CLASSES = Output(Task.CLASSIFICATION, (Method.PREDICT, Method.DECISION_FUNCTION), ("no", "yes"))
QUICK = Effort(n_single_rows=4, n_small_blocks=4)


class Line:
    """Answers twice the first feature, or raises on what `refuses` holds for."""

    flavor = "sklearn"

    def __init__(self, form="native", *, shift=lambda x: 0.0, refuses=lambda x: False):
        self.form = form
        self.shift = shift
        self.refuses = refuses
        self.batch_sizes: list[int] = []

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self.batch_sizes.append(batch.n_rows)
        numbers = [row[0] for row in batch.rows()]
        if any(self.refuses(number) for number in numbers):
            raise PredictionError("refused")
        values = np.array([2.0 * number + self.shift(number) for number in numbers])
        if method is Method.DECISION_FUNCTION:
            return Prediction(np.where(values > 0, "yes", "no"), scores=values)
        return Prediction(values)


class Ticking:
    """A clock on which every look takes a second."""

    def __init__(self):
        self.now_s = 0.0

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def monotonic_s(self) -> float:
        self.now_s += 1.0
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


def probe(kind, numbers):
    return Probe(kind, FeatureBatch.from_columns(("x",), [list(map(float, numbers))]))


def check(native, lowered, probes, output=REGRESSION, effort=QUICK, clock=None):
    pair = Pair(native, lowered, output)
    return check_parity(pair, probes, clock=clock or SystemClock(), effort=effort)


def test_equal_forms_pass_and_everything_is_counted():
    probes = [probe(REAL, range(2_500)), probe("zero", [0]), probe(THRESHOLD, range(1_200))]
    native = Line()
    report = check(native, Line("lowered"), probes)
    assert report.passed
    assert {kind: (c.planned, c.compared) for kind, c in report.rows.items()} == {
        REAL: (2_500, 2_500),
        "zero": (1, 1),
        THRESHOLD: (1_200, 1_200),
    }
    assert (report.single_rows, report.small_blocks, report.refused_rows) == (4, 4, 0)
    assert {1, 8, 500, 1_000} <= set(native.batch_sizes)
    assert "3,701 rows" in report.reason


def test_one_row_of_thousands_above_the_tolerance_fails_and_is_named():
    lowered = Line("lowered", shift=lambda x: 1e-7 if x == 1_777 else 0.0)
    report = check(Line(), lowered, [probe(REAL, range(3_000))])
    assert not report.passed
    assert report.failure is not None
    assert (report.failure.kind, report.failure.row) == (REAL, 1_777)
    assert report.failure.difference == pytest.approx(1e-7, rel=1e-3)
    assert report.rows[REAL].compared == 2_000
    assert report.timings == ()


def test_a_difference_within_the_tolerance_is_measured_and_passes():
    lowered = Line("lowered", shift=lambda x: 4e-13)
    report = check(Line(), lowered, [probe(REAL, range(10))])
    assert report.passed
    assert report.max_abs_difference == pytest.approx(4e-13, rel=0.01)
    assert report.max_tolerance_ratio == pytest.approx(0.4, rel=0.01)


def test_rows_on_which_both_raise_pass_and_their_neighbours_are_compared():
    def refuses(number):
        return number in {3, 70, 500}

    probes = [probe(REAL, range(1_000))]
    report = check(Line(refuses=refuses), Line("lowered", refuses=refuses), probes)
    assert report.passed
    assert report.rows[REAL].compared == 1_000
    assert report.refused_rows >= 3
    wrong = Line("lowered", refuses=refuses, shift=lambda x: 1.0 if x == 71 else 0.0)
    found = check(Line(refuses=refuses), wrong, probes).failure
    assert found is not None
    assert found.row == 71


@pytest.mark.parametrize(
    ("native", "lowered", "told"),
    [
        (Line(refuses=lambda x: x == 5), Line("lowered"), ("an answer", "an error")),
        (Line(), Line("lowered", refuses=lambda x: x == 5), ("an error", "an answer")),
    ],
)
def test_a_row_on_which_only_one_raises_fails(native, lowered, told):
    report = check(native, lowered, [probe(REAL, range(100))])
    assert report.failure is not None
    assert (report.failure.row, report.failure.lowered, report.failure.native) == (5, *told)


def test_a_model_that_answers_no_real_row_does_not_pass():
    refusing = Line(refuses=lambda x: True)
    report = check(refusing, refusing, [probe(REAL, range(20))])
    assert not report.passed
    assert "answers none of the real rows" in report.reason


def test_when_the_time_is_up_rows_on_thresholds_may_be_left_and_counted():
    probes = [probe(REAL, range(100)), probe(THRESHOLD, range(100_000))]
    report = check(Line(), Line("lowered"), probes, effort=Effort(25, 2, 2), clock=Ticking())
    assert report.passed
    assert 0 < report.rows[THRESHOLD].compared < report.rows[THRESHOLD].planned


def test_when_the_time_is_up_no_other_row_may_be_left():
    probes = [probe(REAL, range(50_000))]
    report = check(Line(), Line("lowered"), probes, effort=Effort(20, 2, 2), clock=Ticking())
    assert not report.passed
    assert "the time budget ended before rows were compared: `real`" in report.reason


def test_every_method_is_compared():
    probes = [probe(REAL, range(-50, 50))]
    assert check(Line(), Line("lowered"), probes, CLASSES).passed
    shifted = Line("lowered", shift=lambda x: 1e-6)
    failure = check(Line(), shifted, probes, CLASSES).failure
    assert failure is not None
    assert failure.what == "scores"


def test_a_label_on_a_tie_is_counted():
    lowered = Line("lowered", shift=lambda x: 1e-13 if x == 0 else 0.0)
    report = check(Line(), lowered, [probe(REAL, [-1, 0, 1])], CLASSES)
    assert report.passed
    assert report.label_ties >= 1


def test_both_forms_are_measured_at_one_row_and_at_a_block():
    report = check(Line(), Line("lowered"), [probe(REAL, range(300))])
    assert [(timing.form, timing.n_rows) for timing in report.timings] == [
        ("native", 1),
        ("native", 300),
        ("lowered", 1),
        ("lowered", 300),
    ]
    assert all(timing.cpu_us_per_row > 0 for timing in report.timings)
