from __future__ import annotations

import traceback

import pytest

from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import InputRefusedError, InvalidInputError, PredictionError, Violation
from headway.runtimes.discreet import DiscreetRuntime

CANARY = "CANARY-7731"
BATCH = FeatureBatch.from_rows(("ssn", "age"), [(CANARY, 41)])


class Talkative:
    """A runtime that says what it was given."""

    form = "native"
    flavor = "sklearn"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        raise self._error from ValueError(f"found unknown categories {batch.rows()}")


@pytest.mark.parametrize("kind", [PredictionError, InputRefusedError])
def test_what_a_library_said_is_left_out(kind: type[PredictionError]) -> None:
    runtime = DiscreetRuntime(Talkative(kind("the model raised", hint="h")), frozenset({"ssn"}))
    with pytest.raises(kind) as caught:
        runtime.predict(BATCH, Method.PREDICT)
    assert (caught.value.message, caught.value.hint) == ("the model raised", "h")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_what_the_model_knows_of_a_private_feature_is_left_out() -> None:
    broken = [
        Violation(0, name, "one_of", "no such category", "allowed: `x`") for name in ("ssn", "age")
    ]
    runtime = DiscreetRuntime(Talkative(InvalidInputError(broken, total=7)), frozenset({"ssn"}))
    with pytest.raises(InvalidInputError) as caught:
        runtime.predict(BATCH, Method.PREDICT)
    private, public = caught.value.violations
    assert private == Violation(0, "ssn", "one_of", "the model does not take the value")
    assert public == broken[1]
    assert caught.value.total == 7
