"""What a model that takes tensors says about itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from headway.contract.model import Output
from headway.core.dtypes import Task
from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, slots=True)
class NetInput:
    """One tensor that a net takes.

    Attributes:
        name: As the net calls it.
        element: numpy's dtype that it must have; `None` for whatever the training array has.
        float_element: What arrays of floats become; `None` leaves them.
        shape: Of one row; `None` where the net does not say.
        is_optional: Whether the net answers without it.
    """

    name: str
    element: str | None = None
    float_element: str | None = None
    shape: tuple[int, ...] | None = None
    is_optional: bool = False


class Net(Protocol):
    """A model that takes tensors."""

    @property
    def inputs(self) -> Sequence[NetInput]:
        """Every tensor that it takes, in its own order."""
        ...

    def output(self, arrays: Mapping[str, NDArray[Any]]) -> Output:
        """Ask it for a few rows, and return what it answers.

        Raises:
            TrainingDataError: These are no rows of this model.
            PredictionError: It raises, or answers what no reply can hold.
        """
        ...


def output_of_numbers(values: NDArray[Any], n_rows: int) -> Output:
    """Return the output of a net that answers a tensor.

    Raises:
        TrainingDataError: It has not one answer for each row.
    """
    if values.ndim == 0 or len(values) != n_rows:
        raise TrainingDataError(
            f"the model answers a tensor of shape {values.shape} for {n_rows} rows",
            hint="the first dimension of the answer counts the rows",
        )
    return Output(Task.OTHER, n_outputs=int(np.prod(values.shape[1:])), given_as="numbers")
