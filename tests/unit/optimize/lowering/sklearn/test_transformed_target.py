from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from conformance.trained import batch_of, trained
from headway.errors import InputRefusedError
from unit.optimize.lowering.answering import AMOUNT, VALUES, assert_same_answers, why_not

POSITIVE = np.abs(AMOUNT) / 20
SEVERAL = np.column_stack([POSITIVE, AMOUNT])
TRANSFORMERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    MinMaxScaler((-1, 2)),
    MaxAbsScaler(),
    RobustScaler(),
    FunctionTransformer(np.cbrt, lambda values: values**3, check_inverse=False),
]


@pytest.mark.parametrize(
    ("func", "inverse"),
    [(np.log1p, np.expm1), (np.sqrt, np.square), (np.negative, np.negative), (None, None)],
)
def test_known_functions_are_undone(func, inverse):
    model = TransformedTargetRegressor(
        LinearRegression(), func=func, inverse_func=inverse, check_inverse=False
    )
    assert_same_answers(model, POSITIVE, VALUES)


@pytest.mark.parametrize("target", [POSITIVE, SEVERAL], ids=["one", "several"])
@pytest.mark.parametrize("transformer", TRANSFORMERS[:-1], ids=str)
def test_scalers_are_undone(transformer, target):
    model = TransformedTargetRegressor(LinearRegression(), transformer=transformer)
    assert_same_answers(model, target)


@pytest.mark.parametrize(
    "transformer", [PowerTransformer(), TRANSFORMERS[-1]], ids=["power", "own"]
)
def test_what_is_not_known_is_refused(transformer):
    model = TransformedTargetRegressor(transformer=transformer, check_inverse=False)
    assert "is not covered" in why_not(model, POSITIVE)


def test_a_regressor_of_another_shape_is_refused():
    def change(model):
        model._training_dim = 2

    assert "different shapes" in why_not(TransformedTargetRegressor(), POSITIVE, change)


def test_a_scaler_of_another_width_is_refused():
    def change(model):
        model.transformer_.scale_ = np.ones(3)

    model = TransformedTargetRegressor(transformer=StandardScaler())
    assert "`scale_`" in why_not(model, POSITIVE, change)


def test_a_classifier_inside_is_refused():
    def change(model):
        model.regressor_ = RandomForestClassifier(2, max_depth=2).fit(VALUES, AMOUNT > 0)

    assert "numbers with a fraction" in why_not(TransformedTargetRegressor(), POSITIVE, change)


def test_an_answer_that_the_transformer_refuses_is_refused():
    model = trained(
        TransformedTargetRegressor(func=np.log1p, inverse_func=np.expm1), VALUES, POSITIVE
    )
    model.model.regressor_.intercept_ = np.inf
    rows = VALUES[:1]
    answers = model.runtime(model.lower())
    with pytest.raises(InputRefusedError):
        answers.predict(batch_of(model.contract.names, rows), "predict")
    with pytest.raises(ValueError, match="infinity"):
        model.model.predict(rows)
