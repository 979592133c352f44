from __future__ import annotations

import pytest

from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.optimize.pair import Pair

P, PROBA, SCORES = Method.PREDICT, Method.PREDICT_PROBA, Method.DECISION_FUNCTION


@pytest.mark.parametrize(
    ("methods", "rich", "sharp"),
    [
        ((P, PROBA, SCORES), (PROBA, SCORES), (SCORES,)),
        ((P, PROBA), (PROBA,), (PROBA,)),
        ((P,), (P,), (P,)),
    ],
)
def test_the_methods_that_tell_most_are_known(methods, rich, sharp):
    pair = Pair(None, None, Output(Task.CLASSIFICATION, methods, ("a", "b")))
    assert (pair.rich_methods, pair.sharp_methods) == (rich, sharp)
