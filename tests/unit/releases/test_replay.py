from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from headway.bundle.golden import GoldenRows
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import (
    MethodNotSupportedError,
    MissingModuleError,
    PredictionError,
    RuntimeLoadError,
)
from headway.releases.replay import replay_golden

ROWS = ((1.0,), (2.0,), (None,))


class Recorded:
    """A runtime that answers what it was told to."""

    form, flavor = "native", "sklearn"

    def __init__(self, **answers: Any) -> None:
        self.answers = {name: np.asarray(value) for name, value in answers.items()}
        self.batches: list[FeatureBatch] = []

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        self.batches.append(batch)
        if method not in self.answers:
            raise MethodNotSupportedError(f"no `{method}`")
        values = self.answers.get("predict", np.zeros(batch.n_rows))
        if method is Method.PREDICT:
            return Prediction(values)
        if method is Method.PREDICT_PROBA:
            return Prediction(values, probabilities=self.answers[method])
        return Prediction(values, scores=self.answers[method])


def golden(**outputs: list[Any]) -> GoldenRows:
    """Golden rows as they come out of a file."""
    rows = GoldenRows(("a",), ROWS, outputs)
    return msgspec.json.decode(msgspec.json.encode(rows), type=GoldenRows)


CASES: list[dict[str, list[Any]]] = [
    {"predict": ["bad", "good", "bad"]},
    {"predict": [True, False, True]},
    {"predict": [3, 1, 2]},
    {"predict": [0.5, -1e300, 0.0]},
    {"predict": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]},
    {"predict": ["a", "b", "a"], "predict_proba": [[0.9, 0.1], [0.2, 0.8], [1.0, 0.0]]},
    {"predict": ["a", "b", "a"], "decision_function": [-2.0, 3.0, -1.0]},
    {"predict": [0, 1, 2], "decision_function": [[3.0, 1, 2], [1.0, 3, 2], [1.0, 2, 3]]},
]


@pytest.mark.parametrize("answers", CASES)
def test_the_same_answers_pass(answers: dict[str, list[Any]]) -> None:
    runtime = Recorded(**answers)
    replay_golden(runtime, golden(**answers))
    assert len(runtime.batches) == len(answers)
    assert runtime.batches[0].rows() == ROWS


@pytest.mark.parametrize("answers", CASES)
@pytest.mark.parametrize("row", [0, 2])
def test_another_answer_in_any_row_of_any_method_is_found(
    answers: dict[str, list[Any]], row: int
) -> None:
    for method in answers:
        other = {name: list(values) for name, values in answers.items()}
        other[method][row] = other[method][1]
        with pytest.raises(RuntimeLoadError, match="does not run the model that was trained") as e:
            replay_golden(Recorded(**other), golden(**answers))
        assert f"`{method}`" in e.value.message
        assert f"(rows {row})" in e.value.message


def test_numbers_may_differ_by_the_tolerance_and_no_more() -> None:
    recorded = golden(predict=[1.0, 1e9, 0.0])
    replay_golden(Recorded(predict=[1.0 + 5e-13, 1e9 + 5e-4, 5e-13]), recorded)
    for row, step in enumerate([5e-12, 5e-3, 5e-12]):
        answers = np.array([1.0, 1e9, 0.0])
        answers[row] += step
        with pytest.raises(RuntimeLoadError):
            replay_golden(Recorded(predict=answers), recorded)


def test_a_number_that_is_not_finite_stays_so() -> None:
    recorded = golden(predict=[None, 1.0, None])
    replay_golden(Recorded(predict=[np.nan, 1.0, np.inf]), recorded)
    with pytest.raises(RuntimeLoadError, match=r"rows 0, 1\)"):
        replay_golden(Recorded(predict=[2.0, np.nan, np.nan]), recorded)


