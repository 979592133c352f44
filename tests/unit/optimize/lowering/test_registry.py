from __future__ import annotations

from headway.optimize.lowering.registry import known_steps
from headway.optimize.lowering.sklearn.registry import sklearn_steps


def test_what_scikit_learn_has_is_known():
    known, own = known_steps(), sklearn_steps()
    assert known.transformers.items() >= own.transformers.items()
    assert known.estimators.items() >= own.estimators.items()
