"""The rows that the parity gate compares, by kind.

Invariant: every row holds what the contract allows; every kind is drawn by one seed, so that the same
model and rows give the same probes.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.batch import FeatureBatch
from headway.errors import InvalidInputError
from headway.optimize.edge_rows import edge_rows
from headway.optimize.feature_values import FeatureValues
from headway.optimize.tree_rows import tree_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.contract.model import Contract
    from headway.optimize.edge_rows import Replaced
    from headway.optimize.lowering.form import LoweredForm
    from headway.runtimes.encoder import Encoder

REAL = "real"
THRESHOLD = "threshold"
MAX_REAL_ROWS = 5_000
MAX_THRESHOLD_ROWS = 100_000
_MAX_BASE_ROWS = 1_000


class ReplacedRows:
    """Real rows in which some values are replaced, made when they are asked for.

    Args:
        names: Of the features.
        real: Real rows.
        replaced: For each row the position of its real row, and values by position of the feature.
    """

    def __init__(
        self, names: tuple[str, ...], real: Sequence[tuple[Any, ...]], replaced: Replaced
    ) -> None:
        self._names = names
        self._real = real
        self._replaced = replaced
        self.n_rows = len(replaced)

    def take(self, indices: Sequence[int]) -> FeatureBatch:
        """Return the rows at `indices`, by column."""
        rows = []
        for i in indices:
            position, values = self._replaced[i]
            row = list(self._real[position])
            for feature, value in values.items():
                row[feature] = value
            rows.append(row)
        columns = [list(column) for column in zip(*rows, strict=True)]
        return FeatureBatch.from_columns(self._names, columns)


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """Rows of one kind.

    Attributes:
        kind: What they are for.
        rows: The rows.
    """

    kind: str
    rows: FeatureBatch | ReplacedRows


def probe_rows(
    contract: Contract, form: LoweredForm, rows: FeatureBatch, *, seed: int = 0
) -> list[Probe]:
    """Return every row to compare, the real ones first and those on thresholds last.

    Args:
        contract: Of the release.
        form: The lowered model.
        rows: Real rows, best those that the model was fitted on.
        seed: Of every random choice.
    """
    random = np.random.default_rng(seed)
    real = rows.take(_sample(rows.n_rows, MAX_REAL_ROWS, random))
    base = _accepted(real.take(_sample(real.n_rows, _MAX_BASE_ROWS, random)), form.encoder)
    features = [
        FeatureValues(feature, column)
        for feature, column in zip(contract.features, form.encoder.columns, strict=True)
    ]
    probes = [Probe(REAL, real)]
    for kind, replaced in edge_rows(features, form.landmarks.numbers, len(base), random).items():
        probes.append(Probe(kind, ReplacedRows(contract.names, base, replaced)))
    on_thresholds = tree_rows(form.landmarks, features, len(base), random)
    if on_thresholds:
        kept = on_thresholds[:MAX_THRESHOLD_ROWS]
        probes.append(Probe(THRESHOLD, ReplacedRows(contract.names, base, kept)))
    return probes


def _accepted(batch: FeatureBatch, encoder: Encoder) -> Sequence[tuple[Any, ...]]:
    """Return the rows that nothing refuses, which would hide what is replaced in them."""
    accepted = []
    for row in batch.rows():
        try:
            encoder.encode(FeatureBatch.from_rows(batch.names, [row]))
        except InvalidInputError:
            continue
        accepted.append(row)
    return accepted or batch.rows()


def _sample(n_rows: int, most: int, random: np.random.Generator) -> list[int]:
    if n_rows <= most:
        return list(range(n_rows))
    return sorted(random.choice(n_rows, size=most, replace=False).tolist())
