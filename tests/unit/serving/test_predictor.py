from __future__ import annotations

import msgspec
import numpy as np
import pandas as pd
import pytest

from crafted import ROW, crafted_contract, crafted_runtime
from headway.contract.model import Output
from headway.core.dtypes import Task
from headway.errors import (
    HeadwayWarning,
    InvalidInputError,
    MethodNotSupportedError,
    OutputContractError,
)
from headway.runtimes.onnx import OnnxRuntime
from headway.serving.predictor import Predictor

CONTRACT = crafted_contract()
PREDICTOR = Predictor("credit", "3", CONTRACT, crafted_runtime())
FRAME = pd.DataFrame([ROW, ROW | {"age": 75, "amount": 18_000.0}])


@pytest.mark.parametrize(
    "rows",
    [
        FRAME,
        FRAME[FRAME.columns[::-1]],
        FRAME.to_dict("records"),
        FRAME.to_dict("list"),
        FRAME.to_numpy(dtype=object),
        FRAME.to_numpy().tolist(),
    ],
    ids=["frame", "other order", "rows", "columns", "array", "lists"],
)
def test_every_kind_of_rows_is_answered_alike(rows: object) -> None:
    assert PREDICTOR.predict(rows).tolist() == ["good", "bad"]


def test_the_other_methods_answer_in_the_order_of_the_classes() -> None:
    probabilities = PREDICTOR.predict_proba(FRAME)
    scores = PREDICTOR.decision_function(FRAME)
    np.testing.assert_allclose(probabilities[:, 1], 1 / (1 + np.exp(-scores)))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_rows_that_break_the_contract_are_refused_as_the_server_refuses_them() -> None:
    with pytest.raises(InvalidInputError) as caught:
        PREDICTOR.predict(FRAME.assign(age=[41, 7]))
    (violation,) = caught.value.violations
    assert (violation.row, violation.field, violation.rule) == (1, "age", "ge")


@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
def test_an_answer_that_breaks_the_output_contract_is_refused_as_the_server_refuses_it(
    method: str,
) -> None:
    with pytest.raises(OutputContractError, match=r"answered NaN as the .* of row 1"):
        getattr(PREDICTOR, method)(FRAME.assign(fault=[0, 2]))


def test_a_method_that_the_model_lacks_is_refused() -> None:
    contract = crafted_contract(output=Output(Task.CLASSIFICATION, classes=("bad", "good")))
    predictor = Predictor("credit", "3", contract, crafted_runtime(contract))
    with pytest.raises(MethodNotSupportedError):
        predictor.predict_proba(FRAME)


def test_it_says_what_it_is() -> None:
    assert repr(PREDICTOR) == "Predictor(credit:3, lowered)"
    assert PREDICTOR.form == OnnxRuntime.form


def test_what_a_policy_lets_through_is_warned_of() -> None:
    age, *others = CONTRACT.features
    clipped = msgspec.structs.replace(
        CONTRACT, features=(msgspec.structs.replace(age, policy="clip"), *others)
    )
    predictor = Predictor("credit", "3", clipped, crafted_runtime())
    with pytest.warns(HeadwayWarning) as caught:
        predictor.predict(FRAME.assign(age=[141, 7]))
    told = caught[0].message
    assert isinstance(told, HeadwayWarning)
    assert str(told) == (
        "row 0, field `age`: `141` is not at most `120`; it is taken as `120` (and 1 more)"
    )
    assert [(notice.row, notice.rule) for notice in told.notices] == [(0, "le"), (1, "ge")]
    assert told.total == 2
    assert caught[0].filename == __file__
