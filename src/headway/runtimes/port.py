"""The port that every flavor implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
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
