"""Lowers decision trees and forests. Source: scikit-learn `tree/_classes.py`, `ensemble/_forest.py`.

They compare float32 values with float64 thresholds, and add what the leaves hold in the order of the
trees. Of two classes only the second is added: the first is what remains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.own_values import on_own_values
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters
from headway.optimize.lowering.trees import LEAF, Tree, add_tree_ensemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What all of these do ends with `fit`
_TREE = ("criterion", "splitter", "max_depth", "min_samples_split", "min_samples_leaf", "min_weight_fraction_leaf", "max_features", "max_leaf_nodes", "random_state", "min_impurity_decrease", "class_weight", "ccp_alpha", "monotonic_cst")  # fmt: skip
_FOREST = (*_TREE, "n_estimators", "bootstrap", "oob_score", "n_jobs", "verbose", "warm_start", "max_samples")  # fmt: skip
_PARAMETERS = dict.fromkeys(_FOREST, anything)
_KINDS = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)
_N_BINARY = 2
# How far the shares of a leaf's classes may be from a sum of one
_ROUNDING = 1e-14


def answer_classifier(lowering: Lowering, step: Any, columns: Columns) -> ClassAnswers:
    """Lower a tree or a forest: the mean share of each class, and the first greatest of them."""
    trees = _members(step)
    if step.n_outputs_ != 1:
        raise LoweringError("a target of several columns is not covered", hint="fit on a 1-d y")
    if any(np.abs(tree.tree_.value[:, 0].sum(axis=1) - 1).max() > _ROUNDING for tree in trees):
        raise LoweringError("its leaves do not hold shares of classes")
    graph, n_trees = lowering.graph, lowering.graph.constant([[float(len(trees))]])
    inputs = float32_columns(lowering, step, columns, trees[0])
    if len(step.classes_) == _N_BINARY:
        second = _sum(lowering, trees, inputs, [tree.tree_.value[:, 0, 1] for tree in trees])
        sums = graph.add("Concat", graph.add("Sub", n_trees, second), second, axis=1)
    else:
        sums = _sums(lowering, trees, inputs, [tree.tree_.value[:, 0] for tree in trees])
    probabilities = graph.add("Div", sums, n_trees)
    label = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    return ClassAnswers(step.classes_, label, probabilities)


def answer_regressor(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower a tree or a forest: the mean of its leaves, of one number or of several."""
    trees = _members(step)
    graph, n_trees = lowering.graph, lowering.graph.constant([[float(len(trees))]])
    inputs = float32_columns(lowering, step, columns, trees[0])
    if step.n_outputs_ == 1:
        total = _sum(lowering, trees, inputs, [tree.tree_.value[:, 0, 0] for tree in trees])
        return NumberAnswers(graph.flat(graph.add("Div", total, n_trees)))
    total = _sums(lowering, trees, inputs, [tree.tree_.value[:, :, 0] for tree in trees])
    return NumberAnswers(graph.add("Div", total, n_trees), int(step.n_outputs_))


def float32_columns(lowering: Lowering, step: Any, columns: Columns, tree: Any) -> Columns:
    """Return the columns as the trees see them, and say what they refuse.

    Args:
        lowering: In the making.
        step: Was fitted on the columns.
        columns: As it is given them.
        tree: Tells whether it takes missing values.
    """
    rounded = rounded_numbers(lowering, step, columns)
    takes_missing = tree._support_missing_values(np.empty((1, 1)))  # noqa: SLF001 - it alone tells of every version
    if takes_missing:
        lowering.refusals.require_finite_or_missing(rounded)
    else:
        lowering.refusals.require_finite(rounded)
    return rounded


def rounded_numbers(lowering: Lowering, step: Any, columns: Columns) -> Columns:
    """Return the columns as float32 numbers.

    Raises:
        LoweringError: They are not the numbers that `step` was fitted on.
    """
    if step.n_features_in_ != len(columns):
        raise LoweringError(f"it was fitted on {step.n_features_in_} columns, not {len(columns)}")
    if any(column.vocabulary is not None for column in columns):
        raise LoweringError("it is given strings or categories where numbers are expected")
    return lowering.rounded(columns)


