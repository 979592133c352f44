"""Executes a scikit-learn model as it was fitted."""

from __future__ import annotations

import contextlib
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import (
    InputRefusedError,
    MethodNotSupportedError,
    PredictionError,
)
from headway.runtimes.cloudpickle import load_failure, loading
from headway.runtimes.frames import frame_builder
from headway.runtimes.port import REFUSED_HINT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.runtimes.modules import ShippedModules


class SklearnRuntime:
    """A fitted estimator or pipeline.

    Args:
        model: The fitted scikit-learn model.
        contract: Of the release; says which frame the model was fitted on.
    """

    form = "native"
    flavor = "sklearn"

    def __init__(self, model: Any, contract: Contract) -> None:
        self._model = model
        self._methods = contract.output.methods
        self._frames = frame_builder(contract)

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        if method not in self._methods:
            raise MethodNotSupportedError(
                f"this model has no `{method}`",
                hint="it has " + ", ".join(f"`{known}`" for known in self._methods),
            )
        with _told_as_ours():
            features = self._frames.build(batch)
            values = np.asarray(self._model.predict(features))
            if method is Method.PREDICT:
                return Prediction(values)
            answers = np.asarray(getattr(self._model, method)(features), dtype=np.float64)
        if method is Method.PREDICT_PROBA:
            return Prediction(values, probabilities=answers)
        return Prediction(values, scores=answers)

    def numbers(self, batch: FeatureBatch, method: Method) -> NDArray[np.float64]:
        """Return the probabilities or scores alone, without the cost of the labels beside them."""
        with _told_as_ours():
            return np.asarray(
                getattr(self._model, method)(self._frames.build(batch)), dtype=np.float64
            )


@contextlib.contextmanager
def _told_as_ours() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        # It has answered its golden rows, so it is these values that it does not take
        raise InputRefusedError(
            "the model refuses a value of these rows", hint=REFUSED_HINT
        ) from error
    except (Exception, SystemExit) as error:  # a user's model may raise anything
        raise PredictionError(f"the model raised {type(error).__name__}") from error


def load_sklearn_model(path: Path, modules: ShippedModules) -> Any:
    """Unpickle a scikit-learn model. This runs code: call it for trusted bundles only.

    Args:
        path: The pickle.
        modules: What the release ships beside it.

    Raises:
        MissingModuleError: It needs a module that is neither shipped nor installed.
        RuntimeLoadError: The pickle does not load here.
    """
    try:
        with path.open("rb") as file, loading(modules):
            return pickle.load(file)  # noqa: S301 (the caller has checked trust and digest)
    except Exception as error:  # unpickling may raise anything
        raise load_failure(error) from error
