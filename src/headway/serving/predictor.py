"""`Predictor`: the production predictor in this process, for tests and notebooks.

It checks input against the served contract, executes the served form and holds it to its output
contract, so that what it answers is what the server answers.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from headway.contract.frame_input import batch_from
from headway.contract.notices import Notices
from headway.core.dtypes import Method
from headway.errors import HeadwayWarning, PredictionError
from headway.serving.reply import AnswerReader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.contract.row_validator import RowValidator
    from headway.core.prediction import Prediction
    from headway.runtimes.port import Runtime


class Predictor:
    """Answers as the server does, without a server.

    Args:
        runtime: Executes the form that is served.
        validator: The contract's own code, where it has any.

    `predict` and the others take a frame of pandas, polars or pyarrow, a two-dimensional array, a dict
    of columns, one row as a dict, or a list of rows. Where a policy lets values through, they warn with `HeadwayWarning`.

    Attributes:
        name: Name of the model.
        version: The registry's version, or `local` for a folder.
        contract: What may come in: the contract that is served.
        form: `lowered` or `native`.
    """

    def __init__(
        self,
        name: str,
        version: str,
        contract: Contract,
        runtime: Runtime,
        validator: RowValidator | None = None,
    ) -> None:
        self.name = name
        self.version = version
        self.contract = contract
        self.form = runtime.form
        self._runtime = runtime
        self._validator = validator
        self._answers = AnswerReader(contract.output)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803 (scikit-learn's name)
        """Return class labels or values, shape (n_rows,).

        Raises:
            InvalidInputError: Rows break the contract; every violation is listed.
            PredictionError: The model raised, or broke its output contract.
        """
        return self._ask(X, Method.PREDICT).values

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return probabilities in the order of `contract.output.labels`, shape (n_rows, n_classes).

        Raises:
            MethodNotSupportedError: The model has no probabilities.
            InvalidInputError: As `predict`.
            PredictionError: As `predict`.
        """
        return _answered(self._ask(X, Method.PREDICT_PROBA).probabilities)

    def decision_function(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return scores, shape (n_rows,) or (n_rows, n_classes).

        Raises:
            MethodNotSupportedError: The model has no decision function.
            InvalidInputError: As `predict`.
            PredictionError: As `predict`.
        """
        return _answered(self._ask(X, Method.DECISION_FUNCTION).scores)

    def _ask(self, rows: Any, method: Method) -> Prediction:
        notices = Notices(self.contract)
        batch = batch_from(self.contract, rows, self._validator, notices)
        _warn(notices)
        prediction = self._runtime.predict(batch, method)
        self._answers.read(prediction, n_rows=batch.n_rows, is_single=False)
        return prediction

    @override
    def __repr__(self) -> str:
        return f"Predictor({self.name}:{self.version}, {self.form})"


def _warn(notices: Notices) -> None:
    if notices.total:
        listed = notices.listed()
        first = listed[0]
        more = f" (and {notices.total - 1} more)" if notices.total > 1 else ""
        words = f"row {first.row}, field `{first.field}`: {first.message}{more}"
        warnings.warn(HeadwayWarning(words, listed, notices.total), stacklevel=4)


def _answered(values: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if values is None:
        raise PredictionError("the runtime left out what it was asked for")
    return values
