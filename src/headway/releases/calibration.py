"""Calibration rows: rows of the training frame that a smaller form of the model is fitted to.

Invariant: the same frame gives the same rows, and every one of them keeps the contract. They have no
labels, and there are none where a feature is private: without its values no model is calibrated, and
made-up ones would calibrate another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from headway.contract.model import JsonValue
from headway.releases.private import private_names
from headway.releases.rows import accepted

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch

MAX_CALIBRATION_ROWS = 2_000
_SEED = 40_000


class CalibrationRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `MAX_CALIBRATION_ROWS` rows.

    Attributes:
        names: Names of the features.
        rows: Values in the order of `names`, null for missing.
        n_given_rows: How many rows they were drawn from.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[JsonValue | None, ...], ...]
    n_given_rows: int

    def to_json(self) -> bytes:
        """Return the rows as JSON."""
        return msgspec.json.encode(self)


def calibration_rows(contract: Contract, batch: FeatureBatch) -> CalibrationRows | None:
    """Draw rows of the training frame, in its order; `None` where a feature is private.

    Args:
        contract: Rows that it refuses are left out.
        batch: The training rows.
    """
    if private_names(contract):
        return None
    positions = np.arange(batch.n_rows)
    if batch.n_rows > MAX_CALIBRATION_ROWS:
        random = np.random.default_rng(_SEED)
        positions = np.sort(random.choice(batch.n_rows, MAX_CALIBRATION_ROWS, replace=False))
    _, drawn = accepted(contract, batch.take(positions))
    return CalibrationRows(contract.names, tuple(drawn.rows()), batch.n_rows)


def calibration_path(digest: str) -> str:
    """Return where the rows of a bundle lie among the artifacts of its run."""
    return f"calibration/{digest}.json"
