"""Lowers stacking. Source: scikit-learn `ensemble/_stacking.py`.

The final estimator is given the answers of the others side by side: of two classes the second's
probability, of more each one's; and the features themselves where they are passed through.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sklearn.ensemble import StackingClassifier, StackingRegressor

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.ensembles import column_of
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, is_switch

if TYPE_CHECKING:
    from headway.optimize.lowering.answers import Answers
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_REGRESSOR = dict.fromkeys(("estimators", "final_estimator", "cv", "n_jobs", "verbose"), anything)
_REGRESSOR |= {"passthrough": is_switch}
_CLASSIFIER = _REGRESSOR | {"stack_method": anything}
_N_BINARY = 2


def answer_stacking_classifier(
    lowering: Lowering, step: StackingClassifier, columns: Columns
) -> ClassAnswers:
    """Lower a stack of classifiers; the final one knows the codes of the classes."""
    check_parameters(step, _CLASSIFIER)
    if isinstance(step._label_encoder, list):  # noqa: SLF001 - one for each of several targets
        raise LoweringError("a target of several columns is not covered")
    made = lowering.answer(
        "final_estimator_", step.final_estimator_, _stacked(lowering, step, columns)
    )
    codes = list(range(len(step.classes_)))
    if not isinstance(made, ClassAnswers) or made.classes.tolist() != codes:
        raise LoweringError("its final estimator does not know every class")
    return dataclasses.replace(made, classes=step.classes_)


def answer_stacking_regressor(
    lowering: Lowering, step: StackingRegressor, columns: Columns
) -> NumberAnswers:
    """Lower a stack of regressors."""
    check_parameters(step, _REGRESSOR)
    made = lowering.answer(
        "final_estimator_", step.final_estimator_, _stacked(lowering, step, columns)
    )
    if not isinstance(made, NumberAnswers):
        raise LoweringError("its final estimator is no regressor")
    return made


def _stacked(lowering: Lowering, step: Any, columns: Columns) -> Columns:
    names = [name for name, part in step.estimators if part != "drop"]
    stacked: list[Any] = []
    for name, part, method in zip(names, step.estimators_, step.stack_method_, strict=True):
        made = lowering.answer(name, part, columns)
        tensor, width = _answer_of(lowering, made, method)
        is_bounded = method == "predict_proba" or (
            isinstance(made, ClassAnswers) and method == "predict"
        )
        stacked += lowering.mixed(tensor, width, is_bounded=is_bounded)
    return (*stacked, *columns) if step.passthrough else tuple(stacked)


def _answer_of(lowering: Lowering, made: Answers, method: str) -> tuple[str, int]:
    """Return what one part gives the final estimator, and how many columns that is."""
    if isinstance(made, ClassAnswers):
        return _of_classes(lowering, made, method)
    if made.element_type != "float64" or method != "predict":
        raise LoweringError("one of its parts is neither a classifier nor a regressor")
    if made.n_outputs is not None:
        return made.tensor, made.n_outputs
    return column_of(lowering.graph, made.tensor), 1


def _of_classes(lowering: Lowering, made: ClassAnswers, method: str) -> tuple[str, int]:
    graph, n_classes = lowering.graph, len(made.classes)
    if method == "predict" and made.classes.dtype.kind in "iufb":
        numbers = graph.constant(made.classes.astype("float64"))
        return column_of(graph, graph.add("Gather", numbers, made.settled_label())), 1
    known = {"predict_proba": made.probabilities, "decision_function": made.scores}
    tensor = known.get(method)
    if tensor is None:
        raise LoweringError(f"one of its parts has no lowered `{method}`")
    if n_classes > _N_BINARY:
        return tensor, n_classes
    if method == "decision_function":
        return column_of(graph, tensor), 1
    return graph.add("Gather", tensor, graph.constant([1], "int64"), axis=1), 1


ESTIMATORS: dict[type, LowerEstimator] = {
    StackingClassifier: answer_stacking_classifier,
    StackingRegressor: answer_stacking_regressor,
}
