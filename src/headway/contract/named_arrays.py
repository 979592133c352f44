"""Arrays by name: what a model of several tensors is fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


class NamedArrays:
    """Arrays that share their rows.

    Args:
        arrays: By name, each of shape (n_rows, ...).

    Raises:
        TrainingDataError: One has no rows of its own, or another number of them.

    Examples:
        >>> import numpy as np
        >>> NamedArrays({"image": np.zeros((3, 8, 8)), "age": np.zeros(3)}).shape
        (3, 2)
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.arrays = dict(arrays)
        lengths = {name: len(array) if array.ndim else 0 for name, array in self.arrays.items()}
        if len(set(lengths.values())) > 1:
            shown = ", ".join(f"`{name}` {length}" for name, length in lengths.items())
            raise TrainingDataError(
                f"the arrays of X have different numbers of rows: {shown}",
                hint="the first dimension of each array counts the rows",
            )

    def __len__(self) -> int:
        return next((len(array) for array in self.arrays.values()), 0)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, and of arrays."""
        return len(self), len(self.arrays)

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> NamedArrays:
        return NamedArrays({name: array[rows] for name, array in self.arrays.items()})
