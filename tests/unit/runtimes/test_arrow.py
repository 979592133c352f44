from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from headway.contract.infer import infer_contract
from headway.contract.model import Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Task
from headway.releases.rows import LabelledRows
from headway.runtimes.arrow import ArrowBuilder

TABLE = pa.table(
    {
        "f": [1.5, None, 2.5],
        "h": pa.array([1.5, None, 2.5], pa.float32()),
        "i": pa.array([1, None, 127], pa.int8()),
        "l": [2**53 + 1, None, 1],
        "u": pa.array([1, 2, 2**60], pa.uint64()),
        "b": [True, None, False],
        "s": ["a", None, ""],
        "t": pa.array(["a", None, ""], pa.large_string()),
        "v": pa.array(["a", None, ""], pa.string_view()),
        "d": pa.array(["a", None, "b"]).dictionary_encode(),
        "o": pa.array(["a", None, "b"], pa.dictionary(pa.int8(), pa.string(), ordered=True)),
    }
)
CONTRACT = infer_contract(TABLE, Output(task=Task.OTHER)).contract


def test_a_batch_becomes_the_table_that_it_came_from() -> None:
    batch = LabelledRows(TABLE, None).batch()
    by_row = FeatureBatch.from_rows(batch.names, batch.rows())
    for one in (batch, by_row):
        built = ArrowBuilder(CONTRACT).build(one)
        assert built.schema == TABLE.schema
        assert built.to_pydict() == TABLE.to_pydict()


def test_an_integral_float_is_the_integer_and_a_new_category_is_one() -> None:
    rows: list[tuple[Any, ...]] = [(1.5, 1.5, 5.0, 7.0, 1.0, True, "a", "a", "a", "new", "new")]
    built = ArrowBuilder(CONTRACT).build(FeatureBatch.from_rows(CONTRACT.names, rows))
    assert built.schema == TABLE.schema
    assert [built[name][0].as_py() for name in "ilud"] == [5, 7, 1, "new"]


@pytest.mark.parametrize("is_null", [True, False])
def test_missing_is_null_where_it_was_null_and_nan_where_it_was_nan(is_null: bool) -> None:
    table = pa.table({"f": pa.array([1.0, None if is_null else float("nan")])})
    contract = infer_contract(table, Output(task=Task.OTHER)).contract
    built = ArrowBuilder(contract).build(FeatureBatch.from_rows(("f",), [(None,)]))
    assert built["f"].null_count == int(is_null)
