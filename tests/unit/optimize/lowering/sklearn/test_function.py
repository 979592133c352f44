from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from conformance.frames import credit, measurements
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal

VALUES = measurements(60)
ROWS = np.concatenate(
    [measurements(40, seed=8), [[0.0] * 5, [-0.5] * 5, [1e300] * 5, [np.inf] * 5]]
)
FUNCTIONS = [
    np.log, np.log1p, np.log2, np.log10, np.exp, np.expm1, np.sqrt, np.cbrt, np.square, np.abs,
    np.negative, np.reciprocal, np.sign, np.sin, np.cos, np.tanh, np.floor, np.ceil, np.rint,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_function_gives_what_numpy_gives_also_outside_of_its_domain(function):
    with np.errstate(all="ignore"):
        assert_same(FunctionTransformer(function), VALUES, ROWS, rtol=1e-13)


def test_the_logarithm_of_integers_is_a_float():
    frame = pd.DataFrame({"n": [1, 2, 40], "m": np.array([3, 1, 9], dtype="int32")})
    assert_same(FunctionTransformer(np.log), frame, rtol=1e-13)


@pytest.mark.parametrize("function", [np.abs, np.negative, np.square, np.reciprocal])
def test_what_numpy_computes_in_integers_is_refused(function):
    frame = pd.DataFrame({"n": [1, 2, 40], "x": [0.5, 1.0, 2.0]})
    error = refusal(FunctionTransformer(function), frame)
    assert "in integers" in error.message
    assert "float64" in str(error.hint)


@pytest.mark.parametrize("storage", ["bool", "int8", "int16", "uint8", "Int64"])
def test_what_numpy_computes_in_another_precision_is_refused(storage):
    frame = pd.DataFrame({"n": pd.array([1, 0, 1], dtype=storage)})
    assert "a precision of their own" in refusal(FunctionTransformer(np.log1p), frame).message


def test_zero_is_refused_by_the_graph_where_the_next_step_refuses_infinities():
    model = make_pipeline(FunctionTransformer(np.log), StandardScaler())
    values = np.abs(measurements(60)) + 0.1
    lowered = lower_step(model.fit(values), values)
    assert all(column.minimum is None for column in lowered.encoder.columns)
    assert lowered.columns[0].is_partial


@pytest.mark.parametrize("function", [None, np.sqrt])
def test_validation_refuses_what_is_missing_or_infinite(function):
    values = np.abs(measurements(60, missing=False))
    step = FunctionTransformer(function, validate=True)
    assert_same(step, values)
    lowered = lower_step(step, measurements(60))
    for column in lowered.encoder.columns:
        assert column.refuse_missing
        assert column.maximum == np.finfo(np.float64).max


def test_nothing_at_all_is_done_without_a_function():
    frame = credit(30)[["duration", "housing"]]
    lowered = lower_step(FunctionTransformer().fit(frame), frame)
    assert {column.tensor for column in lowered.columns} == {"features"}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (FunctionTransformer(np.cumsum), "its function `cumsum` is not covered"),
        (FunctionTransformer(np.tan), "its function `tan` is not covered"),
        (FunctionTransformer(np.log, kw_args={"where": True}), "`kw_args="),
        (FunctionTransformer(lambda x: x), "its function `<lambda>` is not covered"),
    ],
    ids=["no-ufunc", "inexact", "arguments", "own"],
)
def test_what_is_not_covered_is_refused_by_name(step, message):
    assert message in refusal(step, VALUES).message


def test_strings_and_float32_and_indicators_are_refused():
    step = FunctionTransformer(np.sqrt)
    assert "strings" in refusal(step, credit(20)[["housing"]]).message
    assert "float32" in refusal(step, VALUES.astype(np.float32)).message
    frame = credit(20)[["rate"]]
    coded = make_pipeline(OneHotEncoder(sparse_output=False), step).fit(frame)
    assert "booleans" in refusal(coded, frame).message


def test_validation_of_strings_or_float32_is_refused():
    step = FunctionTransformer(validate=True)
    assert "strings" in refusal(step, credit(20)[["housing"]]).message
    assert "float32" in refusal(step, VALUES.astype(np.float32)).message


@pytest.mark.parametrize("func", [np.floor, np.ceil, np.rint, np.sign])
@pytest.mark.parametrize(
    "before", [FunctionTransformer(np.log10), StandardScaler()], ids=["log", "scaled"]
)
def test_what_another_step_computes_is_not_rounded(func, before):
    step = make_pipeline(before, FunctionTransformer(func))
    values = np.exp(np.linspace(0, 9, 12)).reshape(6, 2)
    step.fit(values)
    assert "whose last bit is not numpy's" in refusal(step, values).message
