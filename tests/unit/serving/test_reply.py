from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from headway.contract.model import Output, OutputRules
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import OutputContractError
from headway.serving.reply import AnswerReader, Answers, PredictionReply, encode_reply

CLASSES = Output(Task.CLASSIFICATION, tuple(Method), ("bad", "good"))
NUMBER = Output(Task.REGRESSION)
ANYTHING = Output(Task.OTHER)
BAD_NUMBERS = [math.nan, math.inf, -math.inf]


def answers(
    prediction: Prediction, output: Output, n_rows: int = 1, *, is_single: bool = False
) -> Answers:
    return AnswerReader(output).read(prediction, n_rows=n_rows, is_single=is_single)


def test_one_row_has_one_answer_and_several_have_a_list() -> None:
    labels = Prediction(np.array(["good"]), np.array([[0.2, 0.8]]), np.array([1.4]))
    single = answers(labels, CLASSES, is_single=True)
    assert single.prediction == "good"
    assert single.probabilities is not None
    assert single.probabilities.values == [0.2, 0.8]
    assert single.probabilities.classes == ("bad", "good")
    assert single.scores == 1.4
    several = answers(labels, CLASSES)
    assert several.prediction == ["good"]
    assert several.probabilities is not None
    assert several.probabilities.values == [[0.2, 0.8]]
    assert several.scores == [1.4]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([1, 2], dtype=np.int32), [1, 2]),
        (np.array([True, False]), [True, False]),
        (np.array([0.5, -2.0], dtype=np.float32), [0.5, -2.0]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array(["a", 1], dtype=object), ["a", 1]),
        (np.array([np.int64(3), np.float64(0.5)], dtype=object), [3, 0.5]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
def test_every_kind_of_answer_becomes_plain_python(values: Any, expected: list[Any]) -> None:
    plain = answers(Prediction(values), ANYTHING, n_rows=2).prediction
    assert plain == expected
    assert type(plain[0]) is type(expected[0])


@pytest.mark.parametrize("bad", BAD_NUMBERS)
@pytest.mark.parametrize("n_rows", [1, 5, 100])
def test_a_number_that_json_has_no_form_for_is_refused_and_its_row_named(
    bad: float, n_rows: int
) -> None:
    values = np.ones(n_rows)
    values[-1] = bad
    with pytest.raises(OutputContractError, match=f"prediction of row {n_rows - 1}"):
        answers(Prediction(values), NUMBER, n_rows)
    with pytest.raises(OutputContractError, match=f"row {n_rows - 1}"):
        answers(Prediction(values.astype(object)), NUMBER, n_rows)


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_probabilities_and_scores_are_looked_at_too(bad: float) -> None:
    label = np.array(["good"])
    with pytest.raises(OutputContractError, match="probability of row 0"):
        answers(Prediction(label, np.array([[0.5, bad]])), CLASSES)
    with pytest.raises(OutputContractError, match="score of row 0"):
        answers(Prediction(label, scores=np.array([bad])), CLASSES)


def test_the_largest_numbers_are_answers() -> None:
    largest = np.full(100, np.finfo(np.float64).max)
    assert answers(Prediction(largest), NUMBER, 100).prediction == largest.tolist()


@pytest.mark.parametrize("n_answers", [0, 1, 3])
def test_another_number_of_answers_is_refused(n_answers: int) -> None:
    with pytest.raises(OutputContractError, match=f"{n_answers} rows of 2"):
        answers(Prediction(np.zeros(n_answers)), NUMBER, n_rows=2)


def test_probabilities_of_other_classes_are_refused() -> None:
    three = Prediction(np.array(["good"]), np.array([[0.2, 0.3, 0.5]]))
    with pytest.raises(OutputContractError, match="2 classes"):
        answers(three, CLASSES)


@pytest.mark.parametrize(("shape", "width"), [((3, 2), 1), ((3,), 2), ((3, 1), 2), ((3, 2, 2), 2)])
def test_another_number_of_values_a_row_is_refused(shape: tuple[int, ...], width: int) -> None:
    output = Output(Task.REGRESSION, n_outputs=width)
    with pytest.raises(OutputContractError, match="shape"):
        answers(Prediction(np.zeros(shape)), output, 3)


def test_one_value_a_row_may_come_as_a_column() -> None:
    assert answers(Prediction(np.zeros((2, 1))), NUMBER, 2).prediction == [[0.0], [0.0]]


LABELS = [
    (("bad", "good"), "ugly"),
    ((0, 1), 2),
    ((0, 1), -1),
    ((False, True), "true"),
    ((0.5, 1.5), 0.50001),
    ((1, "a"), 1.5),
]


@pytest.mark.parametrize(("classes", "odd"), LABELS)
@pytest.mark.parametrize("n_rows", [1, 3, 100])
def test_a_label_outside_of_the_classes_is_refused_and_its_row_named(
    classes: tuple[Any, Any], odd: Any, n_rows: int
) -> None:
    output = Output(Task.CLASSIFICATION, tuple(Method), classes)
    labels = np.empty(n_rows, dtype=object)
    labels[:] = classes[0]
    assert answers(Prediction(labels), output, n_rows).prediction == [classes[0]] * n_rows
    labels[-1] = odd
    kinds = [labels, np.array(labels.tolist())] if isinstance(odd, type(classes[0])) else [labels]
    for given in kinds:
        with pytest.raises(OutputContractError, match=f"none of its classes for row {n_rows - 1}"):
            answers(Prediction(given), output, n_rows)


def test_a_list_is_no_label() -> None:
    with pytest.raises(OutputContractError, match="none of its classes for row 0"):
        answers(Prediction(np.array([["bad"], ["good"]])), CLASSES, 2)


@pytest.mark.parametrize("n_rows", [1, 3, 100])
@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ([0.2, 0.2], "sum to 0.4"),
        ([0.6, 0.6], "sum to 1.2"),
        ([-0.1, 1.1], "outside of 0 to 1"),
        ([math.nan, 0.5], "NaN as the probability"),
        ([math.inf, -math.inf], "an infinity as the probability"),
    ],
)
def test_what_are_no_probabilities_is_refused_and_the_row_named(
    n_rows: int, shares: list[float], message: str
) -> None:
    probabilities = np.full((n_rows, 2), 0.5)
    probabilities[-1] = shares
    with pytest.raises(OutputContractError, match=f"{message}.*") as raised:
        answers(Prediction(np.full(n_rows, "good"), probabilities), CLASSES, n_rows)
    assert f"row {n_rows - 1}" in raised.value.message
    assert "the model" in str(raised.value.hint)


