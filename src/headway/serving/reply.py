"""Turns a prediction into the reply of the native API, and holds the model to its output contract.

Invariant: a reply is valid JSON and has one answer for each row, which keeps the output contract; a NaN
or an infinity never leaves as `null`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.contract.answers import (
    check_few_probabilities,
    check_finite,
    check_probabilities,
    check_shape,
    label_outside,
    not_finite,
)
from headway.core.dtypes import Task
from headway.errors import OutputContractError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Output, Scalar
    from headway.contract.notices import Notice
    from headway.core.prediction import Prediction


_FEW_VALUES = 16


class Probabilities(msgspec.Struct, frozen=True, gc=False):
    """Probabilities of the classes.

    Attributes:
        classes: Class labels.
        values: One number for each class; a list of such lists where several rows were asked for.
    """

    classes: tuple[Any, ...]
    values: list[Any]


class PredictionReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Answer to one request.

    Attributes:
        prediction: Label or number; a list of them where several rows were asked for.
        probabilities: Only with `predict_proba`.
        scores: Only with `decision_function`.
        model: Name of the model.
        version: Version that answered.
        variant: Role of that version.
        prediction_id: By which a label can be joined; only for a single row.
        prediction_ids: The same for several rows.
        request_id: Of the request.
        warnings: What was let through by a policy; the first ones.
        warnings_total: How many there are.
    """

    prediction: Any
    probabilities: Probabilities | None = None
    scores: Any = None
    model: str
    version: str
    variant: str
    prediction_id: str | None = None
    prediction_ids: list[str] | None = None
    request_id: str
    warnings: Sequence[Notice] | None = None
    warnings_total: int | None = None


class Answers(msgspec.Struct, frozen=True, gc=False):
    """A checked prediction in plain Python values.

    Attributes:
        prediction: As in `PredictionReply`.
        probabilities: As in `PredictionReply`.
        scores: As in `PredictionReply`.
    """

    prediction: Any
    probabilities: Probabilities | None
    scores: Any


class AnswerReader:
    """Checks predictions of one release against its output contract, and returns them in plain values.

    Args:
        output: What it may answer.
    """

    def __init__(self, output: Output) -> None:
        self._labels = output.labels
        self._known = frozenset(output.labels)
        # any other model may answer whatever JSON has a form for
        self._width = None if output.task is Task.OTHER else output.n_outputs

    def read(self, prediction: Prediction, *, n_rows: int, is_single: bool) -> Answers:
        """Return the answers for `n_rows` rows.

        Args:
            prediction: What the model answered, shaped as was declared.
            n_rows: Rows that it was asked for.
            is_single: Whether the reply holds one answer instead of a list.

        Raises:
            OutputContractError: Another number of answers, a NaN, an infinity, a label that is no class,
                probabilities that are none, or a value that JSON has no form for.
        """
        values = self._values(prediction.values, n_rows)
        probabilities = None
        if prediction.probabilities is not None:
            shares = self._shares(prediction.probabilities, n_rows)
            probabilities = Probabilities(self._labels, shares[0] if is_single else shares)
        scores = None
        if prediction.scores is not None:
            scores = _plain("score", prediction.scores, n_rows)
            scores = scores[0] if is_single else scores
        return Answers(values[0] if is_single else values, probabilities, scores)

    def _values(self, values: NDArray[Any], n_rows: int) -> list[Any]:
        plain = _plain("prediction", values, n_rows)
        if self._width is not None and values.size != n_rows * self._width:
            raise OutputContractError(
                f"the model answered values of shape {values.shape} for {n_rows} rows of "
                f"{self._width}"
            )
        if self._known and not (values.ndim == 1 and self._known.issuperset(plain)):
            raise label_outside(next((i for i, v in enumerate(plain) if self._is_odd(v)), 0))
        return plain

    def _is_odd(self, label: Any) -> bool:
        return isinstance(label, list) or label not in self._known

    def _shares(self, probabilities: NDArray[Any], n_rows: int) -> list[Any]:
        _check_length(probabilities, n_rows)
        if probabilities.size > _FEW_VALUES:
            check_probabilities(probabilities, len(self._labels))
            many: list[Any] = probabilities.tolist()
            return many
        check_shape(probabilities, len(self._labels))
        few: list[Any] = probabilities.tolist()
        check_few_probabilities(few)
        return few


_encode = msgspec.json.Encoder().encode


def encode_reply(reply: PredictionReply) -> bytes:
    """Return the reply as JSON."""
    return _encode(reply)


def _check_length(answers: NDArray[Any], n_rows: int) -> None:
    if len(answers) != n_rows:
        raise OutputContractError(f"the model answered {len(answers)} rows of {n_rows}")


def _plain(what: str, answers: NDArray[Any], n_rows: int) -> list[Any]:
    _check_length(answers, n_rows)
    kind = answers.dtype.kind
    if kind == "f":
        # a numpy call costs more than a handful of values
        if answers.size > _FEW_VALUES or not all(map(math.isfinite, answers.ravel().tolist())):
            check_finite(what, answers)
    elif kind not in "biuU":
        return [_plain_scalar(what, value, i) for i, value in enumerate(answers.tolist())]
    listed: list[Any] = answers.tolist()
    return listed


def _plain_scalar(what: str, value: Any, row: int) -> Scalar | list[Any]:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list):
        return [_plain_scalar(what, item, row) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise not_finite(what, row, is_nan=math.isnan(value))
    if isinstance(value, bool | int | float | str):
        return value
    raise OutputContractError(
        f"the model answered a `{type(value).__name__}` as the {what} of row {row}"
    )
