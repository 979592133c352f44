from __future__ import annotations

import sys

import pytest

from headway.optimize.lowering.registry import LIBRARIES, known_steps, steps_of


def test_what_a_library_in_use_has_is_known():
    known, own = known_steps(), steps_of("sklearn")
    assert known.transformers.items() >= own.transformers.items()
    assert known.estimators.items() >= own.estimators.items()


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_class_is_of_its_library_and_every_lowering_says_how(library):
    steps = steps_of(library)
    for kind, lower in (*steps.transformers.items(), *steps.estimators.items()):
        assert kind.__module__.partition(".")[0] == library
        assert lower.__doc__


def test_a_library_that_is_not_imported_is_not_imported_for_its_steps(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "xgboost"]:
        monkeypatch.delitem(sys.modules, name)
    known_steps()
    assert "xgboost" not in sys.modules
