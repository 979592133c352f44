from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Method, Task
from headway.errors import TrainingDataError
from headway.releases.given_rows import given_batch, given_evaluation
from small_nets import CLASSIFIER, EMBEDDER, NAMES, net_contract

FRAME = pd.DataFrame({name: [0.5, 1.5, np.inf] for name in reversed(NAMES)})
LABELS = ["a", "b", "c"]
TENSORS = Contract(
    (
        Feature(
            "image", DType.TENSOR, nullable=False, storage="object", shape=(2, 2), element="float32"
        ),
    ),
    Output(Task.CLASSIFICATION, (Method.PREDICT,), ("a", "b", "c")),
    layout="tensors",
)


@pytest.mark.parametrize(
    "data", [FRAME[list(NAMES)].to_numpy(), FRAME[list(NAMES)]], ids=["array", "frame"]
)
def test_rows_that_the_contract_refuses_are_left_out_with_their_labels(data: object) -> None:
    found = given_evaluation(net_contract(), data, LABELS)
    assert list(found.batch.rows()) == [(0.5,) * 4, (1.5,) * 4]
    assert found.labels.tolist() == ["a", "b"]
    assert given_batch(net_contract(), data).n_rows == 2


@pytest.mark.parametrize("by_name", [True, False])
def test_tensors_are_given_by_name_or_as_the_one_array(by_name: bool) -> None:
    images = np.arange(12.0, dtype=np.float32).reshape(3, 2, 2)
    found = given_evaluation(TENSORS, {"image": images} if by_name else images, LABELS)
    assert found.batch.n_rows == 3
    assert found.batch.rows()[1] == ([[4.0, 5.0], [6.0, 7.0]],)


def test_vectors_need_no_labels_and_classes_do() -> None:
    data = FRAME.head(2)[list(NAMES)].to_numpy()
    assert given_evaluation(net_contract(EMBEDDER), data, None).labels.tolist() == []
    with pytest.raises(TrainingDataError, match="have no labels") as caught:
        given_evaluation(net_contract(CLASSIFIER), data, None)
    assert "`--target COLUMN`" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("data", "labels", "said"),
    [
        (FRAME.tail(1), ["c"], "accepts none of the evaluation rows"),
        (FRAME.rename(columns={"x0": "y0"}), LABELS, "have the columns"),
        (FRAME, ["a"], "3 rows and the evaluation y 1 rows"),
    ],
)
def test_rows_of_something_else_are_refused(data: object, labels: list[str], said: str) -> None:
    with pytest.raises(TrainingDataError, match=said):
        given_evaluation(net_contract(), data, labels)