@pytest.mark.parametrize(
    "margins",
    [
        {"predict_proba": [[0.5, 0.5], [0.2, 0.8], [1.0, 0.0]]},
        {"predict_proba": [[0.5 + 1e-14, 0.5 - 1e-14], [0.2, 0.8], [1.0, 0.0]]},
        {"decision_function": [0.0, 3.0, -1.0]},
        {"decision_function": [[1.0, 1.0, 0.0], [0.0, 3.0, 1.0], [3.0, 0.0, 1.0]]},
    ],
)
def test_a_label_may_turn_where_the_model_cannot_tell(margins: dict[str, list[Any]]) -> None:
    recorded = golden(predict=["a", "b", "a"], **margins)
    replay_golden(Recorded(predict=["b", "b", "a"], **margins), recorded)
    with pytest.raises(RuntimeLoadError, match="rows 1"):
        replay_golden(Recorded(predict=["a", "a", "a"], **margins), recorded)


def test_float_labels_of_a_classifier_are_labels() -> None:
    margins = {"predict_proba": [[0.5, 0.5], [0.2, 0.8], [1.0, 0.0]]}
    recorded = golden(predict=[0.0, 1.0, 0.0], **margins)
    replay_golden(Recorded(predict=[1.0, 1.0, 0.0], **margins), recorded)
    with pytest.raises(RuntimeLoadError):
        replay_golden(Recorded(predict=[0.0, 0.0, 0.0], **margins), recorded)


def test_a_model_of_one_class_has_no_ties() -> None:
    recorded = golden(predict=["a", "a", "a"], predict_proba=[[1.0], [1.0], [1.0]])
    replay_golden(Recorded(predict=["a"] * 3, predict_proba=[[1.0]] * 3), recorded)
    with pytest.raises(RuntimeLoadError):
        replay_golden(Recorded(predict=["b"] * 3, predict_proba=[[1.0]] * 3), recorded)


@pytest.mark.parametrize(
    "answers", [[[1.0, 2.0]] * 3, [[[1.0]]] * 3, ["x", "y", "z"], [1.0, 2.0], [1.0] * 4]
)
def test_answers_of_another_shape_or_kind_are_another_model(answers: list[Any]) -> None:
    with pytest.raises(RuntimeLoadError):
        replay_golden(Recorded(predict=answers), golden(predict=[1.0, 2.0, 3.0]))


def test_a_method_that_is_gone_is_an_error() -> None:
    with pytest.raises(RuntimeLoadError, match="golden rows by `predict_proba`: no"):
        replay_golden(Recorded(), golden(predict_proba=[[1.0], [1.0], [1.0]]))


def test_a_method_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(RuntimeLoadError, match="transform"):
        replay_golden(Recorded(), golden(transform=[1.0, 1.0, 1.0]))


def test_a_model_that_raises_is_an_error() -> None:
    class Raising(Recorded):
        def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
            raise PredictionError("the model raised ValueError")

    with pytest.raises(RuntimeLoadError, match="the model raised ValueError"):
        replay_golden(Raising(), golden(predict=[1.0, 2.0, 3.0]))


def test_no_rows_ask_nothing() -> None:
    runtime = Recorded()
    replay_golden(runtime, GoldenRows(("a",), (), {"predict": []}))
    assert runtime.batches == []


def test_only_the_first_wrong_rows_are_named() -> None:
    rows = GoldenRows(("a",), tuple((float(i),) for i in range(20)), {"predict": [1] * 20})
    with pytest.raises(RuntimeLoadError, match=r"20 of 20 .*rows 0, 1, 2, 3, 4, \.\.\.\)"):
        replay_golden(Recorded(predict=[2] * 20), rows)


def test_a_module_that_is_missing_when_the_model_answers_is_named() -> None:
    class Lacking(Recorded):
        def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
            try:
                import my_late_steps  # type: ignore[import-not-found] # noqa: F401,PLC0415
            except ModuleNotFoundError as error:
                raise PredictionError("the model raised ModuleNotFoundError") from error
            return super().predict(batch, method)

    with pytest.raises(MissingModuleError, match="`my_late_steps`"):
        replay_golden(Lacking(predict=[1, 2, 3]), golden(predict=[1, 2, 3]))
