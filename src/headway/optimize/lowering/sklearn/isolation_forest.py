"""Lowers isolation forests. Source: scikit-learn `ensemble/_iforest.py`.

A row is an outlier where its score is below an offset. The score rises with the sum of the depths that
the row reaches, and an offset is often the very score of some row, so the graph compares the sum
itself with the least that is no outlier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import IsolationForest

from headway.errors import LoweringError
from headway.optimize.lowering.answers import NumberAnswers
from headway.optimize.lowering.columns import last_at_or_below
from headway.optimize.lowering.sklearn.decision_trees import add_trees, require_numbers, tree_of
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What these do ends with `fit`: the offset is an attribute
_PARAMETERS = dict.fromkeys(
    ("n_estimators", "max_samples", "contamination", "max_features", "bootstrap", "n_jobs", "random_state", "verbose", "warm_start"),
    anything,
)  # fmt: skip


def answer_isolation_forest(
    lowering: Lowering, step: IsolationForest, columns: Columns
) -> NumberAnswers:
    """Lower the labels: 1, or -1 for an outlier. It takes missing values and infinities."""
    check_parameters(step, _PARAMETERS)
    require_numbers(step, columns)
    lengths = zip(
        step._decision_path_lengths,  # noqa: SLF001 - nothing public tells them
        step._average_path_length_per_tree,  # noqa: SLF001
        strict=True,
    )
    trees = [
        tree_of(tree, path + average - 1.0, positions=np.asarray(features))
        for tree, features, (path, average) in zip(
            step.estimators_, step.estimators_features_, lengths, strict=True
        )
    ]
    graph = lowering.graph
    depths = graph.flat(add_trees(lowering, trees, columns))
    is_outlier = graph.add("LessOrEqual", depths, graph.constant(_deepest_outlier(step)))
    labels = [graph.constant(np.int64(label), "int64") for label in (-1, 1)]
    return NumberAnswers(graph.add("Where", is_outlier, *labels), element_type="int64")


def _deepest_outlier(step: Any) -> np.float64:
    """Return the greatest sum of depths whose score is below the offset."""
    greatest = len(step.estimators_) * _average_path_length(step._max_samples)  # noqa: SLF001
    if not greatest > 0:
        raise LoweringError("it was fitted on one row for each tree")

    def is_inlier(depths: Values) -> Values:
        scores = -(2 ** -(depths / greatest))
        inliers: Values = (scores - step.offset_ >= 0).astype(np.float64)
        return inliers

    return np.float64(last_at_or_below(is_inlier, np.array([0.0]))[0])


def _average_path_length(n_rows: int) -> float:
    """Return the mean depth of a tree of so many rows, as scikit-learn has it."""
    if n_rows <= 1:
        return 0.0
    if n_rows == 2:  # noqa: PLR2004 - the sum below is for more
        return 1.0
    n = np.array([n_rows])
    depth = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return float(depth[0])


ESTIMATORS: dict[type, LowerEstimator] = {IsolationForest: answer_isolation_forest}
