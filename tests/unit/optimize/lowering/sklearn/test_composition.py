from __future__ import annotations

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import FastICA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

from conformance.frames import credit, measurements
from conformance.trained import trained
from headway.errors import LoweringError
from unit.optimize.lowering.stepwise import assert_same, lower_step, refusal, run_graph

VALUES = measurements(60)
OTHERS = measurements(40, seed=8)
FRAME = credit(60)[["duration", "age", "rate", "housing"]]
NUMBERS = ["duration", "age", "rate"]


def one_hot():
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


@pytest.mark.parametrize(
    "chosen",
    [
        ["age", "duration"],
        "rate_alone",
        slice("duration", "age"),
        [2, 0],
        slice(0, 2),
        np.array([True, False, True, False]),
        make_column_selector(dtype_include=np.number),
        lambda frame: [name for name in frame.columns if name.startswith("d")],
    ],
)
@pytest.mark.parametrize("remainder", ["drop", one_hot()], ids=["drop", "one-hot"])
def test_columns_are_the_ones_that_scikit_learn_resolved(chosen, remainder):
    chosen = ["rate"] if isinstance(chosen, str) else chosen
    columns = ColumnTransformer([("some", StandardScaler(), chosen)], remainder=remainder)
    assert_same(columns, FRAME)


def test_blocks_stand_in_the_order_of_the_transformers_and_may_share_columns():
    columns = ColumnTransformer(
        [
            ("words", one_hot(), ["housing"]),
            ("ranged", MinMaxScaler(), ["rate", "duration"]),
            ("same", "passthrough", ["duration"]),
            ("scaled", StandardScaler(), ["duration"]),
        ]
    )
    made = assert_same(columns, FRAME).columns
    assert [column.feature for column in made] == [3, 3, 3, 2, 0, 0, 0]


def test_dropped_and_empty_blocks_leave_nothing():
    columns = ColumnTransformer(
        [
            ("gone", "drop", ["age"]),
            ("none", StandardScaler(), []),
            ("kept", "passthrough", ["rate"]),
        ]
    )
    assert len(assert_same(columns, FRAME).columns) == 1


def test_what_remains_is_passed_in_the_order_of_the_frame():
    columns = ColumnTransformer([("words", one_hot(), ["housing"])], remainder="passthrough")
    assert [c.feature for c in assert_same(columns, FRAME).columns[-3:]] == [0, 1, 2]


def test_steps_run_in_order():
    model = make_pipeline(SimpleImputer(), StandardScaler(), MinMaxScaler())
    assert_same(model, VALUES, OTHERS)


@pytest.mark.parametrize("nothing", [None, "passthrough", FunctionTransformer()], ids=str)
def test_a_step_that_does_nothing_is_passed_over(nothing):
    model = Pipeline([("scale", StandardScaler()), ("nothing", nothing)])
    assert_same(model, VALUES, OTHERS)


def test_column_transformers_nest_by_position():
    inner = ColumnTransformer([("last", "passthrough", [4, 0])], remainder=MinMaxScaler())
    outer = ColumnTransformer([("scaled", StandardScaler(), slice(0, 3))], remainder="passthrough")
    assert_same(make_pipeline(inner, outer), VALUES, OTHERS)


def test_nothing_is_copied_where_every_column_is_passed():
    columns = ColumnTransformer([("all", "passthrough", slice(0, 5))]).fit(VALUES)
    lowered = lower_step(columns, VALUES)
    assert {column.tensor for column in lowered.columns} == {"features"}


def test_a_pipeline_answers_by_its_last_step():
    values = measurements(60, missing=False)
    model = Pipeline([("scale", StandardScaler()), ("line", Pipeline([("ridge", Ridge())]))])
    fitted = trained(model, values, values[:, 0])
    made = run_graph(fitted.lower().graph, values)
    np.testing.assert_allclose(made, model.predict(values), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Pipeline([("s", StandardScaler())], transform_input=["x"]), "`transform_input="),
    ],
    ids=str,
)
def test_what_is_not_covered_is_refused_by_name(step, message):
    step.steps[0][1].fit(VALUES)
    assert message in refusal(step, VALUES).message


def test_a_refusal_names_the_step_inside_of_the_steps():
    columns = ColumnTransformer([("few", FastICA(1), [0, 1])])
    values = measurements(60, missing=False)
    fitted = trained(Pipeline([("columns", columns), ("line", Ridge())]), values, values[:, 0])
    with pytest.raises(LoweringError) as caught:
        fitted.lower()
    message = caught.value.message
    assert message.index("`model` (Pipeline)") < message.index("`columns` (ColumnTransformer)")
    assert message.endswith(
        "step `few` (FastICA): `sklearn.decomposition._fastica.FastICA` is not covered"
    )


def test_the_names_of_a_frame_between_two_steps_make_no_difference():
    first = ColumnTransformer([("n", SimpleImputer(), NUMBERS)]).set_output(transform="pandas")
    second = ColumnTransformer([("s", StandardScaler(), ["n__rate", "n__duration"])])
    assert_same(make_pipeline(first, second), FRAME)


def test_a_column_transformer_that_is_not_fitted_is_refused():
    columns = ColumnTransformer([("a", StandardScaler(), [0])])
    assert "fitted attributes" in refusal(columns, VALUES).message
