"""Makes a runtime of whatever is to stand for a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.answers import class_array
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import PredictionError, RuntimeLoadError
from headway.optimize.lowering.form import LoweredForm
from headway.runtimes.frames import frame_builder
from headway.runtimes.onnx import OnnxRuntime
from headway.runtimes.port import Runtime
from headway.testing.onnx import OnnxFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch

_N_DIMENSIONS = 2


def runtime_of(
    lowered: Any, form: LoweredForm, contract: Contract, rows: FeatureBatch
) -> tuple[Runtime, tuple[Method, ...]]:
    """Return a runtime, and which of the model's methods it answers.

    Args:
        lowered: A `LoweredForm`, an ONNX file as a path or as bytes, a runtime, or a function.
        form: What is known of the model, for the encoder of an ONNX file that Headway wrote.
        contract: Of the model.
        rows: At least one row, which a function is asked to see what it returns.

    Raises:
        RuntimeLoadError: It is none of these, or a file that ONNX Runtime does not load.
    """
    methods = contract.output.methods
    if isinstance(lowered, LoweredForm):
        return OnnxRuntime(lowered.graph, lowered.encoder, contract.output), methods
    if isinstance(lowered, bytes | str | Path):
        file = OnnxFile(_content(lowered), contract)
        if file.is_of_headway:
            return OnnxRuntime(_content(lowered), form.encoder, contract.output), methods
        return file, file.methods
    if isinstance(lowered, Runtime):
        return lowered, methods
    if callable(lowered):
        function = Function(lowered, contract)
        return function, (function.method_for(rows.take([0])),)
    raise RuntimeLoadError(
        f"a `{type(lowered).__name__}` is no form of a model",
        hint="pass a LoweredForm, an ONNX file as a path or bytes, a runtime or a function",
    )


def _content(file: bytes | str | Path) -> bytes:
    if isinstance(file, bytes):
        return file
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise RuntimeLoadError(f"`{file}` cannot be read: {error.strerror}") from error


class Function:
    """A function that takes what the model takes.

    Args:
        function: Returns labels or numbers, one a row, or probabilities, a column for each class.
        contract: Of the model.
    """

    form = "lowered"
    flavor = "function"

    def __init__(self, function: Callable[[Any], Any], contract: Contract) -> None:
        self._function = function
        self._frames = frame_builder(contract)
        is_classification = contract.output.task is Task.CLASSIFICATION
        self._classes = class_array(contract.output.classes) if is_classification else None

    def method_for(self, row: FeatureBatch) -> Method:
        """Return the method that the function stands for, by what it returns for one row."""
        answers = self._ask(row)
        n_classes = 0 if self._classes is None else len(self._classes)
        is_probability = answers.ndim == _N_DIMENSIONS and answers.shape[1] == n_classes
        return Method.PREDICT_PROBA if is_probability else Method.PREDICT

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        answers = self._ask(batch)
        if method is not Method.PREDICT_PROBA or self._classes is None:
            return Prediction(answers)
        return Prediction(self._classes[answers.argmax(axis=1)], probabilities=answers)

    def _ask(self, batch: FeatureBatch) -> np.ndarray[Any, np.dtype[Any]]:
        try:
            return np.asarray(self._function(self._frames.build(batch)))
        except Exception as error:  # it may raise anything
            raise PredictionError(f"the function raised {type(error).__name__}") from error
