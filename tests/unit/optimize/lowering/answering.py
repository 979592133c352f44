"""An estimator lowered on its own, to be held to what scikit-learn answers to the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from conformance.frames import measurements, three_bands
from conformance.trained import Trained, batch_of, trained
from headway.contract.infer import infer_contract
from headway.core.batch import FeatureBatch
from headway.errors import HeadwayError, LoweringError

VALUES = measurements(80, missing=False)
OTHERS = np.concatenate([measurements(40, seed=8, missing=False), VALUES[:1] * 1e6])
TWO = np.array(["no", "yes"])[(VALUES[:, 1] + VALUES[:, 0] > 0).astype(int)]
BANDS = np.array(["low", "middle", "high"])[three_bands(VALUES[:, 1])]
NUMBERS = VALUES[:, 1] * 3 - VALUES[:, 0]
POSITIVE = np.exp(VALUES[:, 0])
AMOUNT = NUMBERS + VALUES[:, 3] / 10
THREE = np.array(["a", "b", "c"])[three_bands(AMOUNT)]


def assert_same_answers(
    model: Any, target: Any, values: Any = VALUES, rows: Any = OTHERS
) -> Trained:
    """Fit a model and hold its lowered form to it, by each of its methods."""
    fitted = trained(model, values, target, rows)
    assert_holds(fitted)
    return fitted


def assert_holds(fitted: Trained) -> None:
    """Hold the lowered form of a fitted model to it on its rows."""
    runtime = fitted.runtime(fitted.lower())
    for method in fitted.contract.output.methods:
        with np.errstate(all="ignore"):
            expected = fitted.native.predict(fitted.rows, method)
        made = runtime.predict(fitted.rows, method)
        if np.asarray(expected.values).dtype.kind == "f" and not fitted.contract.output.classes:
            np.testing.assert_allclose(made.values, expected.values, rtol=1e-12, atol=1e-12)
        else:
            np.testing.assert_array_equal(made.values, expected.values)
        for what in ("probabilities", "scores"):
            mine, theirs = getattr(made, what), getattr(expected, what)
            assert (mine is None) == (theirs is None)
            if mine is not None:
                np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)


def answers_at(fitted: Trained, rows: Any) -> Any:
    """Return the labels of the lowered form."""
    batch = batch_of(fitted.contract.names, np.asarray(rows, dtype=np.float64))
    return fitted.runtime(fitted.lower()).predict(batch, fitted.contract.output.methods[0]).values


def assert_refuses_missing_and_infinite(model: Any, target: Any, values: Any = VALUES) -> None:
    """Check that the lowered form refuses what any estimator of finite numbers refuses."""
    fitted = trained(model, values, target)
    nullable = infer_contract(measurements(80), fitted.contract.output).contract
    runtime = Trained(fitted.model, nullable, fitted.rows)
    lowered = runtime.runtime(runtime.lower())
    for raw in (np.inf, -np.inf, None):
        row = FeatureBatch.from_rows(nullable.names, [(raw, 0.0, 0.0, 0.0, 0.0)])
        try:
            lowered.predict(row, nullable.output.methods[0])
        except HeadwayError:
            continue
        raise AssertionError(f"{raw} was answered")


def refusal_of(fitted: Trained) -> LoweringError:
    """Return why a fitted model has no lowered form."""
    try:
        fitted.lower()
    except LoweringError as error:
        return error
    raise AssertionError("it was lowered")


def why_not(model: Any, target: Any, change: Any = None) -> str:
    """Return why a model has no lowered form, once it is fitted and `change` was made to it."""
    fitted = trained(model, VALUES, target)
    if change is not None:
        change(model)
    return refusal_of(fitted).message
