from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from headway.contract.infer import infer_contract
from headway.contract.model import Contract, Output
from headway.core.batch import FeatureBatch
from headway.core.dtypes import Task
from headway.errors import MissingExtraError
from headway.runtimes.frames import frame_builder

COLUMN = {"a": [1.5, 2.5]}


def learned(data: object) -> Contract:
    return infer_contract(data, Output(task=Task.OTHER)).contract


@pytest.mark.parametrize(
    "data", [pd.DataFrame(COLUMN), pl.DataFrame(COLUMN), pa.table(COLUMN), np.array([[1.5], [2.5]])]
)
def test_a_model_is_given_what_it_was_fitted_on(data: object) -> None:
    contract = learned(data)
    built = frame_builder(contract).build(FeatureBatch.from_rows(contract.names, [(1.5,), (2.5,)]))
    assert type(built) is type(data)
    assert np.asarray(built).tolist() == [[1.5], [2.5]]


@pytest.mark.parametrize(
    ("library", "extra", "data"),
    [("polars", "polars", pl.DataFrame(COLUMN)), ("pyarrow", "arrow", pa.table(COLUMN))],
)
def test_a_library_that_is_not_there_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, library: str, extra: str, data: object
) -> None:
    contract = learned(data)
    module = extra if extra == "polars" else "arrow"
    monkeypatch.delitem(sys.modules, f"headway.runtimes.{module}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=f"fitted on {library}") as caught:
        frame_builder(contract)
    assert caught.value.hint == f'pip install "headway[{extra}]"'
