"""Holds what a model answers to its output contract, and shapes it as was declared.

Invariant: nothing that comes out of `checked` or `shaped` breaks the contract; a message names the row
and the rule, and never the answer itself, because it is told to clients.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.bounds import declared_limits
from headway.contract.post import apply_steps
from headway.contract.text import quoted
from headway.core.dtypes import DType
from headway.core.prediction import Prediction
from headway.errors import OutputContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Output, Scalar

# Probabilities of float32 models are off by some 1e-7 each
PROBABILITY_TOLERANCE = 1e-6
SUM_TOLERANCE = 1e-4
_LEAST, _MOST = -PROBABILITY_TOLERANCE, 1 + PROBABILITY_TOLERANCE


def class_array(labels: Sequence[Scalar]) -> NDArray[Any]:
    """Return labels as an array that holds them as they are."""
    array = np.array(labels)
    # numpy would turn a mix of types into strings
    if array.tolist() != list(labels):
        array = np.empty(len(labels), dtype=object)
        array[:] = labels
    return array


def check_probabilities(probabilities: NDArray[Any], n_classes: int) -> None:
    """Hold probabilities of many rows to their contract: each in 0 to 1, one for each class, sum 1.

    Raises:
        OutputContractError: Names the first row that breaks it.
    """
    check_shape(probabilities, n_classes)
    if not len(probabilities) or (
        # neither is true of a NaN
        probabilities.min() >= _LEAST
        and probabilities.max() <= _MOST
        and np.abs(probabilities.sum(axis=1) - 1).max() <= SUM_TOLERANCE
    ):
        return
    check_few_probabilities(probabilities.tolist())


def check_few_probabilities(rows: list[list[float]]) -> None:
    """As `check_probabilities`, for lists of the right length; cheaper than numpy for few rows.

    Raises:
        OutputContractError: Names the first row that breaks it.
    """
    for i, row in enumerate(rows):
        # a NaN or an infinity makes the sum one too
        if not (abs(sum(row) - 1) <= SUM_TOLERANCE and min(row) >= _LEAST and max(row) <= _MOST):
            raise _broken_probabilities(i, row)


def check_shape(probabilities: NDArray[Any], n_classes: int) -> None:
    """Hold an array to one probability for each class.

    Raises:
        OutputContractError: It has another shape.
    """
    if probabilities.shape[1:] != (n_classes,):
        raise OutputContractError(
            f"the model answered probabilities of shape {probabilities.shape} for "
            f"{n_classes} classes"
        )


def check_finite(what: str, numbers: NDArray[Any]) -> None:
    """Refuse NaN and infinities.

    Raises:
        OutputContractError: Names the first row that has one.
    """
    finite = np.isfinite(numbers)
    if not finite.all():
        row = int(np.argwhere(~finite)[0][0])
        raise not_finite(what, row, is_nan=bool(np.isnan(numbers[row]).any()))


def not_finite(what: str, row: int, *, is_nan: bool) -> OutputContractError:
    """Return the error of a number that JSON has no form for."""
    value = "NaN" if is_nan else "an infinity"
    return OutputContractError(f"the model answered {value} as the {what} of row {row}")


class Shaper:
    """Shapes raw answers as an output declares: threshold, names, post-processing, limits.

    Args:
        output: Declares something.
    """

    def __init__(self, output: Output) -> None:
        self._rules = rules = output.rules
        self._n_classes = len(output.classes)
        self._labels = class_array(output.labels)
        self._positions = {label: i for i, label in enumerate(output.classes)}
        self._positive = None if rules.positive is None else self._positions[rules.positive]
        self._limits = declared_limits(rules.limits, DType.FLOAT)

    @property
    def needs_probabilities(self) -> bool:
        """Whether a label follows from probabilities."""
        return self._positive is not None

    def labels_by_threshold(self, probabilities: NDArray[Any]) -> NDArray[Any]:
        """Return the label of each row: the positive class from the threshold on.

        Raises:
            OutputContractError: These are no probabilities.
        """
        positive = self._positive or 0
        check_probabilities(probabilities, self._n_classes)
        is_positive = probabilities[:, positive] >= self._rules.threshold
        return self._labels[np.where(is_positive, positive, 1 - positive)]

    def labels(self, classes: NDArray[Any]) -> NDArray[Any]:
        """Return the label of each class as replies hold it.

        Raises:
            OutputContractError: A class that the model does not have.
        """
        if not self._rules.class_names:
            return classes
        return self._labels[_positions(classes.tolist(), self._positions.__getitem__)]

    def numbers(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return the numbers after post-processing, within the limits.

        Raises:
            OutputContractError: One is not finite or beyond its limits, or these are no numbers.
        """
        if numbers.dtype.kind not in "iuf":
            raise OutputContractError("the model answered something that is no number")
        check_finite("prediction", numbers)
        if self._rules.post:
            numbers = apply_steps(self._rules.post, numbers.astype(np.float64))
            check_finite("post-processed prediction", numbers)
        return self._limited(numbers)

    def _limited(self, numbers: NDArray[Any]) -> NDArray[Any]:
        for limit in self._limits:
            kept = limit.allows(numbers)
            if kept.all():
                continue
            if self._rules.policy == "clip":
                numbers = np.where(kept, numbers, limit.value)
                continue
            row = int(np.argwhere(~kept)[0][0])
            raise OutputContractError(
                f"the prediction of row {row} breaks the limit `{limit.rule}` {quoted(limit.value)}"
            )
        return numbers

    def shaped(self, prediction: Prediction) -> Prediction:
        """Return a raw prediction as it is answered.

        Raises:
            OutputContractError: It breaks the contract.
        """
        if not self._n_classes:
            return Prediction(self.numbers(prediction.values))
        if self._positive is not None and prediction.probabilities is not None:
            values = self.labels_by_threshold(prediction.probabilities)
        else:
            values = self.labels(prediction.values)
        return Prediction(values, prediction.probabilities, prediction.scores)


def label_outside(row: int) -> OutputContractError:
    """Return the error of a label that is none of the classes."""
    return OutputContractError(
        f"the model answered a label that is none of its classes for row {row}"
    )


def _positions(labels: list[Any], position: Callable[[Any], int]) -> list[int]:
    found = []
    for row, label in enumerate(labels):
        try:
            found.append(position(label))
        except (KeyError, TypeError):  # a list has no hash
            raise label_outside(row) from None
    return found


def _broken_probabilities(row: int, shares: list[float]) -> OutputContractError:
    if not all(map(math.isfinite, shares)):
        return not_finite("probability", row, is_nan=any(map(math.isnan, shares)))
    if min(shares) < _LEAST or max(shares) > _MOST:
        return OutputContractError(
            f"the model answered a probability outside of 0 to 1 for row {row}"
        )
    return OutputContractError(
        f"the model answered probabilities of row {row} that sum to {sum(shares):.6g}; they must sum "
        f"to 1 within {SUM_TOLERANCE:g}"
    )
