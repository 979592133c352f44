"""A step that mixes features, and how it is lowered: for tests of what lies behind such a step."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from headway.optimize.lowering.registry import known_steps
from headway.optimize.lowering.state import Steps

ROTATION = np.random.default_rng(5).normal(size=(5, 4))


class Rotation(TransformerMixin, BaseEstimator):
    """Multiplies five columns by a fixed matrix."""

    def fit(self, X, y=None):  # noqa: N803 - as estimators call it
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):  # noqa: N803 - as estimators call it
        return X @ ROTATION[: X.shape[1]]


def lower_rotation(lowering, step, columns):
    graph = lowering.graph
    product = graph.add(
        "MatMul", lowering.matrices.of(columns), graph.constant(ROTATION[: len(columns)])
    )
    return lowering.mixed(product, ROTATION.shape[1])


def steps_with_rotation() -> Steps:
    known = known_steps()
    return Steps({**known.transformers, Rotation: lower_rotation}, known.estimators)
