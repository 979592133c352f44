from __future__ import annotations

import msgspec
import numpy as np
import pandas as pd
import pytest

from headway.contract.infer import infer_contract
from headway.contract.model import Contract, Output
from headway.core.dtypes import Task
from headway.releases.calibration import (
    MAX_CALIBRATION_ROWS,
    CalibrationRows,
    calibration_path,
    calibration_rows,
)
from headway.releases.rows import labelled_rows

FRAME = pd.DataFrame({"a": np.arange(5_000.0), "s": ["x", "y"] * 2_500})
CONTRACT = infer_contract(FRAME, Output(Task.REGRESSION)).contract


def drawn(frame: pd.DataFrame, contract: Contract = CONTRACT) -> CalibrationRows | None:
    return calibration_rows(contract, labelled_rows(frame, None).batch())


def test_at_most_so_many_are_drawn_by_a_seed_in_the_order_of_the_frame() -> None:
    rows = drawn(FRAME)
    assert rows is not None
    assert len(rows.rows) == MAX_CALIBRATION_ROWS
    assert (rows.names, rows.n_given_rows) == (("a", "s"), 5_000)
    numbers = [row[0] for row in rows.rows]
    assert numbers == sorted(set(numbers))
    assert np.mean(numbers) == pytest.approx(2_500, abs=150)
    assert drawn(FRAME) == rows


def test_all_of_few_rows_are_taken_but_for_those_that_the_contract_refuses() -> None:
    frame = pd.DataFrame({"a": [1.0, np.inf, 3.0], "s": ["x", "y", None]})
    rows = drawn(frame)
    assert rows is not None
    assert (rows.rows, rows.n_given_rows) == (((1.0, "x"),), 3)


def test_there_are_none_where_a_feature_is_private() -> None:
    features = (msgspec.structs.replace(CONTRACT.features[0], is_private=True), *CONTRACT.features[1:])  # fmt: skip
    assert drawn(FRAME, msgspec.structs.replace(CONTRACT, features=features)) is None


def test_they_survive_a_file_and_lie_beside_the_bundle_under_its_digest() -> None:
    rows = drawn(FRAME.head(3))
    assert rows is not None
    assert msgspec.json.decode(rows.to_json(), type=CalibrationRows) == rows
    assert calibration_path("ab12") == "calibration/ab12.json"
