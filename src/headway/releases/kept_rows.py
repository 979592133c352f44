"""Reads the rows that the registry keeps beside a release.

They were chosen when it was registered, and only a release that kept some has any: where there are none,
whoever needs them is told which file to give.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import numpy as np

from headway.contract.stored import stored_rows
from headway.core.batch import FeatureBatch
from headway.errors import BundleCorruptError, TrainingDataError
from headway.releases.calibration import CalibrationRows, calibration_path
from headway.releases.evaluation import EvaluationRows, evaluation_path
from headway.releases.private import private_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.registry.port import ModelRegistry, ModelVersion

Document = TypeVar("Document", EvaluationRows, CalibrationRows)

_EVALUATION_HINT = "give rows that it was not fitted on: `--evaluation FILE --target COLUMN`, or `evaluation=(X, y)`"
_CALIBRATION_HINT = (
    "give rows like those that it was fitted on: `--calibrate FILE`, or `calibrate=X`"
)


@dataclasses.dataclass(frozen=True, slots=True)
class EvaluationBatch:
    """Rows with labels.

    Attributes:
        batch: Rows that the contract accepts.
        labels: What was to be predicted, shape (n_rows,) or (n_rows, n_outputs).
    """

    batch: FeatureBatch
    labels: NDArray[Any]


class KeptRows:
    """Rows that the registry keeps beside releases.

    Args:
        registry: Where they lie.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry

    def evaluation(self, version: ModelVersion, contract: Contract) -> EvaluationBatch:
        """Return the evaluation rows of a version.

        Raises:
            TrainingDataError: It has none, or they leave out features that the model needs. The hint
                says which file to give.
            BundleCorruptError: They are not those that were registered.
        """
        path = evaluation_path(version.digest or "")
        kept = self._read(version, path, EvaluationRows)
        if kept is None:
            raise TrainingDataError(
                f"`{version.address}` keeps no evaluation rows", hint=_EVALUATION_HINT
            )
        if left_out := private_names(contract):
            names = ", ".join(f"`{name}`" for name in left_out)
            raise TrainingDataError(
                f"the evaluation rows of `{version.address}` leave out what is private: {names}; "
                "made-up values would measure nothing",
                hint=_EVALUATION_HINT,
            )
        return EvaluationBatch(_batch(contract, kept, path), np.asarray(kept.labels))

    def calibration(self, version: ModelVersion, contract: Contract) -> FeatureBatch:
        """Return the calibration rows of a version.

        Raises:
            TrainingDataError: It has none. The hint says which file to give.
            BundleCorruptError: They are not those that were registered.
        """
        path = calibration_path(version.digest or "")
        kept = self._read(version, path, CalibrationRows)
        if kept is None or not kept.rows:
            why = ", since it has private features" if private_names(contract) else ""
            raise TrainingDataError(
                f"`{version.address}` keeps no calibration rows{why}", hint=_CALIBRATION_HINT
            )
        return _batch(contract, kept, path)

    def _read(self, version: ModelVersion, path: str, kind: type[Document]) -> Document | None:
        data = self._registry.record(version, [path]).attachments.get(path)
        if data is None:
            return None
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.MsgspecError as error:
            raise BundleCorruptError(f"`{path}` cannot be read: {error}") from error


def attachment_paths(digest: str) -> tuple[str, ...]:
    """Return everything that may lie beside a bundle."""
    return evaluation_path(digest), calibration_path(digest)


def _batch(contract: Contract, kept: EvaluationRows | CalibrationRows, path: str) -> FeatureBatch:
    if set(kept.names) != set(contract.names):
        raise BundleCorruptError(f"`{path}` holds other features than the contract")
    try:
        rows = stored_rows(contract, kept.names, kept.rows)
    except ValueError as error:
        raise BundleCorruptError(f"`{path}` holds {error}") from error
    order = [kept.names.index(name) for name in contract.names]
    return FeatureBatch.from_rows(contract.names, [tuple(row[i] for i in order) for row in rows])
