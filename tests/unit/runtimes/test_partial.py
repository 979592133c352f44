from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import InputRefusedError, InvalidInputError, PredictionError, Violation
from headway.runtimes.partial import NativeHead, PartialRuntime, batch_of

FRAME = pd.DataFrame({"a": [1.0, 2.0], "word": ["x", "yy"]})
CONTRACT = infer_contract(FRAME, Output(Task.REGRESSION)).contract
BATCH = FeatureBatch.from_rows(("a", "word"), [(3.0, "zzz"), (4.0, "w")])


class Step(TransformerMixin, BaseEstimator):
    """A user's own step: whatever `make` does."""

    def __init__(self, make):
        self.make = make

    def fit(self, rows, target=None):
        return self

    def transform(self, rows):
        return self.make(rows)


class Sum:
    """What executes the rest."""

    form, flavor = "lowered", "onnx"

    def predict(self, batch, method):
        columns = [np.asarray(column, dtype=float) for column in batch.columns()]
        return Prediction(np.sum(columns, axis=0))


class Refuser(Sum):
    def predict(self, batch, method):
        raise InvalidInputError([Violation(0, "made_up", "null", "the model takes none")])


def lengths(frame):
    return frame.assign(word=frame["word"].str.len())


def head_of(make):
    return NativeHead(Pipeline([("own", Step(make)), ("end", Ridge())]), 1, CONTRACT)


def test_the_rest_is_given_what_the_first_steps_make_of_the_frame():
    runtime = PartialRuntime(head_of(lengths), Sum(), ("a", "word"))
    assert runtime.predict(BATCH, Method.PREDICT).values.tolist() == [6.0, 5.0]
    assert (runtime.form, runtime.flavor) == ("partial", "sklearn")


def test_a_sparse_matrix_becomes_a_dense_one():
    head = head_of(lambda frame: csr_matrix(np.eye(len(frame))))
    assert head.made(BATCH).tolist() == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("row 7 holds a name"), InputRefusedError),
        (KeyError("secret"), PredictionError),
        (SystemExit(3), PredictionError),
    ],
    ids=repr,
)
def test_what_a_step_raises_is_told_without_its_words(error, told):
    def raising(frame):
        raise error

    with pytest.raises(told) as caught:
        PartialRuntime(head_of(raising), Sum(), ("a",)).predict(BATCH, Method.PREDICT)
    assert "name" not in caught.value.message
    assert "secret" not in caught.value.message


def test_a_violation_of_a_column_that_no_request_has_is_a_refusal_of_the_rows():
    runtime = PartialRuntime(head_of(lengths), Refuser(), ("a", "word"))
    with pytest.raises(InputRefusedError, match="refuses a value of these rows"):
        runtime.predict(BATCH, Method.PREDICT)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda frame: frame.iloc[:1], "answered 1 rows for 2"),
        (lambda frame: frame[["a"]], "other columns"),
        (lambda frame: frame[["word", "a"]], "other columns"),
        (lambda frame: frame.to_numpy()[:, :1], "something odd"),
        (lambda frame: "text", "something odd"),
    ],
)
def test_steps_that_make_something_else_than_in_training_fail(make, told):
    with pytest.raises(PredictionError, match=told):
        PartialRuntime(head_of(make), Sum(), ("a", "word")).predict(BATCH, Method.PREDICT)


def test_an_array_is_read_by_its_columns_places():
    batch = batch_of(np.array([[1.0, 2.0], [3.0, np.nan]]), ("x0", "x1"))
    assert (batch.names, batch.n_rows) == (("x0", "x1"), 2)
    np.testing.assert_array_equal(batch.columns()[1], [2.0, np.nan])
