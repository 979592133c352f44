"""The rows of its data that a release carries, or that are kept beside it, and what is said of those it lacks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.bundle.golden import GoldenRows
    from headway.releases.calibration import CalibrationRows
    from headway.releases.evaluation import Evaluation
    from headway.releases.release import RowsPolicy

_NO_ROWS = "no rows were to be kept"
_NO_DISGUISE = "no made-up values of the private features are known that contract and model take"
_NO_CALIBRATION = "rows without the private features calibrate nothing"


@dataclasses.dataclass(frozen=True, slots=True)
class CarriedRows:
    """Rows of a release.

    Attributes:
        golden: In the bundle, `None` for none.
        evaluation: What was measured, `None` for nothing; its rows lie beside the bundle.
        calibration: Beside the bundle, `None` for none.
        policy: `none` keeps no row.
    """

    golden: GoldenRows | None
    evaluation: Evaluation | None
    calibration: CalibrationRows | None
    policy: RowsPolicy

    @property
    def n_golden_rows(self) -> int:
        """Rows in the bundle."""
        return 0 if self.golden is None else len(self.golden.rows)

    @property
    def n_evaluation_rows(self) -> int:
        """Rows with labels beside it."""
        if self.evaluation is None or self.policy == "none":
            return 0
        return len(self.evaluation.rows.rows)

    @property
    def n_calibration_rows(self) -> int:
        """Training rows beside it."""
        return 0 if self.calibration is None else len(self.calibration.rows)

    def absent(self) -> dict[str, str]:
        """Return which of them there are not, with the reason."""
        is_kept = self.policy == "keep"
        absent = {}
        if self.golden is None:
            absent["golden"] = _NO_DISGUISE if is_kept else _NO_ROWS
        if self.calibration is None:
            absent["calibration"] = _NO_CALIBRATION if is_kept else _NO_ROWS
        if self.evaluation is None:
            absent["evaluation"] = "no rows were given that the model was not fitted on"
        elif not is_kept:
            absent["evaluation"] = f"measured, but {_NO_ROWS}"
        return absent
