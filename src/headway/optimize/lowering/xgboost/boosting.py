"""Lowers XGBoost boosters and the estimators of its scikit-learn interface.

Source: XGBoost `python-package/xgboost/sklearn.py` and `core.py`. The saved document is all that
predicts; of an estimator's own parameters only `objective` and `missing` take part.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from xgboost import (
    Booster,
    XGBClassifier,
    XGBRanker,
    XGBRegressor,
    XGBRFClassifier,
    XGBRFRegressor,
)

from headway.errors import LoweringError
from headway.optimize.comparison import SINGLE
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.codes import as_codes
from headway.optimize.lowering.columns import rounded_to_float32
from headway.optimize.lowering.trees import add_tree_ensemble
from headway.optimize.lowering.xgboost.document import read_document
from headway.optimize.lowering.xgboost.objectives import Link, link_of
from headway.optimize.lowering.xgboost.trees import greatest_codes, read_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.optimize.lowering.columns import Column, Values
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering
    from headway.optimize.lowering.trees import Tree
    from headway.optimize.lowering.xgboost.document import Learner, Model

_N_BINARY = 2
_SOFTMAX = "multi:softmax"


def answer_classifier(lowering: Lowering, step: XGBClassifier, columns: Columns) -> ClassAnswers:
    """Lower a classifier: label of the first greatest probability."""
    ensemble = _Ensemble(lowering, step.get_booster(), columns, step)
    graph = lowering.graph
    name = ensemble.objective
    link = link_of("multi:softprob" if name == _SOFTMAX else name)
    values = ensemble.answers(link)
    n_classes = int(step.n_classes_)
    if n_classes > _N_BINARY:
        if ensemble.n_scores != n_classes:
            raise LoweringError(f"it has {ensemble.n_scores} scores for {n_classes} classes")
        probabilities = values
    elif ensemble.n_scores == 1:
        # 1 - p and p
        slopes = graph.constant([[-1.0, 1.0]], "float32")
        probabilities = graph.add("Gemm", values, slopes, graph.constant([[1.0, 0.0]], "float32"))
    else:
        raise LoweringError("several labels for each row are not covered")
    label = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    return ClassAnswers(step.classes_, label, graph.cast(probabilities, "float64"))


def answer_number(lowering: Lowering, step: Any, columns: Columns) -> NumberAnswers:
    """Lower a regressor or a ranker."""
    return _numbers(lowering, _Ensemble(lowering, step.get_booster(), columns, step))


def answer_booster(lowering: Lowering, booster: Booster, columns: Columns) -> NumberAnswers:
    """Lower a booster: whatever its objective makes of the sums of its trees.

    The matrix that it is given refuses what float32 has as an infinity.
    """
    lowering.refusals.require_finite_or_missing(
        [dataclasses.replace(_rounded(column), is_computed=True) for column in columns]
    )
    return _numbers(lowering, _Ensemble(lowering, booster, columns))


def _numbers(lowering: Lowering, ensemble: _Ensemble) -> NumberAnswers:
    link = link_of(ensemble.objective)
    graph = lowering.graph
    values = graph.cast(ensemble.answers(link), "float64")
    if link.is_label:
        return NumberAnswers(values)
    if ensemble.n_scores > 1:
        return NumberAnswers(values, ensemble.n_scores)
    return NumberAnswers(graph.flat(values))


class _Ensemble:
    """The trees of a booster, and what they are given.

    Args:
        lowering: In the making.
        booster: Holds the trees.
        columns: What it is given.
        step: The estimator around it, which predicts with the best of its rounds; `None` for a bare
            booster, which predicts with all.
    """

    def __init__(
        self, lowering: Lowering, booster: Booster, columns: Columns, step: Any = None
    ) -> None:
        if callable(getattr(step, "objective", None)):
            raise LoweringError("its objective is a function of its own")
        self._lowering = lowering
        self._columns = columns
        self._missing = _missing_number(columns, np.nan if step is None else float(step.missing))
        self._learner, self._model = read_document(bytes(booster.save_raw("json")))
        parameters = self._learner.learner_model_param
        if int(parameters.num_feature) != len(columns):
            raise LoweringError(
                f"it was fitted on {parameters.num_feature} features and is given {len(columns)}"
            )
        self.objective = self._learner.objective.name
        self.n_scores = max(int(parameters.num_class), int(parameters.num_target), 1)
        self._n_trees = _n_trees(self._learner, self._model, is_best=step is not None)
        lowering.tolerance = SINGLE

    def answers(self, link: Link) -> str:
        """Add all and return the float32 answers, shape (n_rows, n_scores) or (n_rows,) for labels."""
        lowering = self._lowering
        trees, columns = self._trees_and_columns(link)
        lowering.trees.append((trees, columns))
        tensor, positions = lowering.matrices.holding(columns)
        if link.is_negated:
            trees = tuple(dataclasses.replace(tree, value=-tree.value) for tree in trees)
        single = self._graph_missing(lowering.graph.cast(tensor, "float32"))
        scores = add_tree_ensemble(
            lowering.graph, single, positions, trees, self.n_scores, "float32"
        )
        return link.convert(lowering.graph, scores)

    def _trees_and_columns(self, link: Link) -> tuple[tuple[Tree, ...], Columns]:
        documents = self._model.trees[: self._n_trees]
        greatest = greatest_codes(documents)
        if greatest and not np.isnan(self._missing):
            raise LoweringError("`missing` beside categories is not covered")
        columns, missing_codes = self._inputs(greatest)
        trees = [
            read_tree(document, target, missing_codes)
            for document, target in zip(documents, self._model.tree_info, strict=False)
        ]
        return self._weighted(trees, self._margins(link)), columns

    def _inputs(self, greatest: Mapping[int, float]) -> tuple[Columns, Mapping[int, float]]:
        """Return the columns as the trees see them, and the codes of missing categories."""
        self._check_categories()
        columns, missing_codes = [_rounded(column, self._missing) for column in self._columns], {}
        for j, code in greatest.items():
            column = self._columns[j]
            if column.vocabulary is None:
                column = self._lowering.rounded([column])[0]  # type: ignore[arg-type]
            coded = as_codes(self._lowering, column, code, "down")
            columns[j], missing_codes[j] = coded.column, coded.missing
        return tuple(columns), missing_codes

    def _check_categories(self) -> None:
        """Check that the codes of the categorical columns are those that the booster gives them."""
        known = self._model.cats.enc
        for j, column in enumerate(self._columns):
            if column.vocabulary is None:
                continue
            if not column.vocabulary.is_closed:
                raise LoweringError("it is given strings where numbers or categories are expected")
            names = known[j].names() if j < len(known) else ()
            if names != column.vocabulary.values:
                raise LoweringError(
                    "its categories are not those of its columns, in the same order"
                )

    def _graph_missing(self, single: str) -> str:
        if np.isnan(self._missing):
            return single
        graph = self._lowering.graph
        missing = graph.constant([[self._missing]], "float32")
        nan = graph.constant([[np.nan]], "float32")
        return graph.add("Where", graph.add("Equal", single, missing), nan, single)

    def _margins(self, link: Link) -> Any:
        scores = np.array(
            json.loads(self._learner.learner_model_param.base_score), dtype=np.float32
        )
        margins = link.margin(np.atleast_1d(scores))
        return np.broadcast_to(margins, self.n_scores) if len(margins) == 1 else margins

    def _weighted(self, trees: list[Tree], margins: Any) -> tuple[Tree, ...]:
        """Return the trees with what their leaves add; the first of each score starts from the margin."""
        made: list[Tree] = []
        weights = self._learner.gradient_booster.weight_drop
        started: set[int] = set()
        for i, tree in enumerate(trees):
            margin = margins[tree.target]
            value = tree.value.astype(np.float32)
            if weights:
                value = ((margin + value) - margin) * np.float32(weights[i])
            if tree.target not in started:
                value = margin + value
            started.add(tree.target)
            made.append(dataclasses.replace(tree, value=value.astype(np.float64)))
        if len(started) != self.n_scores:
            raise LoweringError("it holds no trees")
        return tuple(made)


def _missing_number(columns: Columns, missing: float) -> float:
    """Return the number that is missing beside NaN: in a sparse matrix the zeros are."""
    n_sparse = sum(column.is_sparse for column in columns)
    if n_sparse == 0 or missing == 0:
        return missing
    if n_sparse < len(columns) or not np.isnan(missing):
        raise LoweringError("`missing` beside columns of a sparse matrix is not covered")
    return 0.0


def _rounded(column: Column, missing: float = np.nan) -> Column:
    """Return a column whose trace gives what a tree compares; the graph rounds all at once."""
    if column.is_mixed:
        return column

    def trace(values: Values) -> Values:
        rounded = rounded_to_float32(column.trace(values))
        return np.where(rounded == rounded_to_float32(np.array(missing)), np.nan, rounded)

    return dataclasses.replace(column, trace=trace)


def _n_trees(learner: Learner, model: Model, *, is_best: bool) -> int:
    best = learner.attributes.get("best_iteration")
    if best is None or not is_best:
        return len(model.trees)
    return model.iteration_indptr[int(best) + 1]


ESTIMATORS: dict[type, LowerEstimator] = {
    Booster: answer_booster,
    XGBClassifier: answer_classifier,
    XGBRFClassifier: answer_classifier,
    XGBRegressor: answer_number,
    XGBRFRegressor: answer_number,
    XGBRanker: answer_number,
}
