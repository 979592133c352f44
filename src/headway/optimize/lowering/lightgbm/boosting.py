"""Lowers LightGBM boosters and the estimators of its scikit-learn interface.

Source: LightGBM `python-package/lightgbm/sklearn.py` and `basic.py`. The saved text is all that predicts;
of an estimator's own parameters only those that are given to `predict` take part.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from lightgbm import Booster, LGBMClassifier, LGBMRanker, LGBMRegressor

from headway.core.dtypes import DType
from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.codes import as_codes
from headway.optimize.lowering.lightgbm.document import Document, read_document
from headway.optimize.lowering.lightgbm.objectives import converted
from headway.optimize.lowering.lightgbm.trees import NEAR_ZERO, read_trees
from headway.optimize.lowering.own_values import on_own_values
from headway.optimize.lowering.trees import add_tree_ensemble

if TYPE_CHECKING:
    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.lightgbm.trees import Splits
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_N_BINARY = 2
# What changes how a fitted booster predicts, by the beginnings and ends of all its names
_PREDICTING = ("pred", "is_pred", "raw_score", "contrib", "is_contrib", "leaf_index", "output_")
_INTEGERS = frozenset((DType.INTEGER, DType.BOOLEAN))


def answer_classifier(lowering: Lowering, step: LGBMClassifier, columns: Columns) -> ClassAnswers:
    """Lower a classifier: label of the first greatest probability."""
    _check_estimator(step)
    document, raw, scores = _scores(lowering, step.booster_, columns)
    graph = lowering.graph
    values = converted(graph, scores, document.objective)
    n_classes = len(step.classes_)
    if n_classes > _N_BINARY:
        if document.n_scores != n_classes:
            raise LoweringError(f"it has {document.n_scores} scores for {n_classes} classes")
        label = graph.add("ArgMax", values, axis=1, keepdims=0)
        return ClassAnswers(step.classes_, label, values, raw)
    if document.n_scores != 1:
        raise LoweringError(f"it has {document.n_scores} scores for two classes")
    # 1 - p and p
    slopes, offsets = graph.constant([[-1.0, 1.0]]), graph.constant([[1.0, 0.0]])
    probabilities = graph.add("Gemm", values, slopes, offsets)
    label = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    return ClassAnswers(step.classes_, label, probabilities, graph.flat(raw))


def answer_number(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower a regressor or a ranker."""
    _check_estimator(step)
    return answer_booster(lowering, step.booster_, columns)


def answer_booster(lowering: Lowering, booster: Booster, columns: Columns) -> NumberAnswers:
    """Lower a booster: whatever its objective makes of the sums of its trees."""
    document, _, scores = _scores(lowering, booster, columns)
    values = converted(lowering.graph, scores, document.objective)
    if document.n_scores > 1:
        return NumberAnswers(values, document.n_scores)
    return NumberAnswers(lowering.graph.flat(values))


def _check_estimator(step: Any) -> None:
    if callable(step.objective):
        raise LoweringError("its objective is a function of its own")
    for name, value in step.get_params(deep=False).items():
        if name.startswith(_PREDICTING) or name.endswith("_predict"):
            raise LoweringError(f"`{name}={value!r}` is not covered")


def _scores(lowering: Lowering, booster: Booster, columns: Columns) -> tuple[Document, str, str]:
    """Return the sums of the trees, and those that the objective is given."""
    document = read_document(booster.model_to_string())
    if document.n_features != len(columns):
        raise LoweringError(
            f"it was fitted on {document.n_features} features and is given {len(columns)}"
        )
    trees, splits = read_trees(document)
    trees, columns = on_own_values(lowering, trees, _inputs(lowering, booster, columns, splits))
    tensor, positions = lowering.matrices.holding(columns)
    lowering.trees.append((trees, columns))
    graph = lowering.graph
    raw = add_tree_ensemble(graph, tensor, positions, trees, document.n_scores)
    if not document.is_averaged:
        return document, raw, raw
    n_rounds = graph.constant([[float(document.n_rounds)]])
    return document, raw, graph.add("Div", raw, n_rounds)


def _inputs(lowering: Lowering, booster: Booster, columns: Columns, splits: Splits) -> Columns:
    """Return the columns as the trees see them."""
    _check_categories(booster, columns)
    if _becomes_float32(lowering, columns):
        columns = lowering.rounded(columns)
    made = list(columns)
    for j, column in enumerate(columns):
        if j in splits.greatest_code:
            greatest = splits.greatest_code[j]
            made[j] = as_codes(lowering, column, greatest, "towards zero").column
        elif j in splits.zero_as_missing:
            made[j] = _without_zeros(lowering, column)
    return tuple(made)


def _check_categories(booster: Booster, columns: Columns) -> None:
    """Check that the codes of the categorical columns are those that the booster gives them."""
    vocabularies = [column.vocabulary for column in columns if column.vocabulary is not None]
    if not all(vocabulary.is_closed for vocabulary in vocabularies):
        raise LoweringError("it is given strings where numbers or categories are expected")
    own = [vocabulary.values for vocabulary in vocabularies]
    known = [tuple(categories) for categories in booster.pandas_categorical or ()]
    if own != known:
        raise LoweringError("its categories are not those of its columns, in the same order")


def _becomes_float32(lowering: Lowering, columns: Columns) -> bool:
    """Whether LightGBM is given an array of integers, which it turns into float32."""
    is_frame = lowering.contract.layout == "frame" and columns == lowering.features
    features = lowering.contract.features
    return not is_frame and all(
        not column.is_computed and features[column.only_feature].dtype in _INTEGERS
        for column in columns
    )


def _without_zeros(lowering: Lowering, column: Column) -> Column:
    """Return the column with NaN for what is near 0, which is missing to the booster."""
    graph = lowering.graph
    values = lowering.matrices.of([column])
    is_near = graph.add("LessOrEqual", graph.add("Abs", values), graph.constant([[NEAR_ZERO]]))
    tensor = graph.add("Where", is_near, graph.constant([[np.nan]]), values)
    if column.is_mixed:
        return lowering.mixed(tensor, 1, is_bounded=column.is_bounded)[0]

    def trace(values: Values) -> Values:
        traced = column.trace(values)
        return np.where(np.abs(traced) <= NEAR_ZERO, np.nan, traced)

    made = dataclasses.replace(column, trace=trace, is_computed=True)
    return lowering.computed(tensor, [made])[0]


ESTIMATORS: dict[type, LowerEstimator] = {
    Booster: answer_booster,
    LGBMClassifier: answer_classifier,
    LGBMRegressor: answer_number,
    LGBMRanker: answer_number,
}
