from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import TrainingDataError
from headway.releases.evaluation import (
    MAX_EVALUATION_ROWS,
    EvaluationRows,
    evaluation_path,
    measure,
)
from headway.releases.rows import labelled_rows

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "s": ["x", "y", "x"]})
CONTRACT = infer_contract(FRAME, Output(Task.REGRESSION)).contract


class Doubling:
    form, flavor = "native", "sklearn"

    def predict(self, batch: FeatureBatch, _method: Method) -> Prediction:
        return Prediction(np.array([row[0] * 2 for row in batch.rows()]))


def share_right(
    runtime: Any, _output: Output, batch: FeatureBatch, labels: np.ndarray[Any, Any]
) -> dict[str, float]:
    values = runtime.predict(batch, Method.PREDICT).values
    return {"right": float(np.mean(values == labels))}


def measured(frame: Any, labels: Any) -> Any:
    return measure(CONTRACT, labelled_rows(frame, labels), Doubling(), share_right)


def test_rows_are_measured_and_kept_with_their_labels() -> None:
    found = measured(FRAME, [2.0, 4.0, 0.0])
    assert found.metrics == {"right": pytest.approx(2 / 3)}
    assert found.rows.names == ("a", "s")
    assert found.rows.rows == ((1.0, "x"), (2.0, "y"), (3.0, "x"))
    assert found.rows.labels == (2.0, 4.0, 0.0)
    assert (found.rows.n_given_rows, found.n_refused_rows) == (3, 0)


def test_rows_that_production_would_refuse_are_left_out_and_counted() -> None:
    frame = pd.DataFrame({"a": [1.0, None, np.inf, 4.0], "s": ["x", "y", "x", None]})
    found = measured(frame, [2.0, 0.0, 0.0, 0.0])
    assert found.metrics == {"right": 1.0}
    assert (found.rows.labels, found.n_refused_rows) == ((2.0,), 3)


def test_all_rows_are_measured_and_at_most_so_many_kept() -> None:
    n_rows = MAX_EVALUATION_ROWS + 1_000
    frame = pd.DataFrame({"a": np.arange(float(n_rows)), "s": ["x"] * n_rows})
    found = measured(frame, frame["a"] * 2)
    assert found.metrics == {"right": 1.0}
    assert found.rows.n_given_rows == n_rows
    assert 4_000 < len(found.rows.rows) <= MAX_EVALUATION_ROWS
    assert all(row[0] * 2 == label for row, label in zip(found.rows.rows, found.rows.labels, strict=True))  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "labels"),
    [(FRAME, None), (FRAME.head(0), []), (FRAME.assign(s=None), [1, 2, 3])],
)
def test_nothing_to_measure_is_an_error(frame: Any, labels: Any) -> None:
    with pytest.raises(TrainingDataError, match="no evaluation row"):
        measured(frame, labels)


def test_they_survive_a_file() -> None:
    rows = measured(FRAME, np.array(["n", "y", "n"])).rows
    again = msgspec.json.decode(rows.to_json(), type=EvaluationRows)
    assert again == rows
    assert again.labels == ("n", "y", "n")


def test_they_lie_beside_the_bundle_under_its_digest() -> None:
    assert evaluation_path("ab12") == "evaluation/ab12.json"
