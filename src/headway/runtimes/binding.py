"""Binds the features of a contract to the named tensors of a net, and feeds batches to it.

Invariant: a feature is either a column of one matrix or a tensor of its own, and its values are given
in the element type of the net and in no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.core.batch import scalars_of
from headway.errors import RuntimeLoadError

if TYPE_CHECKING:
    from headway.contract.model import Contract, Feature
    from headway.core.batch import Column, FeatureBatch

    Tensors = dict[str, np.ndarray[Any, np.dtype[Any]]]


_ELEMENTS = frozenset(
    {"float16", "float32", "float64", "bool"}
    | {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
)


class BoundInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tensor of a net.

    Attributes:
        name: As the net calls it.
        features: One feature that is the whole tensor, or the columns of a matrix in their order.
        element: numpy's dtype of the elements.
        shape: Of one row.
    """

    name: str
    features: tuple[str, ...]
    element: str
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.element not in _ELEMENTS:
            raise ValueError(f"`{self.element}` is no type of elements")


class Binding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What goes into a graph and what comes out.

    Attributes:
        inputs: Every tensor that it takes.
        values: Tensor of the answers: numbers, or one for each class.
        label: Tensor of the labels, where the graph gives them itself.
    """

    inputs: tuple[BoundInput, ...]
    values: str
    label: str = ""

    def to_json(self) -> bytes:
        """Return the document as a bundle keeps it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)

    @classmethod
    def from_json(cls, data: bytes) -> Binding:
        """Read what `to_json` wrote.

        Raises:
            RuntimeLoadError: The document is no binding.
        """
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RuntimeLoadError(
                f"the binding cannot be read: {error}", hint="is the release of a newer version?"
            ) from error


def bound_inputs(contract: Contract) -> tuple[BoundInput, ...]:
    """Return the tensors that a contract describes: one matrix, or one for each feature."""
    if contract.layout == "array":
        names = contract.names
        element = contract.features[0].storage
        return (BoundInput("features", names, element, (len(names),)),)
    return tuple(
        BoundInput(feature.name, (feature.name,), _element(feature), feature.shape)
        for feature in contract.features
    )


class Feeder:
    """Makes the tensors of batches.

    Args:
        inputs: Every tensor that the net takes.
        names: Names of the contract's features, in its order.

    Raises:
        RuntimeLoadError: A tensor needs a feature that the contract does not have.
    """

    def __init__(self, inputs: tuple[BoundInput, ...], names: tuple[str, ...]) -> None:
        unknown = {name for bound in inputs for name in bound.features}.difference(names)
        if unknown:
            raise RuntimeLoadError(f"the contract has no feature {sorted(unknown)}")
        self._parts = [
            (bound, np.dtype(bound.element), [names.index(name) for name in bound.features])
            for bound in inputs
        ]
        # the commonest net of all takes its rows as they are
        self._is_whole = len(self._parts) == 1 and self._parts[0][2] == list(range(len(names)))

    def feed(self, batch: FeatureBatch) -> Tensors:
        """Return the tensors of a batch by name, each of shape (n_rows, ...)."""
        if batch.is_by_row and self._is_whole:
            (bound, dtype, _) = self._parts[0]
            rows = np.array(batch.rows(), dtype=dtype)
            return {bound.name: rows.reshape(batch.n_rows, *bound.shape)}
        columns = batch.columns()
        return {
            bound.name: _tensor([columns[i] for i in positions], dtype, bound, batch.n_rows)
            for bound, dtype, positions in self._parts
        }


def _tensor(
    columns: list[Column], dtype: np.dtype[Any], bound: BoundInput, n_rows: int
) -> np.ndarray[Any, np.dtype[Any]]:
    if len(columns) == 1:
        return np.array(_plain(columns[0]), dtype=dtype).reshape(n_rows, *bound.shape)
    matrix = np.empty((n_rows, len(columns)), dtype=dtype)
    for j, column in enumerate(columns):
        matrix[:, j] = _plain(column)
    return matrix.reshape(n_rows, *bound.shape)


def _plain(column: Column) -> Any:
    # numpy itself makes NaN of a None among numbers
    return column if isinstance(column, np.ndarray | list) else scalars_of(column)


def _element(feature: Feature) -> str:
    return feature.element or feature.storage
