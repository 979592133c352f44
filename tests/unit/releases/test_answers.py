from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.releases.answers import answers_of, plain_answers


def test_each_method_has_its_own_answers() -> None:
    prediction = Prediction(np.array(["a"]), np.array([[0.2, 0.8]]), np.array([1.5]))
    assert answers_of(prediction, Method.PREDICT).tolist() == ["a"]
    assert answers_of(prediction, Method.PREDICT_PROBA).tolist() == [[0.2, 0.8]]
    assert answers_of(prediction, Method.DECISION_FUNCTION).tolist() == [1.5]


def test_answers_that_are_not_there_are_an_error() -> None:
    with pytest.raises(ValueError, match="predict_proba"):
        answers_of(Prediction(np.array([1])), Method.PREDICT_PROBA)


@pytest.mark.parametrize(
    ("answers", "plain"),
    [
        (np.array([1, 2], dtype=np.int8), [1, 2]),
        (np.array([True, False]), [True, False]),
        (np.array(["a", "é"]), ["a", "é"]),
        (np.array([0.1, 2.0]), [0.1, 2.0]),
        (np.array([0.5], dtype=np.float32), [0.5]),
        (np.array([1.0, np.nan, np.inf, -np.inf]), [1.0, None, None, None]),
        (np.array([[0.5, np.nan], [1.0, 0.0]]), [[0.5, None], [1.0, 0.0]]),
        (np.array([np.int64(3), "x", None], dtype=object), [3, "x", None]),
    ],
)
def test_answers_become_what_json_can_hold(answers: Any, plain: list[Any]) -> None:
    given = plain_answers(answers)
    assert given == plain
    assert [type(value) for value in given] == [type(value) for value in plain]
