"""Lowers decision trees and forests. Source: scikit-learn `tree/_classes.py`, `ensemble/_forest.py`.

They compare float32 values with float64 thresholds, which become bounds of the values before they
are rounded, and add what the leaves hold in the order of the trees. Of two classes only the second is added: the first is what remains.
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
from headway.optimize.lowering.columns import last_at_or_below, rounded_to_float32
from headway.optimize.lowering.own_values import on_own_values
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters
from headway.optimize.lowering.trees import LEAF, Tree, add_tree_ensemble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.optimize.lowering.columns import Values
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# A tree that was fitted on all columns, or one and the positions of its own
Member = Any
# What all of these do ends with `fit`
_TREE = ("criterion", "splitter", "max_depth", "min_samples_split", "min_samples_leaf", "min_weight_fraction_leaf", "max_features", "max_leaf_nodes", "random_state", "min_impurity_decrease", "class_weight", "ccp_alpha", "monotonic_cst")  # fmt: skip
_FOREST = (*_TREE, "n_estimators", "bootstrap", "oob_score", "n_jobs", "verbose", "warm_start", "max_samples")  # fmt: skip
TREE_PARAMETERS = dict.fromkeys(_TREE, anything)
_PARAMETERS = dict.fromkeys(_FOREST, anything)
_KINDS = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)
_N_BINARY = 2
# How far from one the shares of a leaf's classes may add up for the first to be what remains of it
_ROUNDING = 1e-14
# And at all: those of weighted rows are as far as the weights were rounded
_WEIGHING = 1e-6


def answer_classifier(lowering: Lowering, step: Any, columns: Columns) -> ClassAnswers:
    """Lower a tree or a forest: the mean share of each class, and the first greatest of them."""
    trees = _members(step)
    if step.n_outputs_ != 1:
        raise LoweringError("a target of several columns is not covered", hint="fit on a 1-d y")
    inputs = float32_columns(lowering, step, columns, trees[0])
    shares = [_values(tree, step.n_outputs_, len(step.classes_))[:, 0] for tree in trees]
    return mean_classes(lowering, step.classes_, inputs, trees, shares)


def mean_classes(
    lowering: Lowering,
    classes: NDArray[Any],
    columns: Columns,
    members: Sequence[Member],
    shares: Sequence[Values],
) -> ClassAnswers:
    """Return the mean of the shares of classes, by member of shape (n_nodes, n_classes)."""
    furthest = max(float(np.abs(share.sum(axis=1) - 1).max()) for share in shares)
    if not furthest <= _WEIGHING:
        raise LoweringError("its leaves do not hold shares of classes")
    graph, n_members = lowering.graph, lowering.graph.constant([[float(len(members))]])

    def added() -> tuple[str, str]:
        sums = add_rows(lowering, members, columns, shares)
        means = graph.add("Div", sums, n_members)
        return means, graph.add("ArgMax", means, axis=1, keepdims=0)

    if len(classes) == _N_BINARY and furthest <= _ROUNDING:
        second = add_numbers(lowering, members, columns, [share[:, 1] for share in shares])
        sides = graph.constant([[-1.0, 1.0]]), graph.constant([[float(len(members)), 0.0]])
        probabilities = graph.add("Div", graph.add("Gemm", second, *sides), n_members)
        label = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
        return ClassAnswers(classes, label, probabilities, settle=lambda: added()[1])

    probabilities, label = added()
    return ClassAnswers(classes, label, probabilities)


def answer_regressor(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower a tree or a forest: the mean of its leaves, of one number or of several."""
    trees = _members(step)
    inputs = float32_columns(lowering, step, columns, trees[0])
    values = [_values(tree, step.n_outputs_, 1)[:, :, 0] for tree in trees]
    return mean_numbers(lowering, inputs, trees, values)


def mean_numbers(
    lowering: Lowering, columns: Columns, members: Sequence[Member], values: Sequence[Values]
) -> NumberAnswers:
    """Return the mean of numbers, by member of shape (n_nodes, n_outputs)."""
    graph, n_members = lowering.graph, lowering.graph.constant([[float(len(members))]])
    n_outputs = values[0].shape[1]
    if n_outputs == 1:
        total = add_numbers(lowering, members, columns, [value[:, 0] for value in values])
        return NumberAnswers(graph.flat(graph.add("Div", total, n_members)))
    total = add_rows(lowering, members, columns, values)
    return NumberAnswers(graph.add("Div", total, n_members), n_outputs)


def are_trees(members: Sequence[Any]) -> bool:
    """Whether all members of an ensemble are single trees that treat missing values alike."""
    if not members or any(type(member) not in _KINDS for member in members):
        return False
    return len({takes_missing(member) for member in members}) == 1


def takes_missing(tree: Any) -> bool:
    """Whether a tree takes missing values."""
    return bool(tree._support_missing_values(np.empty((1, 1))))  # noqa: SLF001 - it alone tells of every version


def float32_columns(lowering: Lowering, step: Any, columns: Columns, tree: Any) -> Columns:
    """Return the columns that the trees look at, and say what they refuse once they are rounded.

    Args:
        lowering: In the making.
        step: Was fitted on the columns.
        columns: As it is given them.
        tree: Tells whether it takes missing values.
    """
    rounded = rounded_numbers(lowering, step, columns)
    require_known(lowering, rounded, tree)
    return columns


def require_known(lowering: Lowering, rounded: Columns, tree: Any) -> None:
    """Say what a tree refuses of the columns that it sees."""
    if takes_missing(tree):
        lowering.refusals.require_finite_or_missing(rounded)
    else:
        lowering.refusals.require_finite(rounded)


