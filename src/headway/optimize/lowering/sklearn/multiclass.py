"""Lowers several classes told apart by classifiers of two. Source: scikit-learn `multiclass.py`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.affine import affine, float64_array
from headway.optimize.lowering.sklearn.classification import (
    first_greatest,
    one_vs_rest_answers,
    shares,
)
from headway.optimize.lowering.sklearn.distances import nearest
from headway.optimize.lowering.sklearn.linear_classification import PLAIN_LOGISTIC
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.optimize.lowering.answers import Answers
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_PARAMETERS = dict.fromkeys(
    ("estimator", "n_jobs", "verbose", "code_size", "random_state"), anything
)
_N_BINARY = 2
# What scikit-learn puts where a part would have one class only
_CONSTANT = "_ConstantPredictor"
# Between the two classes of a part that has no decision function
_HALF = 0.5


def answer_one_vs_rest(
    lowering: Lowering, step: OneVsRestClassifier, columns: Columns
) -> ClassAnswers:
    """Lower one classifier for each class against all others."""
    check_parameters(step, _PARAMETERS)
    if step.multilabel_:
        raise LoweringError("a target of several labels is not covered")
    n_parts, n_classes = len(step.estimators_), len(step.classes_)
    if n_classes == _N_BINARY:
        return _of_two(lowering, step, columns)
    if n_parts != n_classes:
        raise LoweringError(f"it has {n_parts} parts for {n_classes} classes")
    if all(type(estimator) is LogisticRegression for estimator in step.estimators_):
        return _logistics(lowering, step, columns)
    parts = _parts(lowering, step.estimators_, columns)
    graph = lowering.graph
    marks = _side_by_side(lowering, [_mark(lowering, part) for part in parts])
    label = graph.add("ArgMax", marks, axis=1, keepdims=0)
    probabilities = None
    if _have(parts, "probabilities"):
        chances = _side_by_side(lowering, [_chance(lowering, part) for part in parts])
        probabilities = shares(lowering, chances, n_classes=n_classes)
    scores = marks if _have(parts, "scores") else None
    return ClassAnswers(step.classes_, label, probabilities, scores)


def answer_one_vs_one(
    lowering: Lowering, step: OneVsOneClassifier, columns: Columns
) -> ClassAnswers:
    """Lower one classifier for each pair of classes: their votes, and where these tie, how sure they are."""
    check_parameters(step, _PARAMETERS)
    if step.pairwise_indices_ is not None:
        raise LoweringError("parts that are given a kernel are not covered")
    n_classes = len(step.classes_)
    graph, parts = lowering.graph, _parts(lowering, step.estimators_, columns)
    scores = graph.add(
        "Add", _votes(lowering, parts, n_classes), _confidences(lowering, parts, n_classes)
    )
    if n_classes > _N_BINARY:
        return ClassAnswers(step.classes_, first_greatest(lowering, scores), None, scores)
    second = graph.add("Gather", scores, graph.constant(np.int64(1), "int64"), axis=1)
    label = _above(lowering, second, _threshold(parts[0]))
    return ClassAnswers(step.classes_, label, None, second)


def answer_output_code(
    lowering: Lowering, step: OutputCodeClassifier, columns: Columns
) -> ClassAnswers:
    """Lower the class whose code is nearest to what the parts say."""
    check_parameters(step, _PARAMETERS)
    code = float64_array(step.code_book_)
    told = {
        place: estimator
        for place, estimator in enumerate(step.estimators_)
        if type(estimator).__name__ != _CONSTANT
    }
    parts = _parts(lowering, list(told.values()), columns)
    marks = _side_by_side(lowering, [_mark(lowering, part) for part in parts])
    if len(told) < len(step.estimators_):
        marks = _spread(lowering, marks, list(told), step)
    lowering.refusals.require_finite(lowering.mixed(marks, len(step.estimators_)))
    return ClassAnswers(step.classes_, nearest(lowering, marks, code))


def _spread(lowering: Lowering, marks: str, places: list[int], step: OutputCodeClassifier) -> str:
    """Return a matrix with the marks at their places; elsewhere all classes have the same code."""
    graph, n_places = lowering.graph, len(step.estimators_)
    weights, base = np.zeros((len(places), n_places)), np.zeros((1, n_places))
    weights[np.arange(len(places)), places] = 1.0
    for place in set(range(n_places)) - set(places):
        base[0, place] = float(step.estimators_[place].y_[0])
    return graph.add("Gemm", marks, graph.constant(weights), graph.constant(base))


def _logistics(lowering: Lowering, step: OneVsRestClassifier, columns: Columns) -> ClassAnswers:
    """Return what logistic regressions say, all of them by one product."""
    for estimator in step.estimators_:
        check_parameters(estimator, PLAIN_LOGISTIC)
    coef = np.vstack([float64_array(estimator.coef_) for estimator in step.estimators_])
    intercept = np.concatenate([np.atleast_1d(part.intercept_) for part in step.estimators_])
    return one_vs_rest_answers(lowering, step.classes_, affine(lowering, columns, coef, intercept))


def _of_two(lowering: Lowering, step: OneVsRestClassifier, columns: Columns) -> ClassAnswers:
    (part,) = _parts(lowering, step.estimators_, columns)
    mark = lowering.graph.flat(_mark(lowering, part))
    label = _above(lowering, mark, _threshold(part))
    if isinstance(part, NumberAnswers):
        return ClassAnswers(step.classes_, label)
    return ClassAnswers(step.classes_, label, part.probabilities, part.scores)


def _parts(lowering: Lowering, estimators: Sequence[Any], columns: Columns) -> list[Answers]:
    parts = [lowering.answer(str(i), estimator, columns) for i, estimator in enumerate(estimators)]
    if not all(_is_of_two(part) for part in parts):
        raise LoweringError("a part of it tells more than two classes apart")
    return parts


def _is_of_two(part: Answers) -> bool:
    if isinstance(part, ClassAnswers):
        return len(part.classes) == _N_BINARY
    return part.n_outputs is None and part.element_type == "float64"


def _mark(lowering: Lowering, part: Answers) -> str:
    """Return how much a part is for its second class, shape (n_rows, 1): its score, else its probability."""
    if isinstance(part, ClassAnswers):
        if part.scores is None:
            return _chance(lowering, part)
        tensor = part.scores
    else:
        tensor = part.tensor
    return lowering.graph.add("Reshape", tensor, lowering.graph.constant([-1, 1], "int64"))


def _chance(lowering: Lowering, part: Answers) -> str:
    if not isinstance(part, ClassAnswers) or part.probabilities is None:
        raise LoweringError("a part of it has no probabilities")
    second = lowering.graph.constant([1], "int64")
    return lowering.graph.add("Gather", part.probabilities, second, axis=1)


def _have(parts: Sequence[Answers], what: str) -> bool:
    return all(getattr(part, what, None) is not None for part in parts)


def _threshold(part: Answers) -> float:
    return 0.0 if isinstance(part, ClassAnswers) and part.scores is not None else _HALF


def _above(lowering: Lowering, mark: str, threshold: float) -> str:
    graph = lowering.graph
    return graph.cast(graph.add("Greater", mark, graph.constant([threshold])), "int64")


def _side_by_side(lowering: Lowering, tensors: Sequence[str]) -> str:
    if not tensors:
        raise LoweringError("no part of it depends on a row")
    return tensors[0] if len(tensors) == 1 else lowering.graph.add("Concat", *tensors, axis=1)


def _votes(lowering: Lowering, parts: Sequence[Answers], n_classes: int) -> str:
    """Return how many pairs each class wins, shape (n_rows, n_classes)."""
    graph, column = lowering.graph, lowering.graph.constant([-1, 1], "int64")
    labels = [
        graph.add("Reshape", part.settled_label(), column)
        for part in parts
        if isinstance(part, ClassAnswers)
    ]
    if len(labels) < len(parts):
        raise LoweringError("a part of it is a regression")
    won = graph.cast(_side_by_side(lowering, labels), "float64")
    weights, base = np.zeros((len(parts), n_classes)), np.zeros((1, n_classes))
    for k, (i, j) in enumerate(itertools.combinations(range(n_classes), 2)):
        weights[k, i], weights[k, j] = -1.0, 1.0
        base[0, i] += 1.0
    return graph.add("Gemm", won, graph.constant(weights), graph.constant(base))


def _confidences(lowering: Lowering, parts: Sequence[Answers], n_classes: int) -> str:
    """Return how sure its pairs are of each class, between -1/3 and 1/3, shape (n_rows, n_classes)."""
    graph = lowering.graph
    pairs = list(itertools.combinations(range(n_classes), 2))
    own = [[k for k, pair in enumerate(pairs) if c in pair] for c in range(n_classes)]
    signs = [[1.0 if pairs[k][1] == c else -1.0 for k in ks] for c, ks in enumerate(own)]
    marks = _side_by_side(lowering, [_mark(lowering, part) for part in parts])
    # only its own pairs, as an infinity of another would make a NaN of its zero weight
    gathered = graph.add("Gather", marks, graph.constant(own, "int64"), axis=1)
    signed = graph.add("Mul", gathered, graph.constant([signs]))
    sums = graph.add("ReduceSum", signed, graph.constant([2], "int64"), keepdims=0)
    above_one = graph.add("Add", graph.add("Abs", sums), graph.constant([[1.0]]))
    return graph.add("Div", sums, graph.add("Mul", above_one, graph.constant([[3.0]])))


ESTIMATORS: dict[type, LowerEstimator] = {
    OneVsRestClassifier: answer_one_vs_rest,
    OneVsOneClassifier: answer_one_vs_one,
    OutputCodeClassifier: answer_output_code,
}
