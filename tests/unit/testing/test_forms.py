from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from conformance.frames import measurements
from conformance.trained import trained
from headway.core.dtypes import Method
from headway.errors import PredictionError, RuntimeLoadError
from headway.runtimes.onnx import OnnxRuntime
from headway.testing.forms import Function, runtime_of

VALUES = measurements(40, missing=False)


@pytest.fixture(scope="module")
def fitted():
    return trained(LogisticRegression(), VALUES, np.where(VALUES[:, 1] > 0, "yes", "no"))


@pytest.fixture(scope="module")
def form(fitted):
    return fitted.lower()


def made_of(lowered, fitted, form):
    return runtime_of(lowered, form, fitted.contract, fitted.rows)


@pytest.mark.parametrize("kind", ["form", "bytes", "path", "text", "runtime"])
def test_every_kind_answers_all_methods_of_a_graph_that_headway_wrote(kind, fitted, form, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(form.graph)
    runtime = OnnxRuntime(form.graph, form.encoder, fitted.contract.output)
    kinds = {"form": form, "bytes": form.graph, "path": path, "text": str(path), "runtime": runtime}
    made, methods = made_of(kinds[kind], fitted, form)
    assert methods == fitted.contract.output.methods
    answers = made.predict(fitted.rows, Method.PREDICT_PROBA).probabilities
    np.testing.assert_allclose(answers, fitted.model.predict_proba(VALUES), rtol=1e-9, atol=1e-12)


def test_a_function_stands_for_the_method_that_it_answers_like(fitted, form):
    _, methods = made_of(fitted.model.predict_proba, fitted, form)
    assert methods == (Method.PREDICT_PROBA,)
    made, methods = made_of(fitted.model.predict, fitted, form)
    assert methods == (Method.PREDICT,)
    labels = made.predict(fitted.rows, Method.PREDICT).values
    assert labels.tolist() == fitted.model.predict(VALUES).tolist()


def test_labels_beside_probabilities_are_the_likeliest_classes(fitted):
    answers = Function(fitted.model.predict_proba, fitted.contract).predict(
        fitted.rows, Method.PREDICT_PROBA
    )
    assert answers.values.tolist() == fitted.model.predict(VALUES).tolist()


def test_what_a_function_raises_is_told_without_its_message(fitted):
    def broken(rows):
        raise KeyError("a secret")

    with pytest.raises(PredictionError, match="KeyError") as caught:
        Function(broken, fitted.contract).predict(fitted.rows, Method.PREDICT)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("lowered", [None, 5, b"no model", "/nowhere/model.onnx"])
def test_what_is_no_form_is_refused(lowered, fitted, form):
    with pytest.raises(RuntimeLoadError):
        made_of(lowered, fitted, form)
