"""A model does not answer."""

from __future__ import annotations

from headway.errors.root import HeadwayError


class PredictionError(HeadwayError):
    """The model raised an error on rows that its contract accepts.

    The server's log has the traceback under the request id.

    What to do: Where such rows should be refused, declare a constraint.
    """

    code = "prediction.failed"


class InputRefusedError(PredictionError):
    """The model itself refuses values that its contract allows.

    A model that is served natively raised `ValueError`. It has answered its golden rows, so the reason
    is a value of these rows: a category that training never saw, or a number that is too large for the
    model.

    What to do: Declare what it takes with `OneOf()` or `Range(...)` when you register it, and the
    contract names row and field.
    """

    code = "prediction.refused"


class OutputContractError(PredictionError):
    """The model answered something that it never should: it broke its own output contract.

    The answer is NaN, an infinity, another number of answers than rows, a label that is none of the
    classes, probabilities that do not sum to one, or a number beyond the declared limits. The request
    is not at fault.

    What to do: Look at the row in question; the model may have to be trained again, or its answers be
    declared otherwise: see `docs/how-to/shape-the-answer.md`.
    """

    code = "prediction.output_contract"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(
            message, hint=hint or "the rows keep the contract; it is the model that does not"
        )


class MethodNotSupportedError(HeadwayError):
    """The model has no such method, for example no `predict_proba`.

    What to do: Ask for one of those that the hint names.
    """

    code = "prediction.method"
