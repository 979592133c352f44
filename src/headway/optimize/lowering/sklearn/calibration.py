"""Lowers calibrated classifiers. Source: scikit-learn `calibration.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.isotonic import IsotonicRegression

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers
from headway.optimize.lowering.pieces import Pieces, evaluated
from headway.optimize.lowering.sklearn.classification import shares
from headway.optimize.lowering.sklearn.ensembles import averaged, class_answers, column_of
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_PARAMETERS = dict.fromkeys(("estimator", "cv", "n_jobs", "ensemble"), anything) | {
    "method": one_of("sigmoid", "isotonic", "temperature")
}
_N_BINARY = 2
# What scikit-learn adds to a probability before it takes the logarithm
_NEAR_ZERO = 1e-12


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
    made = class_answers(lowering, name, part.estimator, columns)
    # strings are codes to those whose temperature is learned
    codes = range(len(part.classes))
    if made.classes.tolist() not in (list(part.classes), list(codes)):
        raise LoweringError("one of its classifiers does not know every class")
    if part.method == "temperature":
        return _tempered(lowering, made, part)
    graph, n_classes = lowering.graph, len(part.classes)
    scores = _scores(lowering, made, part.estimator)
    if len(part.calibrators) != (1 if n_classes == _N_BINARY else n_classes):
        raise LoweringError(f"it holds {len(part.calibrators)} calibrators")
    columns_of_scores = [
        graph.add("Gather", scores, graph.constant([j], "int64"), axis=1)
        for j in range(len(part.calibrators))
    ]
    calibrated = [
        _CALIBRATORS[part.method](lowering, calibrator, column)
        for calibrator, column in zip(part.calibrators, columns_of_scores, strict=True)
    ]
    if n_classes == _N_BINARY:
        return _beside_its_rest(lowering, calibrated[0])
    whole = graph.add("Concat", *calibrated, axis=1)
    # where every calibrator gives 0, each class is as likely as any other
    return shares(lowering, whole, n_classes=n_classes, is_uniform_if_none=True)


def _beside_its_rest(lowering: Lowering, second: str) -> str:
    graph = lowering.graph
    return graph.add("Concat", graph.add("Sub", graph.constant([[1.0]]), second), second, axis=1)


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


def _isotonic(lowering: Lowering, calibrator: IsotonicRegression, scores: str) -> str:
    """Add the line between the two thresholds that a score lies between. Source: numpy `interp`."""
    knots, levels = calibrator.X_thresholds_, calibrator.y_thresholds_
    if type(calibrator) is not IsotonicRegression or calibrator.out_of_bounds != "clip":
        raise LoweringError("its calibrator is not the one that is known")
    if knots.dtype != np.float64 or levels.dtype != np.float64:
        raise LoweringError("its calibrator computes in float32", hint="fit on a float64 `y`")
    with np.errstate(all="ignore"):
        slopes = np.append(np.diff(levels) / np.diff(knots), 0.0)
    if not np.isfinite(slopes).all():
        raise LoweringError("two of its thresholds are too near to each other")
    graph = lowering.graph
    lowering.refusals.require_finite(lowering.mixed(scores, 1))
    bounds = [graph.constant(np.float64(end)) for end in (calibrator.X_min_, calibrator.X_max_)]
    column = lowering.mixed(graph.add("Clip", scores, *bounds), 1, is_bounded=True)[0]
    # a score on a threshold lies above it
    above = np.nextafter(knots[1:], -np.inf)
    coefficients = np.stack([levels, slopes])[:, :, np.newaxis]
    return evaluated(lowering, [Pieces(column, above, knots[:, np.newaxis], coefficients)])[
        0
    ].tensor


def _tempered(lowering: Lowering, made: ClassAnswers, part: Any) -> str:
    """Add the softmax of all scores, or of the logarithms of probabilities, times one number."""
    graph, scores = lowering.graph, _scores(lowering, made, part.estimator)
    lowering.refusals.require_finite(lowering.mixed(scores, 1 if len(made.classes) == _N_BINARY else len(made.classes)))  # fmt: skip
    if not hasattr(part.estimator, "decision_function"):
        near_zero = graph.constant(_NEAR_ZERO)
        if len(made.classes) == _N_BINARY:
            scores = _beside_its_rest(lowering, scores)
        scores = graph.add("Log", graph.add("Add", scores, near_zero))
    elif len(made.classes) == _N_BINARY:
        scores = graph.add("Concat", graph.add("Neg", scores), scores, axis=1)
    else:
        raise LoweringError(
            "what it makes of scores of several classes hangs on the other rows of a call",
            hint='take `method="sigmoid"`',
        )
    beta = graph.constant(float(part.calibrators[0].beta_))
    return graph.add("Softmax", graph.add("Mul", scores, beta), axis=1)


_CALIBRATORS = {"sigmoid": _sigmoid, "isotonic": _isotonic}

ESTIMATORS: dict[type, LowerEstimator] = {CalibratedClassifierCV: answer_calibrated}
