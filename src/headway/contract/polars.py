"""Reads polars frames into neutral columns, by way of Arrow.

The caller's own frame brings polars along: nothing is imported here. polars itself imports pyarrow.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any, TypeGuard

from headway.contract.arrow.table import training_frame as arrow_training_frame
from headway.errors import MissingExtraError, TrainingDataError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from headway.contract.training import TrainingColumn, TrainingFrame

# What is no number; numbers have the words that Arrow's types have
_STORAGES = {"String": "string", "Categorical": "categorical", "Enum": "enum"}


def is_frame(data: Any) -> TypeGuard[pl.DataFrame]:
    """Whether `data` is a DataFrame of polars; a process that has not imported polars has none."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(data, polars.DataFrame)


def training_frame(frame: pl.DataFrame) -> TrainingFrame:
    """Return the frame's columns with their types.

    Raises:
        MissingExtraError: pyarrow is not installed.
        TrainingDataError: A column has no form in Arrow.
    """
    objects = [name for name, dtype in frame.schema.items() if str(dtype) == "Object"]
    if objects:
        raise TrainingDataError(
            f"columns of Python objects: {', '.join(f'`{name}`' for name in objects)}",
            hint="give these columns a type, for example with `.cast(pl.String)`",
        )
    read = arrow_training_frame(arrow_table(frame))
    columns = [
        _with_type(column, dtype) for column, dtype in zip(read.columns, frame.dtypes, strict=True)
    ]
    return dataclasses.replace(read, columns=tuple(columns), library="polars")


def arrow_table(frame: pl.DataFrame) -> pa.Table:
    """Return the frame as a table of Arrow.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    newest = sys.modules["polars"].CompatLevel.newest()  # strings are not copied
    try:
        return frame.to_arrow(compat_level=newest)
    except ModuleNotFoundError as error:
        raise MissingExtraError("polars", "reading a polars frame") from error


def _with_type(column: TrainingColumn, dtype: pl.DataType) -> TrainingColumn:
    word = str(dtype).partition("(")[0]
    categories = None
    if word == "Enum":
        categories = tuple(dtype.categories.to_list())  # type: ignore[attr-defined]
    storage = _STORAGES.get(word, column.storage)
    return dataclasses.replace(column, storage=storage, categories=categories)
