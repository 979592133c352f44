from __future__ import annotations

import msgspec
import numpy as np
import pytest

from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.optimize.timing import measure_alone
from headway.releases.loss import (
    Budget,
    Change,
    Latency,
    Loss,
    LossReport,
    cosine_similarities,
    differences,
    latencies,
    primary_method,
    request_ms,
    table,
)

ROWS = FeatureBatch.from_rows(("a",), [(1.0,), (2.0,), (3.0,)])
LABELS = np.array(["x", "y", "x"], dtype=object)


def labelled(labels: np.ndarray, shift: float) -> Prediction:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]]) + np.array([shift, -shift])
    return Prediction(labels, probabilities=probabilities)


def test_labels_and_probabilities_that_changed_are_counted() -> None:
    other = np.array(["x", "x", "x"], dtype=object)
    loss = differences(labelled(LABELS, 0), labelled(other, 0.05), ({"accuracy": 1.0, "old": 3}, {"accuracy": 0.5}))  # fmt: skip
    assert (loss.n_rows, loss.label_changes) == (3, 1)
    assert loss.max_probability_change == pytest.approx(0.05)
    assert loss.metrics == {"accuracy": Change(1.0, 0.5)}
    assert loss.max_abs_difference is loss.mean_cosine is None


def test_numbers_differ_by_their_largest_difference() -> None:
    loss = differences(Prediction(np.array([1.0, 2.0])), Prediction(np.array([1.0, 2.5])), ({}, {}))
    assert (loss.max_abs_difference, loss.label_changes, loss.mean_cosine) == (0.5, None, None)


def test_a_number_that_is_none_any_more_is_no_small_difference() -> None:
    loss = differences(Prediction(np.array([1.0])), Prediction(np.array([np.nan])), ({}, {}))
    assert loss.max_abs_difference is not None
    assert loss.max_abs_difference > 1e300


def test_vectors_are_compared_by_their_direction() -> None:
    old = np.array([[1.0, 0.0], [0.0, 2.0]])
    new = np.array([[3.0, 0.0], [1.0, 1.0]])
    loss = differences(Prediction(old), Prediction(new), ({}, {}))
    assert loss.mean_cosine == pytest.approx((1 + np.sqrt(0.5)) / 2)
    assert loss.least_cosine == pytest.approx(np.sqrt(0.5))


def test_a_vector_of_zeros_is_like_itself_alone() -> None:
    zeros, ones = np.zeros((2, 3)), np.array([[0.0, 0, 0], [1, 1, 1]])
    assert cosine_similarities(zeros, ones).tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("methods", "method"),
    [
        ((Method.PREDICT,), Method.PREDICT),
        ((Method.PREDICT, Method.PREDICT_PROBA), Method.PREDICT_PROBA),
    ],
)
def test_probabilities_tell_more_than_labels(methods: tuple[Method, ...], method: Method) -> None:
    assert primary_method(Output(Task.CLASSIFICATION, methods, ("x", "y"))) is method


class Counting:
    form, flavor = "lowered", "onnx"

    def __init__(self, calls: list[int]) -> None:
        self.calls = calls

    def predict(self, batch: FeatureBatch, _method: Method) -> Prediction:
        self.calls.append(batch.n_rows)
        return Prediction(np.zeros(batch.n_rows))


def test_both_forms_are_timed_in_turn_with_more_rows_than_there_are() -> None:
    calls: list[int] = []
    found = latencies(Counting(calls), Counting(calls), ROWS, Method.PREDICT, measure_alone)
    assert [item.n_rows for item in found] == [1, 8, 64]
    assert set(calls) == {1, 8, 64}
    assert all(item.before_us > 0 < item.after_us for item in found)
    calls.clear()
    taken = request_ms(Counting(calls), Counting(calls), ROWS, Method.PREDICT)
    assert taken is not None
    assert calls == [1] * 60
    assert request_ms(Counting(calls), Counting(calls), ROWS.take([]), Method.PREDICT) is None


REPORT = LossReport(
    kind="int8",
    engine="onnxruntime 1.32",
    method="weights in int8",
    options={},
    parent="net:1",
    parent_digest="ab",
    n_calibration_rows=0,
    size_bytes=Change(2e6, 5e5),
    latencies=(Latency(1, 20.0, 10.0),),
    request_ms=Change(1.0, 0.5),
    loss=Loss(3, label_changes=1, metrics={"accuracy": Change(1.0, 0.5)}),
    budget=Budget("accuracy", 0.6),
)


def test_the_report_is_a_table_and_survives_a_file() -> None:
    assert table(REPORT) == [
        ("size MB", 2.0, 0.5),
        ("CPU us per row, 1 at once", 20.0, 10.0),
        ("ms per request of one row", 1.0, 0.5),
        ("accuracy", 1.0, 0.5),
        ("labels that changed", None, 1),
    ]
    assert REPORT.size_ratio == 0.25
    assert msgspec.json.decode(REPORT.to_json(), type=LossReport) == REPORT
