"""A fitted estimator lowered on its own, to be held to its native answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.frames import measurements, three_bands
from conformance.trained import trained
from headway.errors import LoweringError
from headway.optimize.lowering.form import LoweredForm
from unit.optimize.lowering.stepwise import run_graph

VALUES = measurements(80, missing=False)
OTHERS = np.concatenate([measurements(40, seed=8, missing=False), VALUES[:1] * 1e3])
AMOUNT = VALUES[:, 1] * 3 - VALUES[:, 0] + VALUES[:, 3] / 10
TWO = np.where(np.median(AMOUNT) < AMOUNT, "high", "low")
THREE = np.array(["a", "b", "c"])[three_bands(AMOUNT)]
_OUTPUTS = {"predict_proba": "probabilities", "decision_function": "scores"}


def assert_same_answers(model: Any, target: Any, rows: Any = OTHERS) -> LoweredForm:
    """Fit an estimator and hold the graph to each of its methods, on other rows."""
    fitted = trained(model, VALUES, target)
    form = fitted.lower()
    output = fitted.contract.output
    if not output.classes:
        made = run_graph(form.graph, rows)
        np.testing.assert_allclose(made, model.predict(rows), rtol=1e-12, atol=1e-12)
        return form
    labels = np.array(output.classes)[run_graph(form.graph, rows, "label")]
    np.testing.assert_array_equal(labels, model.predict(rows))
    for method in output.methods[1:]:
        made = run_graph(form.graph, rows, _OUTPUTS[method])
        expected = getattr(model, method)(rows)
        assert made.shape == expected.shape
        np.testing.assert_allclose(made, expected, rtol=1e-12, atol=1e-12)
    return form


def why_not(model: Any, target: Any = TWO, change: Any = None) -> str:
    """Return why a fitted estimator has no lowered form, once `change` was made to it."""
    fitted = trained(model, VALUES, target)
    if change is not None:
        change(model)
    try:
        fitted.lower()
    except LoweringError as error:
        return error.message
    raise AssertionError("it was lowered")
