"""Lowers calibrated classifiers. Source: scikit-learn `calibration.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.calibration import CalibratedClassifierCV

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers
from headway.optimize.lowering.sklearn.ensembles import averaged, class_answers, column_of
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_PARAMETERS = dict.fromkeys(("estimator", "cv", "n_jobs", "ensemble"), anything) | {
    "method": one_of("sigmoid")
}
_N_BINARY = 2


def answer_calibrated(
    lowering: Lowering, step: CalibratedClassifierCV, columns: Columns
) -> ClassAnswers:
    """Lower the mean of several classifiers, each with calibrators of its own."""
    check_parameters(step, _PARAMETERS)
    graph = lowering.graph
    parts = [
        _calibrated(lowering, str(i), part, columns)
        for i, part in enumerate(step.calibrated_classifiers_)
    ]
    mean = averaged(graph, parts, None)
    return ClassAnswers(step.classes_, graph.add("ArgMax", mean, axis=1, keepdims=0), mean)


def _calibrated(lowering: Lowering, name: str, part: Any, columns: Columns) -> str:
    """Return the probabilities of one classifier after calibration, shape (n_rows, n_classes)."""
    graph = lowering.graph
    made = class_answers(lowering, name, part.estimator, columns)
    if made.classes.tolist() != list(part.classes):
        raise LoweringError("one of its classifiers does not know every class")
    n_classes = len(part.classes)
    scores = _scores(lowering, made, part.estimator)
    if len(part.calibrators) != (1 if n_classes == _N_BINARY else n_classes):
        raise LoweringError(f"it holds {len(part.calibrators)} calibrators")
    columns_of_scores = [
        graph.add("Gather", scores, graph.constant([j], "int64"), axis=1)
        for j in range(len(part.calibrators))
    ]
    shares = [
        _CALIBRATORS[part.method](lowering, calibrator, column)
        for calibrator, column in zip(part.calibrators, columns_of_scores, strict=True)
    ]
    one = graph.constant([[1.0]])
    if n_classes == _N_BINARY:
        return graph.add("Concat", graph.add("Sub", one, shares[0]), shares[0], axis=1)
    whole = graph.add("Concat", *shares, axis=1)
    total = graph.add("ReduceSum", whole, graph.constant([1], "int64"), keepdims=1)
    is_none = graph.add("Equal", total, graph.constant([[0.0]]))
    # where every calibrator gives 0, each class is as likely as any other
    divided = graph.add("Div", whole, graph.add("Where", is_none, one, total))
    return graph.add("Where", is_none, graph.constant(1 / n_classes), divided)


def _scores(lowering: Lowering, made: ClassAnswers, estimator: Any) -> str:
    """Return what the calibrators are given: scores, or probabilities where there are none."""
    graph = lowering.graph
    if hasattr(estimator, "decision_function"):
        if made.scores is None:
            raise LoweringError("one of its classifiers has no lowered `decision_function`")
        return column_of(graph, made.scores) if len(made.classes) == _N_BINARY else made.scores
    if made.probabilities is None:
        raise LoweringError("one of its classifiers has no lowered `predict_proba`")
    if len(made.classes) > _N_BINARY:
        return made.probabilities
    return graph.add("Gather", made.probabilities, graph.constant([1], "int64"), axis=1)


def _sigmoid(lowering: Lowering, calibrator: Any, scores: str) -> str:
    """Add 1 / (1 + exp(a * score + b)), a logistic with every digit."""
    graph = lowering.graph
    power = graph.add(
        "Add",
        graph.add("Mul", scores, graph.constant(float(calibrator.a_))),
        graph.constant(float(calibrator.b_)),
    )
    whole = graph.add("Add", graph.add("Exp", power), graph.constant(1.0))
    return graph.add("Reciprocal", whole)


_CALIBRATORS = {"sigmoid": _sigmoid}

ESTIMATORS: dict[type, LowerEstimator] = {CalibratedClassifierCV: answer_calibrated}
