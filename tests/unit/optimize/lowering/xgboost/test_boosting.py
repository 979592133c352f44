from __future__ import annotations

import numpy as np
import pytest
import xgboost as xgb

from conformance.cases.boosters import AMOUNT, TWO, VALUES, levels
from conformance.trained import Trained, batch_of, trained
from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.errors import LoweringError
from headway.optimize.comparison import SINGLE
from unit.optimize.lowering.stepwise import run_graph


@pytest.mark.parametrize("parameters", [{}, {"booster": "dart", "rate_drop": 0.5}], ids=str)
def test_the_sums_of_the_trees_are_the_same_to_the_last_bit(parameters):
    fitted = trained(levels(xgb.XGBRegressor, n_estimators=40, **parameters), VALUES, AMOUNT)
    form = fitted.lower()
    # as it is served: by one thread, in the order of the trees
    batch = batch_of(fitted.contract.names, VALUES)
    made = fitted.runtime(form).predict(batch, Method.PREDICT).values
    np.testing.assert_array_equal(made, fitted.model.predict(VALUES).astype(np.float64))
    assert form.tolerance == SINGLE


def bare(model: xgb.Booster) -> Trained:
    return Trained(model, infer_contract(VALUES, Output(Task.OTHER)).contract, None)


def test_a_bare_booster_answers_with_all_of_its_rounds_and_an_estimator_with_the_best():
    model = levels(n_estimators=60, learning_rate=0.9, early_stopping_rounds=2)
    model.fit(VALUES[:150], TWO[:150], eval_set=[(VALUES[150:], TWO[150:])], verbose=False)
    booster = model.get_booster()
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    made = run_graph(bare(booster).lower().graph, VALUES)
    np.testing.assert_allclose(made, booster.predict(xgb.DMatrix(VALUES)), rtol=1e-6)
    contract = trained(levels(n_estimators=1), VALUES, TWO).contract
    graph = Trained(model, contract, None).lower().graph
    made = run_graph(graph, VALUES, "probabilities")
    np.testing.assert_allclose(made, model.predict_proba(VALUES), rtol=1e-6)


def test_a_bare_booster_refuses_what_float32_has_as_an_infinity():
    encoder = bare(levels().fit(VALUES, TWO).get_booster()).lower().encoder
    assert np.finfo(np.float32).max <= encoder.columns[0].maximum < 1e39


def own(labels, sums):
    return sums - labels, np.ones_like(labels)


@pytest.mark.parametrize(
    ("model", "target", "message"),
    [
        (levels(xgb.XGBRegressor, booster="gblinear"), AMOUNT, "`gblinear` is not covered"),
        (
            levels(xgb.XGBRegressor, multi_strategy="multi_output_tree"),
            np.column_stack([AMOUNT, TWO]),
            "multi_output_tree",
        ),
        (levels(xgb.XGBRegressor, objective=own), AMOUNT, "function of its own"),
        (
            levels(enable_categorical=True, feature_types=["q"] * 4 + ["c"], missing=-1),
            TWO,
            "`missing` beside categories",
        ),
    ],
)
def test_what_predicts_otherwise_is_refused(model, target, message):
    values = np.nan_to_num(np.abs(VALUES))
    with pytest.raises(LoweringError, match=message):
        trained(model, values, target).lower()
