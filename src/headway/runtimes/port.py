"""The port that every flavor implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from headway.core.batch import FeatureBatch
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction


# What every native runtime says where its model raises ValueError on a batch
REFUSED_HINT = "is there a category that training never saw, or a number that is too large?"


@runtime_checkable
class Runtime(Protocol):
    """Executes one release. Synchronous, and safe to call from one thread at a time.

    Attributes:
        form: `lowered` or `native`.
        flavor: `onnx`, `sklearn`, `torch` or `pyfunc`.
    """

    form: str
    flavor: str

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        """Answer every row of `batch`, which the contract has already accepted.

        Raises:
            MethodNotSupportedError: The model has no such method.
            InvalidInputError: The model itself refuses a value, for example a category that its
                encoder was told to refuse.
            InputRefusedError: As above, where the model does not say which value.
            PredictionError: The model raised.
        """
        ...


@runtime_checkable
class AnswersNumbers(Protocol):
    """A runtime that computes labels apart from the numbers beside them, and can leave them out."""

    def numbers(self, batch: FeatureBatch, method: Method) -> NDArray[np.float64]:
        """Return probabilities or scores alone.

        Raises:
            InputRefusedError: The model refuses a value.
            PredictionError: The model raised.
        """
        ...
