"""Executes any other model through MLflow's `pyfunc` flavor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mlflow.pyfunc
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
    from pathlib import Path

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.runtimes.modules import ShippedModules


class PyfuncRuntime:
    """A model with one method, `predict`.

    Args:
        model: What `mlflow.pyfunc.load_model` gave, or any object with `predict(frame)`.
        contract: Of the release; says which frame the model is given.
    """

    form = "native"
    flavor = "pyfunc"

    def __init__(self, model: Any, contract: Contract) -> None:
        self._model = model
        self._frames = frame_builder(contract)

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        if method is not Method.PREDICT:
            raise MethodNotSupportedError(f"this model has no `{method}`", hint="it has `predict`")
        try:
            values = np.asarray(self._model.predict(self._frames.build(batch)))
        except ValueError as error:
            # It has answered its golden rows, so it is these values that it does not take
            raise InputRefusedError(
                "the model refuses a value of these rows", hint=REFUSED_HINT
            ) from error
        except (Exception, SystemExit) as error:  # a user's model may raise anything
            raise PredictionError(f"the model raised {type(error).__name__}") from error
        if len(values) != batch.n_rows:
            raise PredictionError(f"the model answered {len(values)} rows for {batch.n_rows}")
        return Prediction(values)


def load_pyfunc_model(path: Path, modules: ShippedModules) -> Any:
    """Load an MLflow model folder. This runs code: call it for trusted bundles only.

    Args:
        path: The folder.
        modules: What the release ships beside the model.

    Raises:
        MissingModuleError: It needs a module that is neither shipped nor installed.
        RuntimeLoadError: The model does not load here.
    """
    try:
        with loading(modules):
            return mlflow.pyfunc.load_model(str(path))
    except Exception as error:  # loading may raise anything
        raise load_failure(error) from error
