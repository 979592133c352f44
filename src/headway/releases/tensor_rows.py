"""The rows that a model of tensors was trained on, as arrays.

Invariant: what leaves here is one matrix, or one array for each tensor of the net, in the very element
types that the net takes; the contract is learned from that.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.frame import column_names, library_of
from headway.contract.named_arrays import NamedArrays
from headway.contract.text import listed
from headway.errors import TrainingDataError
from headway.registry.flavor import NETS, flavor_of
from headway.releases.rows import as_array

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from headway.releases.net_inputs import Net, NetInput
    from headway.releases.rows import LabelledRows

_MATRIX_RANK = 2
_PROBE_ROWS = 3


def plain_data(model: Any, data: Any) -> Any:
    """Return data as numpy holds them, where they are of PyTorch or a mapping of arrays to a net."""
    if flavor_of(model) not in NETS:
        return data
    if isinstance(data, dict):
        return NamedArrays({str(name): _numpy(array) for name, array in data.items()})
    return _numpy(data) if _is_tensor(data) or isinstance(data, list) else data


def net_rows(net: Net, rows: LabelledRows) -> LabelledRows:
    """Return rows as one matrix, or as the arrays that the net takes.

    Raises:
        TrainingDataError: They are not what the net takes. Names every problem.
    """
    rows = _from_frame(net, rows)
    data, inputs = rows.data, net.inputs
    if not isinstance(data, NamedArrays):
        if len(inputs) > 1 and not all(bound.is_optional for bound in inputs[1:]):
            raise TrainingDataError(
                f"the model takes the tensors {listed([i.name for i in inputs])} and X is one array",
                hint="pass a dict of arrays by these names",
            )
        if data.ndim == _MATRIX_RANK:
            return dataclasses.replace(rows, data=_fitting(inputs[0], data))
        data = NamedArrays({inputs[0].name: data})
    known = {bound.name: bound for bound in inputs}
    if len(data.arrays) == len(known) == 1:  # whatever the user calls it
        known = dict(zip(data.arrays, known.values(), strict=True))
    _check_names(known, data)
    arrays = {name: _fitting(known[name], array) for name, array in data.arrays.items()}
    return dataclasses.replace(rows, data=NamedArrays(arrays), names=None)


def few_arrays(net: Net, rows: LabelledRows) -> dict[str, NDArray[Any]]:
    """Return the first rows as the net takes them, by name of the tensor."""
    data = rows.part(0, _PROBE_ROWS).data
    if not isinstance(data, NamedArrays):
        return {net.inputs[0].name: data}
    if len(data.arrays) == 1 and len(net.inputs) == 1:
        return {net.inputs[0].name: next(iter(data.arrays.values()))}
    return data.arrays


def _from_frame(net: Net, rows: LabelledRows) -> LabelledRows:
    """Return a frame of numbers as a matrix, and one whose columns are tensors as arrays."""
    data = rows.data
    if library_of(data) is None:
        return rows
    names = [str(name) for name in column_names(data) or ()]
    frame = data.to_pandas() if hasattr(data, "to_pandas") else data
    rows = dataclasses.replace(rows, data=frame)
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    is_tensors = any(array.dtype.kind == "O" for array in columns.values())
    if is_tensors or (len(net.inputs) > 1 and {i.name for i in net.inputs} >= set(names)):
        return dataclasses.replace(
            rows, data=NamedArrays({str(n): _stacked(str(n), a) for n, a in columns.items()})
        )
    rows = as_array(rows)
    if isinstance(rows.data, np.ndarray):
        return rows
    raise TrainingDataError(
        "the model takes tensors of numbers, and X has columns of something else",
        hint="encode strings and dates as numbers before the net: its requests hold what X holds",
    )


def _stacked(name: str, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind != "O":
        return array
    try:
        # Arrow's lists of lists come as arrays of arrays
        return np.array([_nested(cell) for cell in array])
    except (ValueError, TypeError) as error:
        raise TrainingDataError(
            f"the cells of `{name}` are no tensors of one shape",
            hint="pad or cut them: every value of a feature has one shape",
        ) from error


def _nested(cell: Any) -> Any:
    is_nested = isinstance(cell, np.ndarray) and cell.dtype.kind == "O"
    return [_nested(part) for part in cell] if is_nested else np.asarray(cell)


def _check_names(known: Mapping[str, NetInput], data: NamedArrays) -> None:
    missing = [n for n, bound in known.items() if n not in data.arrays and not bound.is_optional]
    extra = [name for name in data.arrays if name not in known]
    problems = [
        f"{what} {listed(names)}"
        for what, names in (("X lacks", missing), ("X has besides", extra))
        if names
    ]
    if problems:
        raise TrainingDataError(
            f"the model takes other tensors than X has: {'; '.join(problems)}",
            hint=f"it takes {listed(list(known))}",
        )


def _fitting(bound: NetInput, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in the element type of a tensor.

    Raises:
        TrainingDataError: It has another shape, or no such elements.
    """
    kind = array.dtype.kind
    if kind not in "fiu" and not (kind == "b" and array.ndim == 1):
        raise TrainingDataError(
            f"the tensor `{bound.name}` is given as `{array.dtype}`, and tensors of numbers are needed",
            hint="give a mask as 0 and 1 of int64, and compare in the model: `mask == 0`",
        )
    if bound.shape is not None and not _is_shape(array.shape[1:], bound.shape):
        raise TrainingDataError(
            f"a row of the tensor `{bound.name}` has the shape {array.shape[1:]} and the model takes "
            f"{bound.shape}",
            hint="pass X as the model takes it: the rows that it was trained on",
        )
    element = bound.element or (bound.float_element if kind == "f" else None)
    if element is None or array.dtype == element:
        return array
    if np.dtype(element).kind != "f" and kind == "f":
        raise TrainingDataError(
            f"the tensor `{bound.name}` is given as `{array.dtype}` and the model takes `{element}`",
            hint=f"convert it: `.astype('{element}')`",
        )
    return array.astype(element)


def _is_shape(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    # one number a row may be a column of one
    return given == wanted or (given, wanted) == ((), (1,))


def _is_tensor(data: Any) -> bool:
    return any(base.__module__ == "torch" for base in type(data).__mro__)


def _numpy(data: Any) -> NDArray[Any]:
    if _is_tensor(data):
        data = data.detach().cpu()
    try:
        return np.asarray(data)
    except (TypeError, ValueError) as error:
        raise TrainingDataError(
            f"a `{type(data).__name__}` of X is no array: {error}",
            hint="pass arrays of numpy or tensors of numbers, all rows of one shape",
        ) from error
