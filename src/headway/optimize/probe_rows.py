"""The rows that the parity gate compares, by kind.

Invariant: every row holds what the contract allows; every kind is drawn by one seed, so that the same
model and rows give the same probes.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import InvalidInputError
from headway.optimize.edge_rows import edge_rows
from headway.optimize.feature_values import FeatureValues
from headway.optimize.replaced_rows import ReplacedRows
from headway.optimize.tree_rows import tree_rows

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.optimize.lowering.form import LoweredForm
    from headway.optimize.pair import Pair
    from headway.runtimes.encoder import Encoder

REAL = "real"
THRESHOLD = "threshold"
MAX_REAL_ROWS = 5_000
_MAX_BASE_ROWS = 1_000


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """Rows of one kind.

    Attributes:
        kind: What they are for.
        rows: The rows.
        n_tests: Tests of trees that they were made for.
        n_tests_in_all: Tests that all trees have.
        pair: What is compared on them instead of the whole model.
    """

    kind: str
    rows: FeatureBatch | ReplacedRows
    n_tests: int = 0
    n_tests_in_all: int = 0
    pair: Pair | None = None

    @property
    def is_on_thresholds(self) -> bool:
        """Whether the rows lie on thresholds: they come last, and the time may end before them."""
        return self.kind.startswith(THRESHOLD)


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
    for kind, replaced in edge_rows(features, form.landmarks.numbers, base.n_rows, random).items():
        probes.append(Probe(kind, ReplacedRows(contract, base, replaced)))
    made = tree_rows(form.landmarks, features, base.n_rows, random)
    if len(made.replaced.rows):
        rows_of_trees = ReplacedRows(contract, base, made.replaced)
        probes.append(Probe(THRESHOLD, rows_of_trees, made.n_tried, made.n_tests))
    return probes


def _accepted(batch: FeatureBatch, encoder: Encoder) -> FeatureBatch:
    """Return the rows that nothing refuses, which would hide what is replaced in them."""
    try:
        encoder.encode(batch)
    except InvalidInputError as error:
        refused = {violation.row for violation in error.violations}
        accepted = [i for i in range(batch.n_rows) if i not in refused]
        return batch.take(accepted) if accepted else batch
    return batch


def _sample(n_rows: int, most: int, random: np.random.Generator) -> list[int]:
    if n_rows <= most:
        return list(range(n_rows))
    return sorted(random.choice(n_rows, size=most, replace=False).tolist())
