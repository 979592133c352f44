from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.multioutput import RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

from conformance.cases.models import boosted_regression
from conformance.frames import measurements
from conformance.trained import Trained, trained
from headway.optimize.lowering.columns import Monotone
from headway.optimize.parity import Effort

EFFORT = Effort(n_single_rows=4, n_small_blocks=4, is_timed=False)
NEGATIVE = FunctionTransformer(np.negative)
# Neither computes a number
SELECTING = {"Where", "LessOrEqual", "IsNaN", "Gather", "Concat"}


def function(ufunc: Any) -> FunctionTransformer:
    return FunctionTransformer(ufunc)


def skewed(*, missing: bool) -> np.ndarray:
    values = np.abs(measurements(90, missing=missing)[:, :2])
    return values + 0.01


def of(*steps: Any, missing: bool, forest: bool = False) -> Trained:
    """Fit trees behind steps, on positive numbers."""
    values = skewed(missing=missing)
    known = np.nan_to_num(values)
    estimator = (
        RandomForestRegressor(3, max_leaf_nodes=9, random_state=0)
        if forest
        else boosted_regression(max_iter=3, max_leaf_nodes=9)
    )
    return trained(make_pipeline(*steps, estimator), values, known[:, 0] * known[:, 1])


def before_the_trees(model: Trained) -> set[str]:
    """Return the kinds of operators that the trees' input goes through."""
    nodes = list(onnx.load_from_string(model.lower().graph).graph.node)
    makers = {name: node for node in nodes for name in node.output}
    waiting = [node for node in nodes if node.op_type == "TreeEnsemble"]
    found: set[str] = set()
    while waiting:
        before = [makers[name] for name in waiting.pop().input if name in makers]
        found |= {node.op_type for node in before}
        waiting += before
    return found


def assert_passes(model: Trained) -> None:
    report = model.check(model.lower(), EFFORT)
    assert report.passed, report.reason
    assert report.rows["threshold"].compared > 0


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(
    "steps",
    [
        [function(np.log1p)],
        [function(np.log)],
        [function(np.exp)],
        [function(np.floor), function(np.exp)],
        [StandardScaler()],
        [NEGATIVE],
        [NEGATIVE, MinMaxScaler(clip=True)],
        [MinMaxScaler(), NEGATIVE, FunctionTransformer(np.exp)],
        [PowerTransformer()],
        [QuantileTransformer(n_quantiles=9, output_distribution="normal")],
        [SimpleImputer(), StandardScaler()],
        [SimpleImputer(strategy="constant", fill_value=0.5), function(np.sqrt)],
        [function(np.log), NEGATIVE],
    ],
    ids=lambda steps: "-".join(
        getattr(getattr(step, "func", None), "__name__", type(step).__name__) for step in steps
    ),
)
def test_trees_compare_the_features_themselves(steps, missing):
    model = of(*steps, missing=missing)
    assert_passes(model)
    assert before_the_trees(model) <= SELECTING


def test_numbers_that_are_none_above_a_bound_go_the_way_of_missing():
    model = of(StandardScaler(), NEGATIVE, function(np.sqrt), missing=True)
    assert_passes(model)
    assert "Greater" in before_the_trees(model)


@pytest.mark.parametrize("steps", [[function(np.log1p)], [StandardScaler()], [PowerTransformer()]])
def test_forests_compare_the_features_themselves(steps):
    model = of(*steps, missing=False, forest=True)
    assert_passes(model)
    assert before_the_trees(model) <= SELECTING


def test_features_of_float32_are_compared_as_they_are():
    values = skewed(missing=False).astype("float32")
    boosting = boosted_regression(max_iter=3, max_leaf_nodes=9)
    assert_passes(trained(boosting, values, values[:, 0] * values[:, 1]))


@pytest.mark.parametrize("ufunc", [np.square, np.abs])
def test_columns_that_fall_and_rise_stay(ufunc):
    model = of(function(ufunc), missing=False)
    ((_, columns),) = model.lower().landmarks.ensembles
    assert not any(isinstance(column.trace, Monotone) for column in columns)
    assert_passes(model)


def test_steps_that_are_probed_alone_keep_their_columns():
    values = skewed(missing=False)
    chain = RegressorChain(DecisionTreeRegressor(max_leaf_nodes=5, random_state=0))
    target = np.column_stack([values[:, 0], values[:, 0] * values[:, 1]])
    model = trained(make_pipeline(StandardScaler(), chain), values, target)
    report = model.check(model.lower(), EFFORT)
    assert report.passed, report.reason
