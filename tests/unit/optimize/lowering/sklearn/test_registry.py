from __future__ import annotations

import importlib
import pkgutil

import pytest
from sklearn.base import BaseEstimator

from headway.optimize.lowering import sklearn
from headway.optimize.lowering.sklearn.registry import MODULES, steps

TABLES = ("TRANSFORMERS", "ESTIMATORS")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_table_is_assembled(module):
    assert any(hasattr(module, table) for table in TABLES)
    assert getattr(module, "TRANSFORMERS", {}).items() <= steps().transformers.items()
    assert getattr(module, "ESTIMATORS", {}).items() <= steps().estimators.items()


def test_no_module_with_a_table_is_forgotten():
    package = sklearn.__name__
    modules = [
        importlib.import_module(f"{package}.{found.name}")
        for found in pkgutil.iter_modules(sklearn.__path__)
    ]
    tabled = {module for module in modules if any(hasattr(module, table) for table in TABLES)}
    assert tabled == set(MODULES)


def test_no_class_is_in_two_tables_of_a_kind():
    for table in TABLES:
        kinds = [kind for module in MODULES for kind in getattr(module, table, {})]
        assert len(kinds) == len(set(kinds))


def test_every_step_is_an_estimator_of_scikit_learn_itself():
    for kind in (*steps().transformers, *steps().estimators):
        assert issubclass(kind, BaseEstimator)
        assert kind.__module__.startswith("sklearn.")
