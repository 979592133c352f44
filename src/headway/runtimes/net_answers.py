"""What the raw tensors of a net mean: numbers, or labels and probabilities of a classification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.answers import class_array
from headway.core.dtypes import Method, Task
from headway.core.prediction import Prediction
from headway.errors import MethodNotSupportedError, PredictionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.model import Output

_N_BINARY = 2
_MATRIX_RANK = 2


class NetAnswers:
    """Reads raw tensors.

    Args:
        output: The contract's output.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._methods = output.methods
        is_classification = output.task is Task.CLASSIFICATION
        self._classes = class_array(output.classes) if is_classification else None
        self._is_binary = len(output.classes) == _N_BINARY

    def check_method(self, method: Method) -> None:
        """Refuse a method that the net does not have.

        Raises:
            MethodNotSupportedError: It has not.
        """
        if method not in self._methods:
            raise MethodNotSupportedError(
                f"this model has no `{method}`",
                hint="it has " + ", ".join(f"`{known}`" for known in self._methods),
            )

    def read(self, values: NDArray[Any], n_rows: int, method: Method) -> Prediction:
        """Return what a tensor means.

        Args:
            values: Shape (n_rows, ...): numbers, or one for each class.
            n_rows: Rows that were asked for.
            method: What was asked for.

        Raises:
            PredictionError: It has not one answer for each row, or not one number for each class.
        """
        if values.ndim == 0 or len(values) != n_rows:
            n_answers = "one number" if values.ndim == 0 else f"{len(values)} rows"
            raise PredictionError(f"the model answered {n_answers} for {n_rows} rows")
        if self._classes is None:
            return Prediction(_narrow(values))
        probabilities = self._probabilities(values)
        labels = self._classes[probabilities.argmax(axis=1)]
        if method is Method.PREDICT_PROBA:
            return Prediction(labels, probabilities=probabilities)
        return Prediction(labels)

    def labelled(
        self, labels: NDArray[Any], values: NDArray[Any] | None, n_rows: int
    ) -> Prediction:
        """Return labels that the net gives itself, with its probabilities where they were asked for."""
        if len(labels) != n_rows:
            raise PredictionError(f"the model answered {len(labels)} rows for {n_rows}")
        if values is None:
            return Prediction(labels)
        return Prediction(labels, probabilities=values.astype(np.float64))

    def _probabilities(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return probabilities of shape (n_rows, n_classes)."""
        numbers = _narrow(values).astype(np.float64)
        is_logit = self._output.given_as == "logits"
        if numbers.ndim == 1 and self._is_binary:
            with np.errstate(over="ignore"):
                positive = 1 / (1 + np.exp(-numbers)) if is_logit else numbers
            return np.column_stack([1 - positive, positive])
        if numbers.shape[1:] != self._output_shape:
            raise PredictionError(
                f"the model answered a tensor of shape {values.shape} for "
                f"{len(self._output.classes)} classes"
            )
        if not is_logit:
            return numbers
        with np.errstate(invalid="ignore"):  # an infinity becomes a NaN, which no reply holds
            numbers -= numbers.max(axis=1, keepdims=True)
        np.exp(numbers, out=numbers)
        numbers /= numbers.sum(axis=1, keepdims=True)
        return numbers

    @property
    def _output_shape(self) -> tuple[int]:
        return (len(self._output.classes),)


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    """Return one number per row as shape (n_rows,), anything else as it is."""
    return values[:, 0] if values.ndim == _MATRIX_RANK and values.shape[1] == 1 else values
