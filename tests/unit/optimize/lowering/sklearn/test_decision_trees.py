from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from conformance.frames import measurements
from conformance.trained import trained
from headway.errors import HeadwayError
from unit.optimize.lowering.answering import (
    AMOUNT,
    THREE,
    TWO,
    VALUES,
    answers_at,
    assert_refuses_missing_and_infinite,
    assert_same_answers,
    why_not,
)

SMALL = {"max_leaf_nodes": 8, "random_state": 0}
MISSING = measurements(80)


def forest(**parameters):
    return RandomForestClassifier(5, **SMALL | parameters)


@pytest.mark.parametrize(
    ("model", "target"),
    [
        (DecisionTreeClassifier(**SMALL), TWO),
        (DecisionTreeClassifier(criterion="entropy", **SMALL), THREE),
        (ExtraTreeClassifier(**SMALL), TWO),
        (forest(), TWO),
        (forest(class_weight="balanced"), TWO),
        (forest(bootstrap=False, max_features=2), THREE),
        (DecisionTreeRegressor(**SMALL), AMOUNT),
        (DecisionTreeRegressor(max_depth=1, min_impurity_decrease=1e9), AMOUNT),
        (ExtraTreeRegressor(**SMALL), AMOUNT),
        (RandomForestRegressor(5, **SMALL), AMOUNT),
        (ExtraTreesRegressor(5, **SMALL), np.stack([AMOUNT, VALUES[:, 0]], axis=1)),
    ],
    ids=str,
)
def test_answers_are_the_same(model, target):
    assert_same_answers(model, target)


@pytest.mark.parametrize("model", [DecisionTreeClassifier(**SMALL), forest()], ids=str)
def test_missing_numbers_go_where_the_trees_send_them(model):
    assert_same_answers(model, TWO, MISSING, measurements(40, seed=8))


def test_trees_that_take_no_missing_numbers_refuse_them():
    model = ExtraTreeRegressor(splitter="best", max_depth=2)
    assert_refuses_missing_and_infinite(model, AMOUNT)


@pytest.mark.parametrize("value", [1e39, -1e39])
def test_numbers_beyond_float32_are_refused(value):
    fitted = trained(forest(), VALUES, TWO)
    with pytest.raises(HeadwayError):
        answers_at(fitted, [[value, 0, 0, 0, 0]])


def test_an_even_chance_is_the_first_class():
    model = DecisionTreeClassifier(max_depth=1)
    assert_same_answers(model, np.array(["no", "yes"] * 2), np.ones((4, 2)), np.ones((1, 2)))


def test_numbers_around_a_threshold_are_rounded_as_natively():
    fitted = trained(DecisionTreeRegressor(max_depth=1), VALUES, AMOUNT)
    nodes = fitted.model.tree_
    edge = np.float64(np.float32(nodes.threshold[0]))
    ulp = np.spacing(np.float32(edge)).astype(np.float64)
    rows = np.zeros((41, VALUES.shape[1]))
    rows[:, nodes.feature[0]] = edge + np.linspace(-2, 2, 41) * ulp
    np.testing.assert_allclose(answers_at(fitted, rows), fitted.model.predict(rows), rtol=1e-12)


@pytest.mark.parametrize(
    ("array", "value", "reason"),
    [
        ("children_left", 99, "later nodes"),
        ("children_right", -1, "later nodes"),
        ("children_left", 0, "later nodes"),
        ("feature", 5, "none of its columns"),
        ("feature", -3, "none of its columns"),
        ("threshold", np.nan, "none of its columns"),
    ],
)
def test_nodes_that_are_no_tree_are_refused(array, value, reason):
    def spoil(model):
        getattr(model.estimators_[1].tree_, array)[0] = value

    assert reason in why_not(forest(), TWO, spoil)


def test_other_leaves_trees_and_parameters_are_refused():
    def of_three(model):
        model.estimators_[1] = DecisionTreeClassifier(**SMALL).fit(VALUES, THREE)

    def of_others(model):
        model.estimators_[1] = forest()

    def without_shares(model):
        model.tree_.value[:] *= 7

    def replaced(model):
        model.estimators_[1].predict_proba = model.predict_proba

    assert "another target" in why_not(forest(), TWO, of_three)
    assert why_not(forest(), TWO, of_others)
    assert "shares of classes" in why_not(DecisionTreeClassifier(**SMALL), TWO, without_shares)
    assert "was replaced on the object" in why_not(forest(), TWO, replaced)
    assert "holds no trees" in why_not(forest(), TWO, lambda model: model.estimators_.clear())


def test_a_parameter_of_a_later_version_is_refused(monkeypatch):
    known = DecisionTreeRegressor.get_params
    later = lambda self, deep=True: known(self, deep) | {"later": 1}  # noqa: E731
    monkeypatch.setattr(DecisionTreeRegressor, "get_params", later)
    assert "`later` is not known" in why_not(DecisionTreeRegressor(max_depth=1), AMOUNT)
