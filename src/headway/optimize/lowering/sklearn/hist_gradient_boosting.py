"""Lowers histogram gradient boosting. Source: scikit-learn `ensemble/_hist_gradient_boosting`.

The model puts its categorical features first and encodes them by a preprocessor of its own, so that
a node's feature is not the position that the model was given. A value that is no known category
takes the way of a missing one.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.preprocessing import OrdinalEncoder

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.own_values import on_own_values
from headway.optimize.lowering.sklearn.categories import Lookup, encoded_categories, places
from headway.optimize.lowering.sklearn.classification import (
    binary_answers,
    multiclass_answers,
)
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of
from headway.optimize.lowering.trees import LEAF, Tree, add_tree_ensemble, needs_codes
from headway.runtimes.encoder import UNKNOWN_CODE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What these do ends with `fit`
_FITTED = ("learning_rate", "max_iter", "max_leaf_nodes", "max_depth", "min_samples_leaf", "l2_regularization", "max_features", "max_bins", "categorical_features", "monotonic_cst", "interaction_cst", "warm_start", "early_stopping", "scoring", "validation_fraction", "n_iter_no_change", "tol", "verbose", "random_state")  # fmt: skip
_CLASSIFIER = dict.fromkeys((*_FITTED, "class_weight"), anything) | {"loss": one_of("log_loss")}
_LINKS = {
    "squared_error": "IdentityLink",
    "absolute_error": "IdentityLink",
    "quantile": "IdentityLink",
    "gamma": "LogLink",
    "poisson": "LogLink",
}
_REGRESSOR = dict.fromkeys((*_FITTED, "quantile"), anything) | {"loss": one_of(*_LINKS)}
_N_BINARY = 2
_WORD_BITS = 32


@dataclasses.dataclass(frozen=True, slots=True)
class _Inputs:
    """What the trees look at, in the order of the trees' own features.

    Attributes:
        columns: One for each feature.
        categories: By feature, what each of its codes 0, 1, ... is in the column.
    """

    columns: Columns
    categories: dict[int, Values]


def answer_classifier(
    lowering: Lowering, step: HistGradientBoostingClassifier, columns: Columns
) -> ClassAnswers:
    """Lower a classifier."""
    check_parameters(step, _CLASSIFIER)
    scores = _raw_scores(lowering, step, columns)
    if len(step.classes_) > _N_BINARY:
        return multiclass_answers(lowering, step.classes_, scores)
    beside_zero = lowering.graph.constant([[0.0, 1.0]])
    return binary_answers(lowering, step.classes_, lowering.graph.add("Mul", scores, beside_zero))


def answer_regressor(
    lowering: Lowering, step: HistGradientBoostingRegressor, columns: Columns
) -> NumberAnswers:
    """Lower a regressor: the sum of its trees, through the inverse of its loss's link."""
    check_parameters(step, _REGRESSOR)
    link = type(step._loss.link).__name__  # noqa: SLF001 - nothing public tells it
    if link != _LINKS[step.loss]:
        raise LoweringError(f"the loss `{step.loss}` has the link {link}")
    graph = lowering.graph
    values = graph.flat(_raw_scores(lowering, step, columns))
    return NumberAnswers(graph.add("Exp", values) if link == "LogLink" else values)


def _raw_scores(lowering: Lowering, step: Any, columns: Columns) -> str:
    """Return the sum of the baseline and all trees, shape (n_rows, n_trees_per_iteration_)."""
    inputs = _inputs(lowering, step, columns)
    trees = _trees(step, inputs)
    columns = _with_codes(inputs, trees).columns
    trees, columns = on_own_values(lowering, trees, columns)
    tensor, positions = lowering.matrices.holding(columns)
    lowering.trees.append((trees, columns))
    return add_tree_ensemble(lowering.graph, tensor, positions, trees, step.n_trees_per_iteration_)


