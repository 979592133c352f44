"""Trees, forests, boosting of exact trees and isolation forests."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from conformance.cases.models import dense_one_hot, on_credit, side_by_side
from conformance.cases.table import Cases
from conformance.frames import measurements, three_bands
from conformance.trained import Trained, trained

CASES = Cases()


def on_measurements(model: Any, n_classes: int = 0, *, missing: bool = False) -> Trained:
    """Fit on numbers; on a target of numbers unless `n_classes` says how many labels it has."""
    values = measurements(missing=missing)
    known = np.nan_to_num(values)
    target = {0: known[:, 1] * known[:, 0], 2: known.sum(axis=1) > 5, 3: three_bands(known[:, 1])}
    return trained(model, values, target[n_classes], measurements(200, missing=missing, seed=8))


@CASES.case
def decision_tree_of_two_classes_with_missing_numbers() -> Trained:
    return on_measurements(DecisionTreeClassifier(max_leaf_nodes=20), 2, missing=True)


@CASES.case
def decision_tree_of_three_classes() -> Trained:
    return on_measurements(DecisionTreeClassifier(max_depth=4, criterion="entropy"), 3)


@CASES.case
def decision_tree_of_numbers() -> Trained:
    return on_measurements(DecisionTreeRegressor(max_leaf_nodes=30), missing=True)


@CASES.case
def random_tree_of_classes() -> Trained:
    return on_measurements(ExtraTreeClassifier(max_leaf_nodes=20, random_state=0), 2, missing=True)


@CASES.case
def random_tree_that_takes_no_missing_numbers() -> Trained:
    tree = ExtraTreeRegressor(splitter="best", max_leaf_nodes=20, random_state=0)
    return on_measurements(tree)


@CASES.case
def forest_of_two_classes_behind_a_pipeline() -> Trained:
    forest = RandomForestClassifier(4, max_leaf_nodes=6, random_state=0)
    return on_credit(side_by_side(SimpleImputer(), dense_one_hot()), forest)


@CASES.case
def forest_of_pure_leaves() -> Trained:
    return on_measurements(RandomForestClassifier(6, random_state=0), 2)


@CASES.case
def forest_of_three_classes_with_missing_numbers() -> Trained:
    forest = RandomForestClassifier(7, max_leaf_nodes=12, class_weight="balanced", random_state=0)
    return on_measurements(forest, 3, missing=True)


@CASES.case
def forest_of_numbers() -> Trained:
    return on_measurements(RandomForestRegressor(7, max_leaf_nodes=12, random_state=0))


@CASES.case
def extra_trees_of_classes() -> Trained:
    return on_measurements(ExtraTreesClassifier(7, max_leaf_nodes=12, random_state=0), 3)


@CASES.case
def extra_trees_of_numbers() -> Trained:
    return on_measurements(ExtraTreesRegressor(7, max_leaf_nodes=12, random_state=0), missing=True)


@CASES.case
def gradient_boosting_of_two_classes() -> Trained:
    return on_measurements(GradientBoostingClassifier(n_estimators=12, random_state=0), 2)


@CASES.case
def gradient_boosting_of_three_classes() -> Trained:
    return on_measurements(GradientBoostingClassifier(n_estimators=5, random_state=0), 3)


@CASES.case
def gradient_boosting_by_absolute_errors() -> Trained:
    return on_measurements(GradientBoostingRegressor(loss="absolute_error", n_estimators=10))


@CASES.case
def isolation_forest_with_missing_numbers() -> Trained:
    return on_measurements(
        IsolationForest(n_estimators=7, max_samples=32, random_state=0), missing=True
    )


@CASES.case
def isolation_forest_on_some_columns_with_an_offset_of_its_own() -> Trained:
    forest = IsolationForest(
        n_estimators=7, max_samples=32, max_features=0.6, contamination=0.1, random_state=0
    )
    return on_measurements(forest)
