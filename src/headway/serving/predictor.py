"""`Predictor`: the production predictor in this process, for tests and notebooks.

It checks input against the served contract, executes the served form and holds it to its output
contract, so that what it answers is what the server answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from headway.contract.frame_input import batch_from
from headway.core.dtypes import Method
from headway.errors import PredictionError
from headway.serving.reply import plain_answers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.prediction import Prediction
    from headway.runtimes.port import Runtime


class Predictor:
    """Answers as the server does, without a server.

    Args:
        name: Name of the model.
        version: The registry's version, or `local` for a folder.
        contract: What may come in: the contract that is served.
        runtime: Executes the form that is served.

    `predict` and the others take a frame of pandas, polars or pyarrow, a two-dimensional array, a dict
    of columns, one row as a dict, or a list of rows.
    """

    def __init__(self, name: str, version: str, contract: Contract, runtime: Runtime) -> None:
        self.name = name
        self.version = version
        self.contract = contract
        self.form = runtime.form
        self._runtime = runtime

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803 (scikit-learn's name)
        """Return class labels or values, shape (n_rows,).

        Raises:
            InvalidInputError: Rows break the contract; every violation is listed.
            PredictionError: The model raised, or broke its output contract.
        """
        return self._ask(X, Method.PREDICT).values

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return probabilities in the order of `contract.output.classes`, shape (n_rows, n_classes).

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
        batch = batch_from(self.contract, rows)
        prediction = self._runtime.predict(batch, method)
        plain_answers(prediction, self.contract.output, n_rows=batch.n_rows, is_single=False)
        return prediction

    @override
    def __repr__(self) -> str:
        return f"Predictor({self.name}:{self.version}, {self.form})"


def _answered(values: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if values is None:
        raise PredictionError("the runtime left out what it was asked for")
    return values
