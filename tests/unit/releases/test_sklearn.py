from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from headway.contract.model import Output
from headway.contract.output import Answer, declare_output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import TrainingDataError
from headway.releases.sklearn import evaluate

PROBABILITIES = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.7, 0.3]])
ALL = (Method.PREDICT, Method.PREDICT_PROBA)


class Fixed:
    """A runtime that answers what it was told to."""

    form, flavor = "native", "sklearn"

    def __init__(self, values: Any, probabilities: Any = None) -> None:
        self.prediction = Prediction(np.asarray(values), probabilities)
        self.asked: list[Method] = []

    def predict(self, _batch: FeatureBatch, method: Method) -> Prediction:
        self.asked.append(method)
        return self.prediction


def measured(runtime: Fixed, output: Output, labels: list[Any]) -> dict[str, float]:
    batch = FeatureBatch.from_rows(("a",), [(0.0,)] * len(labels))
    return evaluate(runtime, output, batch, np.array(labels))


@pytest.mark.parametrize("classes", [("bad", "good"), (0, 1), (False, True), ("z", "a"), (2, -1)])
def test_two_classes_of_any_type_and_order(classes: tuple[Any, Any]) -> None:
    first, second = classes
    runtime = Fixed(np.array([first, second, second, first]), PROBABILITIES)
    found = measured(runtime, Output(Task.CLASSIFICATION, ALL, classes), [first, second, first, first])  # fmt: skip
    truth, positive = [0, 1, 0, 0], PROBABILITIES[:, 1]
    assert found == pytest.approx(
        {
            "accuracy": 0.75,
            "log_loss": metrics.log_loss(truth, PROBABILITIES),
            "roc_auc": metrics.roc_auc_score(truth, positive),
        }
    )
    assert all(type(value) is float for value in found.values())


def test_sums_that_were_rounded_are_no_warning_and_others_are() -> None:
    rounded = PROBABILITIES.astype(np.float16).astype(np.float64)
    rounded[0] *= 1 + 1e-4
    output = Output(Task.CLASSIFICATION, ALL, ("bad", "good"))
    labels = ["bad", "good", "bad", "bad"]
    found = measured(Fixed(labels, rounded), output, labels)
    exact = measured(Fixed(labels, PROBABILITIES), output, labels)
    assert found["log_loss"] == pytest.approx(exact["log_loss"], rel=1e-2)
    with pytest.warns(UserWarning, match="do not sum to one"):
        measured(Fixed(labels, PROBABILITIES * 0.5), output, labels)


def test_three_classes_have_no_area_under_a_curve() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    output = Output(Task.CLASSIFICATION, ALL, ("a", "b", "c"))
    found = measured(Fixed(["a", "b", "c"], probabilities), output, ["a", "b", "b"])
    assert set(found) == {"accuracy", "log_loss"}
    assert found["accuracy"] == pytest.approx(2 / 3)


def test_rows_of_one_class_leave_out_what_is_not_defined() -> None:
    output = Output(Task.CLASSIFICATION, ALL, ("bad", "good"))
    found = measured(Fixed(["bad"] * 4, PROBABILITIES), output, ["bad"] * 4)
    assert set(found) == {"accuracy", "log_loss"}
    assert found["accuracy"] == 1.0


def test_a_certain_and_wrong_probability_is_left_out_or_finite() -> None:
    output = Output(Task.CLASSIFICATION, ALL, ("bad", "good"))
    found = measured(Fixed(["bad", "good"], np.eye(2)), output, ["good", "bad"])
    assert found["accuracy"] == 0.0
    assert np.isfinite(list(found.values())).all()


def test_a_classifier_without_probabilities_has_an_accuracy() -> None:
    runtime = Fixed(["bad", "good"])
    output = Output(Task.CLASSIFICATION, (Method.PREDICT,), ("bad", "good"))
    assert measured(runtime, output, ["bad", "bad"]) == {"accuracy": 0.5}
    assert runtime.asked == [Method.PREDICT]


def test_labels_that_the_model_does_not_know_are_named() -> None:
    output = Output(Task.CLASSIFICATION, ALL, ("bad", "good"))
    with pytest.raises(TrainingDataError, match=r"does not know: \['Good', 'ugly'\]") as caught:
        measured(Fixed(["bad"] * 3, PROBABILITIES[:3]), output, ["ugly", "Good", "bad"])
    assert "'good'" in str(caught.value.hint)


def test_a_regression() -> None:
    found = measured(Fixed([1.0, 2.0, 4.0]), Output(Task.REGRESSION), [1.0, 2.0, 3.0])
    assert found == pytest.approx({"mae": 1 / 3, "rmse": (1 / 3) ** 0.5, "r2": 0.5})


def test_one_row_has_no_r2() -> None:
    assert measured(Fixed([1.0]), Output(Task.REGRESSION), [3.0]) == {"mae": 2.0, "rmse": 2.0}


@pytest.mark.parametrize("output", [Output(Task.OTHER), Output(Task.REGRESSION, n_outputs=2)])
def test_other_models_are_not_measured(output: Output) -> None:
    assert measured(Fixed([1.0, 2.0]), output, [1.0, 2.0]) == {}


@pytest.mark.parametrize("labels", [[0, 1, 0, 0], ["good", "bad", "good", "good"]])
def test_classes_with_names_are_measured_as_what_they_are(labels: list[Any]) -> None:
    output = declare_output(
        Output(Task.CLASSIFICATION, ALL, (0, 1)), Answer(class_names=["good", "bad"])
    )
    runtime = Fixed(["good", "bad", "bad", "good"], PROBABILITIES)
    found = measured(runtime, output, labels)
    assert found["accuracy"] == 0.75
    assert found["log_loss"] == pytest.approx(metrics.log_loss([0, 1, 0, 0], PROBABILITIES))


def test_numbers_are_measured_in_the_unit_that_is_served() -> None:
    steps = ["exp", "scale=10", "clip=:15"]
    output = declare_output(Output(Task.REGRESSION), Answer(post=steps))
    found = measured(Fixed([10.0, 15.0]), output, [0.0, np.log(2.0)])
    # the truth is 10 and 20: it takes the unit, and is not clipped
    assert found["mae"] == pytest.approx(2.5)


def test_labels_that_are_in_the_unit_already_are_refused() -> None:
    output = declare_output(Output(Task.REGRESSION), Answer(post=["exp"]))
    with pytest.raises(TrainingDataError, match="no numbers"):
        measured(Fixed([10.0]), output, [1e6])
