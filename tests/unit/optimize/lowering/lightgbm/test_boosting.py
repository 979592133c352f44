from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from conformance.cases.boosters import AMOUNT, THREE, TWO, VALUES, leaves
from conformance.trained import Trained, batch_of, trained
from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.errors import LoweringError


def answers(fitted: Trained, rows=VALUES, method=Method.PREDICT):
    """Return what the form answers as it is served: by one thread, in the order of the trees."""
    batch = batch_of(fitted.contract.names, rows)
    return fitted.runtime(fitted.lower()).predict(batch, method)


def test_the_sums_of_the_trees_are_the_same_to_the_last_bit():
    fitted = trained(leaves(), VALUES, THREE)
    expected = fitted.model.decision_function(VALUES)
    np.testing.assert_array_equal(answers(fitted, method=Method.DECISION_FUNCTION).scores, expected)


@pytest.mark.parametrize("n_scores", [1, 3])
def test_a_bare_booster_answers_what_its_objective_makes(n_scores):
    model = leaves().fit(VALUES, THREE if n_scores > 1 else TWO).booster_
    contract = infer_contract(VALUES, Output(Task.OTHER, n_outputs=n_scores)).contract
    fitted = Trained(model, contract, None)
    np.testing.assert_allclose(answers(fitted).values, model.predict(VALUES), rtol=1e-12)


def test_the_best_round_is_the_last():
    model = leaves(n_estimators=60, learning_rate=0.9)
    stop = lgb.early_stopping(2, verbose=False)
    model.fit(VALUES[:150], TWO[:150], eval_X=VALUES[150:], eval_y=TWO[150:], callbacks=[stop])
    assert model.best_iteration_ < 60
    contract = trained(leaves(n_estimators=1), VALUES, TWO).contract
    made = answers(Trained(model, contract, None), method=Method.PREDICT_PROBA).probabilities
    np.testing.assert_allclose(made, model.predict_proba(VALUES), rtol=1e-12)


def test_an_array_of_integers_is_seen_in_float32():
    values = (np.nan_to_num(VALUES) * 1e8).astype(np.int64)
    fitted = trained(leaves(lgb.LGBMRegressor), values, AMOUNT)
    np.testing.assert_array_equal(answers(fitted, values).values, fitted.model.predict(values))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (leaves(lgb.LGBMRegressor, linear_tree=True), "linear_tree"),
        (leaves(lgb.LGBMRegressor, objective=lambda y, p: (p - y, np.ones_like(y))), "of its own"),
        (leaves(lgb.LGBMRegressor, pred_early_stop=True), "`pred_early_stop=True` is not covered"),
    ],
)
def test_what_predicts_otherwise_is_refused(model, message):
    with pytest.raises(LoweringError, match=message):
        trained(model, VALUES, AMOUNT).lower()


def test_other_columns_are_refused():
    fitted = trained(leaves(), VALUES, TWO)
    contract = infer_contract(VALUES[:, :3], Output(Task.OTHER)).contract
    with pytest.raises(LoweringError, match="fitted on 5 features and is given 3"):
        Trained(fitted.model.booster_, contract, None).lower()