def rounded_numbers(lowering: Lowering, step: Any, columns: Columns) -> Columns:
    """Return the columns as float32 numbers; raise where they are not those of `step`."""
    require_numbers(step, columns)
    return lowering.rounded(columns)


def require_numbers(step: Any, columns: Columns) -> None:
    """Check that the columns are numbers, as many as `step` was fitted on.

    Raises:
        LoweringError: They are not.
    """
    if step.n_features_in_ != len(columns):
        raise LoweringError(f"it was fitted on {step.n_features_in_} columns, not {len(columns)}")
    if any(column.vocabulary is not None for column in columns):
        raise LoweringError("it is given strings or categories where numbers are expected")


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
        LoweringError: It is none of scikit-learn's own trees, or its nodes are not those of a tree.
    """
    if type(fitted) not in _KINDS:
        raise LoweringError(f"a tree of the kind `{type(fitted).__name__}` is not covered")
    replaced = [method for method in ("predict", "predict_proba") if method in vars(fitted)]
    if replaced:
        raise LoweringError(f"the `{replaced[0]}` of a tree was replaced on the object")
    nodes = fitted.tree_
    places = np.arange(nodes.n_features) if positions is None else positions
    _check_nodes(nodes, value, places)
    is_leaf = nodes.children_left == LEAF
    return Tree(
        target=target,
        column=np.where(is_leaf, LEAF, places[np.where(is_leaf, 0, nodes.feature)]),
        threshold=_before_rounding(nodes.threshold),
        left=np.where(is_leaf, 0, nodes.children_left),
        right=np.where(is_leaf, 0, nodes.children_right),
        missing_left=nodes.missing_go_to_left.astype(np.bool_),
        members={},
        value=value,
    )


def _before_rounding(thresholds: Values) -> Values:
    """Return the greatest float64 that is at most each threshold once it is a float32.

    A value is compared with it as it is, which saves two conversions of every value.
    """
    last = last_at_or_below(rounded_to_float32, thresholds)
    return np.where(np.isinf(thresholds), thresholds, last)


def _check_nodes(nodes: Any, value: Values, places: NDArray[np.intp]) -> None:
    """Check that every split looks at a column and leads to two later nodes."""
    if value.shape != (nodes.node_count,):
        raise LoweringError(f"a tree has {nodes.node_count} nodes and {len(value)} values")
    if places.shape != (nodes.n_features,):
        raise LoweringError(f"a tree of {nodes.n_features} columns is given {len(places)}")
    splits = np.flatnonzero(nodes.children_left != LEAF)
    feature, threshold = nodes.feature[splits], nodes.threshold[splits]
    if ((feature < 0) | (feature >= nodes.n_features)).any() or np.isnan(threshold).any():
        raise LoweringError("a tree compares what is none of its columns, or with no number")
    for children in (nodes.children_left[splits], nodes.children_right[splits]):
        if ((children <= splits) | (children >= nodes.node_count)).any():
            raise LoweringError("a tree has a split that does not lead to two later nodes")


def add_trees(
    lowering: Lowering, trees: Sequence[Tree], columns: Columns, n_targets: int = 1
) -> str:
    """Add the sums of trees, shape (n_rows, n_targets), and let the gate know of them."""
    if any(((tree.column < LEAF) | (tree.column >= len(columns))).any() for tree in trees):
        raise LoweringError(f"a tree looks at a column beyond the {len(columns)} that there are")
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


def _values(tree: Any, n_outputs: int, n_classes: int) -> Values:
    """Return what the nodes hold, shape (n_nodes, n_outputs, n_classes)."""
    values: Values = tree.tree_.value
    if values.shape[1:] != (n_outputs, n_classes):
        raise LoweringError("its trees hold the answers of another target")
    return values


def add_numbers(
    lowering: Lowering, members: Sequence[Member], columns: Columns, values: Sequence[Values]
) -> str:
    """Add the sum of one number per leaf, shape (n_rows, 1)."""
    trees = [_placed(member, value) for member, value in zip(members, values, strict=True)]
    return add_trees(lowering, trees, columns)


def add_rows(
    lowering: Lowering, members: Sequence[Member], columns: Columns, values: Sequence[Values]
) -> str:
    """Add the sums of several numbers per leaf, shape (n_rows, n_values).

    Each tree has a target of its own and answers where its leaf's numbers lie in one table: walked
    once, not once for each number.
    """
    graph, table, trees, n_rows = lowering.graph, [], [], 0
    for target, (member, numbers) in enumerate(zip(members, values, strict=True)):
        is_leaf = _tree(member).tree_.children_left == LEAF
        places = np.where(is_leaf, n_rows + np.cumsum(is_leaf) - 1.0, 0.0)
        trees.append(_placed(member, places, target))
        table.append(numbers[is_leaf])
        n_rows += len(table[-1])
    row = graph.cast(add_trees(lowering, trees, columns, len(trees)), "int64")
    found = graph.add("Gather", graph.constant(np.concatenate(table)), row, axis=0)
    return graph.add("ReduceSum", found, graph.constant([1], "int64"), keepdims=0)


def _tree(member: Member) -> Any:
    return member[0] if isinstance(member, tuple) else member


def _placed(member: Member, value: Values, target: int = 0) -> Tree:
    if isinstance(member, tuple):
        return tree_of(member[0], value, target, member[1])
    return tree_of(member, value, target)


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
