"""Columns of category codes, as boosters test them: integers only, missing among them.

ONNX Runtime tests a great set by turning values into integers, so that no fraction and no missing value
may meet one: each becomes a code.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

import numpy as np

from headway.errors import LoweringError
from headway.optimize.lowering.columns import MAX_CODE

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.state import Lowering

Rounding = Literal["down", "towards zero"]


@dataclasses.dataclass(frozen=True, slots=True)
class CodeColumn:
    """One column of integers.

    Attributes:
        column: Holds codes from 0, -1 for what is below, `missing` - 1 for what is above, and
            `missing`.
        missing: The code that stands for missing.
    """

    column: Column
    missing: float


def as_codes(lowering: Lowering, column: Column, greatest: float, rounding: Rounding) -> CodeColumn:
    """Return a column of integers, on which tests of sets do what the library's own do.

    Args:
        lowering: In the making.
        column: Codes of a categorical column, or any numbers.
        greatest: The greatest code that some set of the column holds.
        rounding: What the library makes of a fraction.

    Raises:
        LoweringError: It holds strings, or a code is too great to be tested.
    """
    if column.vocabulary is not None:
        if not column.vocabulary.is_closed:
            raise LoweringError("it is given strings where numbers or categories are expected")
        greatest = max(greatest, len(column.vocabulary) - 1.0)
    if greatest > MAX_CODE - 2:
        raise LoweringError(f"the category {greatest:g} is too great to be tested")
    missing = greatest + 2
    if column.vocabulary is not None:
        coded = dataclasses.replace(
            column, fill=missing, trace=lambda codes: _filled(column.trace(codes), missing)
        )
        return CodeColumn(coded, missing)
    if column.is_mixed:
        return CodeColumn(
            lowering.mixed(_added(lowering, column, missing, rounding), 1)[0], missing
        )
    computed = dataclasses.replace(
        column,
        trace=lambda values: _rounded(column.trace(values), missing, rounding),
        is_computed=True,
        fill=None,
    )
    tensor = _added(lowering, column, missing, rounding)
    return CodeColumn(lowering.computed(tensor, [computed])[0], missing)


def _added(lowering: Lowering, column: Column, missing: float, rounding: Rounding) -> str:
    """Add what `_rounded` does."""
    graph = lowering.graph
    values = lowering.matrices.of([column])
    bounds = [graph.constant(np.float64(bound)) for bound in (-1.0, missing - 1)]
    clipped = graph.add("Clip", values, *bounds)
    if rounding == "down":
        whole = graph.add("Floor", clipped)
    else:
        whole = graph.cast(graph.cast(clipped, "int64"), "float64")
    return graph.add("Where", graph.add("IsNaN", values), graph.constant([[missing]]), whole)


def _rounded(values: Values, missing: float, rounding: Rounding) -> Values:
    clipped = np.clip(values, -1.0, missing - 1)
    return _filled(np.floor(clipped) if rounding == "down" else np.trunc(clipped), missing)


def _filled(values: Values, missing: float) -> Values:
    return np.where(np.isnan(values), missing, values)
