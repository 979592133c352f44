from __future__ import annotations

import sys

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from headway.optimize.lowering.sklearn import (
    ada_boost,
    bagging,
    calibration,
    composition,
    hist_gradient_boosting,
    imputation,
    linear,
    multioutput,
    one_hot,
    ordinal,
    scaling,
    search,
    stacking,
    voting,
)
from headway.optimize.lowering.sklearn.registry import steps as sklearn_steps

MODULES = [
    ada_boost,
    bagging,
    calibration,
    composition,
    hist_gradient_boosting,
    imputation,
    linear,
    multioutput,
    one_hot,
    ordinal,
    scaling,
    search,
    stacking,
    voting,
]


def test_every_table_is_assembled():
    steps = sklearn_steps()
    for module in MODULES:
        for kind, lower in getattr(module, "TRANSFORMERS", {}).items():
            assert steps.transformers[kind] is lower
        for kind, lower in getattr(module, "ESTIMATORS", {}).items():
            assert steps.estimators[kind] is lower


def test_no_module_with_a_table_is_forgotten():
    package = composition.__name__.rpartition(".")[0] + "."
    tabled = {
        name
        for name, module in sys.modules.items()
        if name.startswith(package)
        and (hasattr(module, "TRANSFORMERS") or hasattr(module, "ESTIMATORS"))
    }
    assert tabled == {module.__name__ for module in MODULES}


def test_every_step_is_an_estimator_of_scikit_learn_itself():
    steps = sklearn_steps()
    for kind in (*steps.transformers, *steps.estimators):
        assert issubclass(kind, BaseEstimator)
        assert kind.__module__.startswith("sklearn.")


def test_only_a_pipeline_may_both_transform_and_answer():
    steps = sklearn_steps()
    assert set(steps.transformers) & set(steps.estimators) == {Pipeline}
