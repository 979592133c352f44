from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from conformance.trained import trained
from headway.errors import LoweringError
from headway.optimize.graph import GraphOutput
from headway.optimize.lowering.sklearn.registry import steps as sklearn_steps
from headway.optimize.lowering.state import Lowering
from unit.optimize.lowering.answering import (
    BANDS,
    OTHERS,
    TWO,
    VALUES,
    assert_holds,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    refusal_of,
)
from unit.optimize.lowering.stepwise import run_graph

SCALED = VALUES / [1, 10, 1e-3, 100, 1]
# All in one direction, so that every class is at an infinite distance, or at none that is a number
FAR = np.outer([1e200, -1e200, 1e308, -1e308], [1.0, 1.0, -1.0, 1.0, -1.0])
SOLVERS = ["svd", "lsqr", "eigen"]


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
@pytest.mark.parametrize(
    "model",
    [
        *(LinearDiscriminantAnalysis(solver=solver) for solver in SOLVERS),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", n_components=1),
        LinearDiscriminantAnalysis(n_components=1),
        QuadraticDiscriminantAnalysis(),
        QuadraticDiscriminantAnalysis(reg_param=0.1),
    ],
    ids=str,
)
def test_every_kind_answers_the_same(model, target):
    assert_same_answers(model, target, values=SCALED, rows=SCALED * 3)


@pytest.mark.parametrize("target", [TWO, BANDS], ids=["two", "three"])
def test_what_overflows_has_the_label_that_the_native_model_gives(target):
    fitted = trained(QuadraticDiscriminantAnalysis(reg_param=0.1), SCALED, target, FAR)
    assert_holds(fitted)


@pytest.mark.parametrize("n_components", [None, 1])
@pytest.mark.parametrize("solver", ["svd", "eigen"])
def test_projected_columns_are_the_same(solver, n_components):
    step = LinearDiscriminantAnalysis(solver=solver, n_components=n_components)
    fitted = trained(step, VALUES, BANDS)
    lowering = Lowering(fitted.contract, sklearn_steps())
    columns = lowering.transform("step", step, lowering.features)
    assert all(column.is_mixed for column in columns)
    tensor = lowering.matrices.of(columns)
    graph, _ = lowering.finish({"values": GraphOutput(tensor, width=len(columns))})
    expected = step.transform(OTHERS)
    np.testing.assert_allclose(run_graph(graph, OTHERS), expected, rtol=1e-12, atol=1e-12)


def test_another_model_can_be_fitted_on_the_projection():
    model = make_pipeline(LinearDiscriminantAnalysis(), LogisticRegression())
    assert_same_answers(model, BANDS)


def test_a_solver_that_transforms_nothing_is_refused():
    step = LinearDiscriminantAnalysis(solver="lsqr").fit(VALUES, BANDS)
    fitted = trained(LinearDiscriminantAnalysis(), VALUES, BANDS)
    lowering = Lowering(fitted.contract, sklearn_steps())
    with pytest.raises(LoweringError, match="transforms nothing"):
        lowering.transform("step", step, lowering.features)


@pytest.mark.parametrize(
    "model", [LinearDiscriminantAnalysis(), QuadraticDiscriminantAnalysis(reg_param=0.1)], ids=str
)
def test_missing_and_infinite_numbers_are_refused_as_the_model_refuses_them(model):
    assert_refuses_missing_and_infinite(model, TWO)


def test_another_solver_is_refused():
    fitted = trained(LinearDiscriminantAnalysis(), VALUES, TWO)
    fitted.model.solver = "newest"
    assert "`solver='newest'` is not covered" in refusal_of(fitted).message
