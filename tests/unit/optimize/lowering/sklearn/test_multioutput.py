from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)

from conformance.cases.models import boosted_regression
from conformance.trained import trained
from unit.optimize.lowering.answering import AMOUNT, TWO, VALUES, assert_same_answers, why_not
from unit.optimize.lowering.stepwise import run_graph

NUMBERS = np.column_stack([AMOUNT, AMOUNT**2, VALUES[:, 3]])
LABELS = np.column_stack([AMOUNT > 0, AMOUNT > 5, VALUES[:, 3] > 40]).astype(int)


def logistic():
    return LogisticRegression(max_iter=5_000)


@pytest.mark.parametrize(
    "model",
    [
        MultiOutputRegressor(boosted_regression(max_iter=2)),
        RegressorChain(Ridge()),
        RegressorChain(Ridge(), order=[2, 0, 1]),
        RegressorChain(Ridge(), order="random", random_state=3),
    ],
    ids=str,
)
def test_numbers_of_several_targets_are_the_same(model):
    assert_same_answers(model, NUMBERS)


@pytest.mark.parametrize(
    "model",
    [
        MultiOutputClassifier(logistic()),
        ClassifierChain(logistic()),
        ClassifierChain(logistic(), order=[2, 0, 1]),
    ],
    ids=str,
)
def test_labels_of_several_targets_are_the_same(model):
    assert_same_answers(model, LABELS)


def test_labels_keep_their_numbers():
    model = MultiOutputClassifier(logistic())
    assert_same_answers(model, LABELS * [1, 5, -3] + 2)


def test_a_tie_is_settled_as_the_native_sums_round():
    model = MultiOutputClassifier(RandomForestClassifier(3, max_leaf_nodes=2, random_state=0))
    fitted = trained(model, VALUES, LABELS)
    for forest in model.estimators_:
        for tree, first in zip(forest.estimators_, [0.1, 0.7, 0.7], strict=True):
            tree.tree_.value[:] = [[first, 1 - first]]
    made = run_graph(fitted.lower().graph, VALUES)
    expected = model.predict(VALUES)
    np.testing.assert_array_equal(made, expected)
    # and one minus the other, as a form that adds one class only has it, would be a tie
    assert expected.all()


def test_words_of_several_targets_are_refused():
    words = np.column_stack([TWO, TWO])
    assert "whole numbers only" in why_not(MultiOutputClassifier(logistic()), words)