def _inputs(lowering: Lowering, step: Any, columns: Columns) -> _Inputs:
    if step.is_categorical_ is None:
        _check_numeric(columns)
        return _Inputs(columns, {})
    is_categorical = np.asarray(step.is_categorical_, dtype=np.bool_)
    encoder = step._preprocessor.named_transformers_["encoder"]  # noqa: SLF001 - it alone knows the categories
    if type(encoder) is not OrdinalEncoder or len(is_categorical) != len(columns):
        raise LoweringError("its preprocessor is not the one that is known")
    chosen = [column for column, is_one in zip(columns, is_categorical, strict=True) if is_one]
    numeric = [column for column, is_one in zip(columns, is_categorical, strict=True) if not is_one]
    _check_numeric(numeric)
    categories: dict[int, Values] = {}
    for j, (column, known) in enumerate(zip(chosen, encoder.categories_, strict=True)):
        encoded = encoded_categories(column, known)
        # an array of objects is not searched for infinities
        if known.dtype.kind != "O":
            lowering.refusals.require_finite_or_missing([column])
        lowering.compares_with(column, encoded)
        categories[j] = encoded[~np.isnan(encoded)]
    return _with_places(lowering, chosen, categories, numeric)


def _check_numeric(columns: Columns | list[Column]) -> None:
    if any(column.vocabulary is not None for column in columns):
        raise LoweringError("it is given strings or categories where numbers are expected")


def _with_places(
    lowering: Lowering, chosen: list[Column], categories: dict[int, Values], numeric: list[Column]
) -> _Inputs:
    """Replace categories that are numbers of any kind by their places, which are small integers."""
    free = [j for j, column in enumerate(chosen) if not column.is_code_like]
    if free:
        lookups = [Lookup(chosen[j], categories[j], np.empty(0)) for j in free]
        for j, column in zip(free, places(lowering, lookups), strict=True):
            chosen[j] = column
            categories[j] = np.arange(1.0, len(categories[j]) + 1)
    return _Inputs((*chosen, *numeric), categories)


def _with_codes(inputs: _Inputs, trees: tuple[Tree, ...]) -> _Inputs:
    """Replace missing categories by a code of none, where their test takes integers only."""
    strict = {
        int(tree.column[node])
        for tree in trees
        for node, members in tree.members.items()
        if needs_codes(members)
    }
    columns = list(inputs.columns)
    for j in strict:
        if columns[j].fill is None:
            of_none = min(UNKNOWN_CODE, float(inputs.categories[j].min()) - 1)
            columns[j] = dataclasses.replace(columns[j], fill=of_none)
    return dataclasses.replace(inputs, columns=tuple(columns))


def _trees(step: Any, inputs: _Inputs) -> tuple[Tree, ...]:
    baseline = np.ravel(step._baseline_prediction)  # noqa: SLF001 - nothing public tells it
    rounds = step._predictors  # noqa: SLF001
    if not rounds or len(baseline) != step.n_trees_per_iteration_:
        raise LoweringError("it holds no trees")
    return tuple(
        _tree(predictor, k, inputs, baseline[k] if i == 0 else 0.0)
        for i, predictors in enumerate(rounds)
        for k, predictor in enumerate(predictors)
    )


def _tree(predictor: Any, target: int, inputs: _Inputs, baseline: float) -> Tree:
    """Return one tree; the first of each target carries the baseline, as the sum starts from it."""
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(np.bool_)
    left, right = nodes["left"].astype(np.intp), nodes["right"].astype(np.intp)
    missing_left = nodes["missing_go_to_left"].astype(np.bool_)
    members: dict[int, tuple[float, ...]] = {}
    for node in np.flatnonzero(nodes["is_categorical"].astype(np.bool_) & ~is_leaf).tolist():
        known = inputs.categories[int(nodes["feature_idx"][node])]
        bits = predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]]
        is_left = _bits(bits, len(known))
        # Unknown and missing are members of no set, so the set is that of the other side
        members[node] = tuple(known[is_left != missing_left[node]].tolist())
        if missing_left[node]:
            left[node], right[node] = right[node], left[node]
            missing_left[node] = False
    return Tree(
        target=target,
        column=np.where(is_leaf, LEAF, nodes["feature_idx"]).astype(np.intp),
        threshold=nodes["num_threshold"].astype(np.float64),
        left=left,
        right=right,
        missing_left=missing_left,
        members=members,
        value=baseline + nodes["value"],
    )


def _bits(words: NDArray[np.uint32], n: int) -> NDArray[np.bool_]:
    """Return the first `n` bits of a bit set of 32-bit words."""
    code = np.arange(n)
    return ((words[code // _WORD_BITS] >> (code % _WORD_BITS).astype(np.uint32)) & 1).astype(
        np.bool_
    )


ESTIMATORS: dict[type, LowerEstimator] = {
    HistGradientBoostingClassifier: answer_classifier,
    HistGradientBoostingRegressor: answer_regressor,
}
