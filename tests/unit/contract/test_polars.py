from __future__ import annotations

import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from headway.contract.polars import is_frame, training_frame
from headway.errors import MissingExtraError, TrainingDataError
from unit.contract.strategies import scalars


def test_frames_are_told_apart() -> None:
    frame = pl.DataFrame({"a": [1]})
    assert is_frame(frame)
    for other in (frame["a"], frame.lazy(), pd.DataFrame({"a": [1]}), pa.table({"a": [1]}), None):
        assert not is_frame(other)


@pytest.mark.parametrize(
    ("dtype", "storage", "values"),
    [
        (pl.Int8, "int8", [1, None]),
        (pl.UInt64, "uint64", [1, None]),
        (pl.Float32, "float32", [1.5, None]),
        (pl.Float64, "float64", [1.5, None]),
        (pl.Boolean, "bool", [True, None]),
        (pl.String, "string", ["a", None]),
        (pl.Categorical, "categorical", ["a", None]),
        (pl.Enum(["b", "a"]), "enum", ["a", None]),
    ],
)
def test_columns_keep_their_values_and_their_type(
    dtype: pl.DataType, storage: str, values: list[object]
) -> None:
    frame = training_frame(pl.DataFrame({"a": pl.Series(values, dtype=dtype)}))
    (column,) = frame.columns
    assert frame.library == "polars"
    assert (column.storage, scalars(column.values)) == (storage, values)
    assert column.holds_none
    assert column.categories == (("b", "a") if storage == "enum" else None)


def test_objects_are_refused_by_name() -> None:
    frame = pl.DataFrame({"a": [1], "odd": pl.Series([object()], dtype=pl.Object)})
    with pytest.raises(TrainingDataError, match="`odd`"):
        training_frame(frame)


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def to_arrow(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("pyarrow is required")

    monkeypatch.setattr(pl.DataFrame, "to_arrow", to_arrow)
    assert "polars" in sys.modules
    with pytest.raises(MissingExtraError, match="polars"):
        training_frame(pl.DataFrame({"a": [1]}))
