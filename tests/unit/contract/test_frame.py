from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from headway.contract.frame import read_training_frame
from headway.core.dictionary import DictionaryColumn
from headway.errors import TrainingDataError


def test_a_frame_keeps_its_names_and_its_layout() -> None:
    frame = read_training_frame(pd.DataFrame({"b": [1.0, 2.0], "a": ["x", "y"]}))
    assert [column.name for column in frame.columns] == ["b", "a"]
    assert frame.layout == "frame"
    assert frame.n_rows == 2


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "?", "O", "U3"])
def test_an_array_gets_names_by_position(dtype: str) -> None:
    frame = read_training_frame(np.ones((3, 2), dtype=dtype))
    assert [column.name for column in frame.columns] == ["x0", "x1"]
    assert {column.storage for column in frame.columns} == {str(np.dtype(dtype))}
    assert frame.layout == "array"
    assert frame.n_rows == 3


def test_an_array_with_names_is_still_an_array() -> None:
    frame = read_training_frame(np.ones((3, 2)), np.array(["mean radius", "texture"]))
    assert [column.name for column in frame.columns] == ["mean radius", "texture"]
    assert frame.layout == "array"


def test_only_numbers_booleans_and_date_times_stay_arrays() -> None:
    for dtype in ("f8", "u1", "?", "M8[ns]"):
        (column,) = read_training_frame(np.ones((3, 1), dtype=dtype)).columns
        assert isinstance(column.values, np.ndarray)
    (column,) = read_training_frame(np.zeros((3, 1), dtype=object)).columns
    assert isinstance(column.values, list)


@pytest.mark.parametrize("dtype", ["O", "U3"])
def test_strings_are_held_once(dtype: str) -> None:
    array = np.array([["car"], ["tv"], ["car"]], dtype=dtype)
    (column,) = read_training_frame(array).columns
    assert isinstance(column.values, DictionaryColumn)
    assert column.values.values == ["car", "tv"]
    assert {type(value) for value in column.values.values} == {str}


def test_a_date_does_not_become_a_number() -> None:
    (column,) = read_training_frame(np.zeros((1, 1), dtype="M8[ns]")).columns
    assert isinstance(column.values[0], np.datetime64)


@pytest.mark.parametrize(
    ("data", "names", "fault"),
    [
        (np.ones(3), None, "shape"),
        (np.ones((3, 2, 1)), None, "shape"),
        (np.ones((3, 2)), ["a"], "1 feature names for 2 columns"),
        (np.ma.ones((3, 2)), None, "MaskedArray"),
        ([[1, 2]], None, "`list`"),
        (pd.Series([1, 2]), None, "`Series`"),
        (None, None, "`NoneType`"),
        (pd.DataFrame({"a": [1]}), ["b"], "names of its own"),
    ],
)
def test_what_is_no_table_is_refused(data: Any, names: Any, fault: str) -> None:
    with pytest.raises(TrainingDataError, match=fault):
        read_training_frame(data, names)


def test_arrays_are_read_without_pandas() -> None:
    program = (
        "import sys, numpy as np\n"
        "from headway.contract.frame import read_training_frame\n"
        "read_training_frame(np.ones((2, 2)))\n"
        "sys.exit('pandas' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
