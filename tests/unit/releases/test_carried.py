from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.bundle.golden import GoldenRows
from headway.releases.calibration import CalibrationRows
from headway.releases.carried import CarriedRows
from headway.releases.evaluation import Evaluation, EvaluationRows

if TYPE_CHECKING:
    from headway.releases.release import RowsPolicy

GOLDEN = GoldenRows(("a",), ((1.0,), (2.0,)), {})
EVALUATION = Evaluation({}, EvaluationRows(("a",), ((1.0,),), (1,), 1), 0)
CALIBRATION = CalibrationRows(("a",), ((1.0,), (2.0,), (3.0,)), 3)


def test_what_there_is_is_counted_and_nothing_is_absent() -> None:
    rows = CarriedRows(GOLDEN, EVALUATION, CALIBRATION, "keep")
    counts = (rows.n_golden_rows, rows.n_evaluation_rows, rows.n_calibration_rows)
    assert (counts, rows.absent()) == ((2, 1, 3), {})


@pytest.mark.parametrize(
    ("policy", "golden", "calibration"),
    [
        ("keep", "no made-up values", "rows without the private features"),
        ("none", "no rows were to be kept", "no rows were to be kept"),
    ],
)
def test_what_there_is_not_has_its_reason(
    policy: RowsPolicy, golden: str, calibration: str
) -> None:
    rows = CarriedRows(None, None, None, policy)
    assert (rows.n_golden_rows, rows.n_evaluation_rows, rows.n_calibration_rows) == (0, 0, 0)
    absent = rows.absent()
    assert absent["golden"].startswith(golden)
    assert absent["calibration"].startswith(calibration)
    assert absent["evaluation"] == "no rows were given that the model was not fitted on"


def test_rows_that_were_measured_and_are_not_kept_are_said_so() -> None:
    rows = CarriedRows(None, EVALUATION, None, "none")
    assert rows.n_evaluation_rows == 0
    assert rows.absent()["evaluation"] == "measured, but no rows were to be kept"