def tree_of(
    fitted: Any, value: Values, target: int = 0, positions: NDArray[np.intp] | None = None
) -> Tree:
    """Return a fitted tree with other values at its nodes.

    Args:
        fitted: A tree of scikit-learn.
        value: One for each node; only those of leaves count.
        target: Which score it adds to.
        positions: Which columns it was fitted on; all of them, unless told otherwise.

    Raises:
        LoweringError: It is none of scikit-learn's own trees.
    """
    if type(fitted) not in _KINDS:
        raise LoweringError(f"a tree of the kind `{type(fitted).__name__}` is not covered")
    nodes = fitted.tree_
    is_leaf = nodes.children_left == LEAF
    feature = np.where(is_leaf, 0, nodes.feature)
    return Tree(
        target=target,
        column=np.where(is_leaf, LEAF, feature if positions is None else positions[feature]),
        threshold=nodes.threshold,
        left=np.where(is_leaf, 0, nodes.children_left),
        right=np.where(is_leaf, 0, nodes.children_right),
        missing_left=nodes.missing_go_to_left.astype(np.bool_),
        members={},
        value=value,
    )


def add_trees(
    lowering: Lowering, trees: Sequence[Tree], columns: Columns, n_targets: int = 1
) -> str:
    """Add the sums of trees, shape (n_rows, n_targets), and let the gate know of them."""
    trees, columns = on_own_values(lowering, trees, columns)
    tensor, positions = lowering.matrices.holding(columns)
    lowering.trees.append((trees, columns))
    return add_tree_ensemble(lowering.graph, tensor, positions, trees, n_targets)


def _members(step: Any) -> list[Any]:
    check_parameters(step, _PARAMETERS)
    trees = [step] if type(step) in _KINDS else list(step.estimators_)
    if not trees:
        raise LoweringError("it holds no trees")
    return trees


def _sum(
    lowering: Lowering, fitted: Sequence[Any], columns: Columns, values: Sequence[Values]
) -> str:
    """Return the sum of one number per leaf, shape (n_rows, 1)."""
    trees = [tree_of(tree, value) for tree, value in zip(fitted, values, strict=True)]
    return add_trees(lowering, trees, columns)


def _sums(
    lowering: Lowering, fitted: Sequence[Any], columns: Columns, values: Sequence[Values]
) -> str:
    """Return the sums of several numbers per leaf, shape (n_rows, n_values).

    Each tree has a target of its own and answers where its leaf's numbers lie in one table: walked
    once, not once for each number.
    """
    graph, table, trees, n_rows = lowering.graph, [], [], 0
    for target, (tree, numbers) in enumerate(zip(fitted, values, strict=True)):
        is_leaf = tree.tree_.children_left == LEAF
        places = np.where(is_leaf, n_rows + np.cumsum(is_leaf) - 1.0, 0.0)
        trees.append(tree_of(tree, places, target))
        table.append(numbers[is_leaf])
        n_rows += len(table[-1])
    places = graph.cast(add_trees(lowering, trees, columns, len(trees)), "int64")
    found = graph.add("Gather", graph.constant(np.concatenate(table)), places, axis=0)
    return graph.add("ReduceSum", found, graph.constant([1], "int64"), keepdims=0)


ESTIMATORS: dict[type, LowerEstimator] = {
    DecisionTreeClassifier: answer_classifier,
    DecisionTreeRegressor: answer_regressor,
    ExtraTreeClassifier: answer_classifier,
    ExtraTreeRegressor: answer_regressor,
    ExtraTreesClassifier: answer_classifier,
    ExtraTreesRegressor: answer_regressor,
    RandomForestClassifier: answer_classifier,
    RandomForestRegressor: answer_regressor,
}
