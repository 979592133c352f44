"""The rows that the parity gate compares, by kind.

Invariant: every row holds what the contract allows; every kind is drawn by one seed, so that the same
model and rows give the same probes.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.optimize.crossing_rows import crossing_rows
from headway.optimize.edge_rows import edge_rows, jittered_rows
from headway.optimize.feature_values import FeatureValues
from headway.optimize.part_rows import part_rows
from headway.optimize.replaced_rows import ReplacedRows, accepted_rows
from headway.optimize.tree_rows import tree_rows

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
    from headway.optimize.lowering.form import LoweredForm
    from headway.optimize.pair import Pair

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
    base = accepted_rows(real.take(_sample(real.n_rows, _MAX_BASE_ROWS, random)), form.encoder)
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
    return probes + _behind_mixed_features(contract, form, base, random)


def _behind_mixed_features(
    contract: Contract, form: LoweredForm, base: FeatureBatch, random: np.random.Generator
) -> list[Probe]:
    """Return the rows for steps that no feature can be traced to, those on their thresholds last."""
    parts = form.landmarks.parts
    if not parts:
        return []
    jittered = jittered_rows(contract, base, random)
    probes = [Probe("jittered", ReplacedRows(contract, base, jittered))]
    on_thresholds = []
    for part in parts:
        crossing = crossing_rows(part, form, contract, base, random)
        made = part_rows(part, form, base, random)
        name = ".".join(part.path)
        if crossing is not None:
            rows = ReplacedRows(contract, base, crossing)
            probes.append(Probe(f"close to a threshold of `{name}`", rows))
        if made is not None:
            kind = f"{THRESHOLD} of `{name}`"
            on_thresholds.append(
                Probe(kind, made.rows, made.n_tests, made.n_tests_in_all, made.pair)
            )
    return probes + on_thresholds


def _sample(n_rows: int, most: int, random: np.random.Generator) -> list[int]:
    if n_rows <= most:
        return list(range(n_rows))
    return sorted(random.choice(n_rows, size=most, replace=False).tolist())
