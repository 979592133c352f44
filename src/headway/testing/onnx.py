"""Runs an ONNX file of any origin: one matrix in, or one column for each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime as ort

from headway.contract.answers import class_array
from headway.core.batch import scalars_of
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import PredictionError, RuntimeLoadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import Column, FeatureBatch

_ELEMENTS = {"tensor(double)": np.float64, "tensor(float)": np.float32, "tensor(int64)": np.int64}
_N_DIMENSIONS = 2


class OnnxFile:
    """An ONNX file whose answers are those of a model.

    Args:
        content: The serialised model.
        contract: Of the model that it stands for.

    Attributes:
        is_of_headway: Whether Headway wrote it, so that it takes encoded values.
        methods: What it answers.

    Raises:
        RuntimeLoadError: ONNX Runtime does not load it, or it takes something else than the features.
    """

    form = "lowered"
    flavor = "onnx"

    def __init__(self, content: bytes, contract: Contract) -> None:
        try:
            session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own errors share no base class
            raise RuntimeLoadError(f"ONNX Runtime does not load the file: {error}") from error
        self.is_of_headway = session.get_modelmeta().producer_name == "headway"
        self._run = session.run
        self._inputs = {node.name: node.type for node in session.get_inputs()}
        self._names = contract.names
        if len(self._inputs) > 1 and set(self._inputs) != set(self._names):
            raise RuntimeLoadError(
                f"the file takes {sorted(self._inputs)[:20]}; the features are "
                f"{sorted(self._names)[:20]}",
                hint="it is to take one matrix, or one column for each feature under its name",
            )
        is_classification = contract.output.task is Task.CLASSIFICATION
        self._classes = class_array(contract.output.classes) if is_classification else None
        has_numbers = is_classification and len(session.get_outputs()) > 1
        self.methods = (Method.PREDICT_PROBA if has_numbers else Method.PREDICT,)

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:  # noqa: ARG002 - it has one
        try:
            answers = self._run(None, self._feeds(batch))
        except Exception as error:  # as above
            raise PredictionError("the file raised on these rows") from error
        first = np.asarray(answers[0])
        if self._classes is None:
            return Prediction(first[:, 0] if first.ndim > 1 and first.shape[1] == 1 else first)
        labels = self._labels(first)
        if len(answers) == 1:
            return Prediction(labels)
        return Prediction(labels, probabilities=self._probabilities(answers[1]))

    def _feeds(self, batch: FeatureBatch) -> dict[str, Any]:
        columns = dict(zip(self._names, batch.columns(), strict=True))
        if len(self._inputs) == 1 and len(columns) != 1:
            ((name, kind),) = self._inputs.items()
            return {name: np.column_stack([_array(column, kind) for column in columns.values()])}
        named = columns if set(self._inputs) == set(columns) else dict(zip(self._inputs, columns.values(), strict=True))  # fmt: skip
        return {
            name: _array(named[name], kind)[:, np.newaxis] for name, kind in self._inputs.items()
        }

    def _labels(self, answers: NDArray[Any]) -> NDArray[Any]:
        classes = self._classes
        if classes is None or set(answers.tolist()) <= set(classes.tolist()):
            return answers
        labels: NDArray[Any] = classes[answers]
        return labels

    def _probabilities(self, answers: Any) -> NDArray[np.float64]:
        """Return probabilities, also those that a file gives as one dictionary a row."""
        if isinstance(answers, list) and self._classes is not None:
            answers = [list(row.values()) for row in answers]
        return np.asarray(answers, dtype=np.float64)


def _array(column: Column, kind: str) -> NDArray[Any]:
    values = scalars_of(column)
    if kind not in _ELEMENTS:
        return np.array(["" if value is None else str(value) for value in values], dtype=object)
    element = _ELEMENTS[kind]
    missing = 0 if element is np.int64 else np.nan
    return np.array([missing if value is None else value for value in values], dtype=element)
