"""Turns a prediction into the reply of the native API, and holds the model to its output contract.

Invariant: a reply is valid JSON and has one answer for each row; a NaN or an infinity never leaves as
`null`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

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


def plain_answers(
    prediction: Prediction, output: Output, *, n_rows: int, is_single: bool
) -> Answers:
    """Check a prediction against the output contract and return it in plain values.

    Args:
        prediction: What the model answered.
        output: What it may answer.
        n_rows: Rows that it was asked for.
        is_single: Whether the reply holds one answer instead of a list.

    Raises:
        OutputContractError: Another number of answers, a NaN, an infinity, or a value that JSON has
            no form for.
    """
    values = _plain("prediction", prediction.values, n_rows)
    probabilities = None
    if prediction.probabilities is not None:
        if prediction.probabilities.shape[1:] != (len(output.classes),):
            raise OutputContractError(
                f"the model answered probabilities of shape {prediction.probabilities.shape} for "
                f"{len(output.classes)} classes"
            )
        shares = _plain("probability", prediction.probabilities, n_rows)
        probabilities = Probabilities(output.classes, shares[0] if is_single else shares)
    scores = None
    if prediction.scores is not None:
        scores = _plain("score", prediction.scores, n_rows)
        scores = scores[0] if is_single else scores
    return Answers(values[0] if is_single else values, probabilities, scores)


_encode = msgspec.json.Encoder().encode


def encode_reply(reply: PredictionReply) -> bytes:
    """Return the reply as JSON."""
    return _encode(reply)


def _plain(what: str, answers: NDArray[Any], n_rows: int) -> list[Any]:
    if len(answers) != n_rows:
        raise OutputContractError(f"the model answered {len(answers)} rows of {n_rows}")
    kind = answers.dtype.kind
    if kind == "f":
        if not _is_finite(answers):
            raise _not_a_number(what, answers)
    elif kind not in "biuU":
        return [_plain_scalar(what, value, i) for i, value in enumerate(answers.tolist())]
    listed: list[Any] = answers.tolist()
    return listed


def _is_finite(answers: NDArray[Any]) -> bool:
    # a numpy call costs more than a handful of values
    if answers.size <= _FEW_VALUES:
        return all(map(math.isfinite, answers.ravel().tolist()))
    return bool(np.isfinite(answers).all())


def _not_a_number(what: str, answers: NDArray[Any]) -> OutputContractError:
    row = int(np.argwhere(~np.isfinite(answers))[0][0])
    value = "NaN" if np.isnan(answers[row]).any() else "an infinity"
    return OutputContractError(f"the model answered {value} as the {what} of row {row}")


def _plain_scalar(what: str, value: Any, row: int) -> Scalar | list[Any]:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list):
        return [_plain_scalar(what, item, row) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise OutputContractError(f"the model answered {value} as the {what} of row {row}")
    if isinstance(value, bool | int | float | str):
        return value
    raise OutputContractError(
        f"the model answered a `{type(value).__name__}` as the {what} of row {row}"
    )
