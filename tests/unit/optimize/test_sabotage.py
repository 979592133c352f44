"""One table: each kind of model, each way to spoil its lowered form. The gate refuses every one."""

from __future__ import annotations

import functools

import msgspec
import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from conformance.cases.models import boosting, logistic
from conformance.frames import credit, credit_target, measurements
from conformance.trained import Trained, trained
from headway.optimize.lowering import lower as lowering
from headway.optimize.threadpoolctl import one_thread
from unit.optimize import sabotage
from unit.optimize.mixing import Rotation, steps_with_rotation


@pytest.fixture(autouse=True)
def setting(monkeypatch):
    monkeypatch.setattr(lowering, "known_steps", steps_with_rotation)
    with one_thread():
        yield


def of_measurements(model, *, missing=True) -> Trained:
    values = measurements(80, missing=missing)
    noisy = np.nan_to_num(values[:, 1]) + 10 * np.random.default_rng(1).normal(size=80)
    return trained(model, values, noisy > 0)


@functools.cache
def boosted() -> Trained:
    return of_measurements(boosting(max_iter=2, max_leaf_nodes=4))


@functools.cache
def bagged() -> Trained:
    trees = boosting(max_iter=1, max_leaf_nodes=4)
    return of_measurements(BaggingClassifier(trees, 3, random_state=0))


@functools.cache
def forest() -> Trained:
    return of_measurements(RandomForestClassifier(2, max_leaf_nodes=4, random_state=2))


@functools.cache
def boosted_behind_a_rotation() -> Trained:
    estimator = boosting(max_iter=2, max_leaf_nodes=4)
    return of_measurements(make_pipeline(StandardScaler(), Rotation(), estimator), missing=False)


@functools.cache
def boosted_on_categories() -> Trained:
    frame = credit(120)[["amount", "purpose"]].astype({"purpose": "category"})
    target = np.where(credit(120)["purpose"].isin(["tv", "study"]), "bad", "good")
    return trained(boosting(max_iter=2, max_leaf_nodes=3), frame, target)


@functools.cache
def pipeline() -> Trained:
    frame = credit(120)[["duration", "age", "purpose", "housing"]]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["duration", "age"]),
            ("strings", OneHotEncoder(handle_unknown="ignore"), ["purpose", "housing"]),
        ]
    )
    return trained(make_pipeline(columns, logistic()), frame, credit_target(credit(120)))


@functools.cache
def linear() -> Trained:
    values = measurements(80, missing=False)
    return trained(make_pipeline(StandardScaler(), Ridge()), values, values[:, 1] * 3)


ANY = [sabotage.features_in_float32, sabotage.two_columns_reordered]
TREES = [
    sabotage.below_for_at_most,
    sabotage.threshold_up,
    sabotage.threshold_down,
    sabotage.leaf_off,
    sabotage.children_swapped,
    sabotage.another_column_at_a_node,
    sabotage.last_tree_dropped,
    sabotage.base_score_dropped,
]
MISSING = [sabotage.ways_of_missing_dropped]
TABLE = {
    boosted: [*ANY, *TREES, *MISSING],
    bagged: [*ANY, *TREES, *MISSING],
    forest: [*ANY[1:], *TREES, *MISSING],
    boosted_behind_a_rotation: [*ANY, *TREES, sabotage.constants_in_float32],
    boosted_on_categories: [
        sabotage.features_in_float32,
        sabotage.leaf_off,
        sabotage.category_dropped_from_a_set,
        sabotage.categories_in_another_order,
    ],
    pipeline: [
        sabotage.two_columns_reordered,
        sabotage.constants_in_float32,
        sabotage.fill_forgotten,
        sabotage.missing_as_an_unknown_category,
        sabotage.coefficients_off,
        sabotage.categories_in_another_order,
    ],
    linear: [*ANY, sabotage.constants_in_float32, sabotage.coefficients_off],
}
CLASSIFIERS = [model for model in TABLE if model is not linear]


@pytest.mark.parametrize("model", TABLE, ids=lambda model: model.__name__)
def test_what_is_not_spoilt_passes(model):
    report = sabotage.check(model(), model().lower())
    assert report.passed, report.reason


@pytest.mark.parametrize(
    ("model", "spoil"),
    [
        pytest.param(model, spoil, id=f"{model.__name__}-{getattr(spoil, '__name__', name)}")
        for model, spoils in TABLE.items()
        for spoil in spoils
        for name in [next(n for n, value in vars(sabotage).items() if value is spoil)]
    ],
)
def test_what_is_spoilt_is_refused(model, spoil):
    form = model().lower()
    spoilt = spoil(form)
    assert (spoilt.graph, spoilt.encoder.columns) != (form.graph, form.encoder.columns)
    report = sabotage.check(model(), spoilt)
    assert not report.passed
    assert report.failure is not None


@pytest.mark.parametrize("model", CLASSIFIERS, ids=lambda model: model.__name__)
def test_two_classes_that_are_swapped_are_refused(model):
    output = model().contract.output
    turned = msgspec.structs.replace(output, classes=output.classes[::-1])
    report = sabotage.check(model(), model().lower(), turned)
    assert report.failure is not None
    assert report.failure.what == "values"