@pytest.mark.parametrize("n_rows", [1, 100])
def test_probabilities_of_float32_are_probabilities(n_rows: int) -> None:
    shares = np.full((n_rows, 3), 1 / 3, dtype=np.float32).astype(np.float64)
    output = Output(Task.CLASSIFICATION, tuple(Method), ("a", "b", "c"))
    found = answers(Prediction(np.full(n_rows, "a"), shares), output, n_rows)
    assert found.probabilities is not None
    assert found.probabilities.values == shares.tolist()


def test_another_number_of_probabilities_is_refused() -> None:
    with pytest.raises(OutputContractError, match="1 rows of 2"):
        answers(Prediction(np.array(["bad", "good"]), np.array([[0.5, 0.5]])), CLASSES, 2)


def test_replies_hold_the_names_of_classes() -> None:
    output = Output(Task.CLASSIFICATION, tuple(Method), (0, 1), rules=OutputRules(("no", "yes")))
    found = answers(Prediction(np.array(["yes"]), np.array([[0.2, 0.8]])), output, is_single=True)
    assert (found.prediction, found.probabilities and found.probabilities.classes) == (
        "yes",
        ("no", "yes"),
    )
    with pytest.raises(OutputContractError, match="none of its classes"):
        answers(Prediction(np.array([1])), output)


@pytest.mark.parametrize("value", [None, 1 + 2j, object(), np.datetime64("2026-01-01")])
def test_an_answer_that_is_no_scalar_is_refused(value: Any) -> None:
    column = np.empty(1, dtype=object)
    column[0] = value
    with pytest.raises(OutputContractError, match="prediction of row 0"):
        answers(Prediction(column), NUMBER)


def test_a_reply_leaves_out_what_was_not_asked_for() -> None:
    reply = PredictionReply(
        prediction="good",
        model="credit",
        version="3",
        variant="champion",
        prediction_id="p",
        request_id="r",
    )
    assert json.loads(encode_reply(reply)) == {
        "prediction": "good",
        "model": "credit",
        "version": "3",
        "variant": "champion",
        "prediction_id": "p",
        "request_id": "r",
    }
