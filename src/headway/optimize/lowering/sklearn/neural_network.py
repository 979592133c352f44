"""Lowers multi-layer perceptrons. Source: scikit-learn `neural_network/_multilayer_perceptron.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.neural_network import MLPClassifier, MLPRegressor

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.affine import finite_matrix, float64_array
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.graph import GraphBuilder
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

# What these do ends with `fit`
_FITTED = ("loss", "hidden_layer_sizes", "solver", "alpha", "batch_size", "learning_rate", "learning_rate_init", "power_t", "max_iter", "shuffle", "random_state", "tol", "verbose", "warm_start", "momentum", "nesterovs_momentum", "early_stopping", "validation_fraction", "beta_1", "beta_2", "epsilon", "n_iter_no_change", "max_fun")  # fmt: skip
_PARAMETERS = dict.fromkeys(_FITTED, anything) | {
    "activation": one_of("identity", "logistic", "tanh", "relu")
}
_REGRESSIONS = ("identity", "exp")


def answer_classifier(lowering: Lowering, step: MLPClassifier, columns: Columns) -> ClassAnswers:
    """Lower a classifier: a logistic for two classes, the softmax for more."""
    check_parameters(step, _PARAMETERS)
    if step._label_binarizer.y_type_.startswith("multilabel"):  # noqa: SLF001 - the target that was fitted
        raise LoweringError("a target of several labels is not covered")
    graph, scores = lowering.graph, _last_layer(lowering, step, columns)
    if step.out_activation_ == "logistic" and step.n_outputs_ == 1:
        # the softmax of 0 and s is the logistic of s
        scores = graph.add("Mul", scores, graph.constant([[0.0, 1.0]]))
    elif step.out_activation_ != "softmax":
        raise LoweringError(f"its output by `{step.out_activation_}` is not covered")
    probabilities = graph.add("Softmax", scores, axis=1)
    label = graph.add("ArgMax", probabilities, axis=1, keepdims=0)
    return ClassAnswers(step.classes_, label, probabilities)


def answer_regressor(lowering: Lowering, step: MLPRegressor, columns: Columns) -> NumberAnswers:
    """Lower a regressor of one target or of several."""
    check_parameters(step, _PARAMETERS)
    if step.out_activation_ not in _REGRESSIONS:
        raise LoweringError(f"its output by `{step.out_activation_}` is not covered")
    values = _last_layer(lowering, step, columns)
    if step.out_activation_ == "exp":
        values = lowering.graph.add("Exp", values)
    if step.n_outputs_ == 1:
        return NumberAnswers(lowering.graph.flat(values))
    return NumberAnswers(values, step.n_outputs_)


def _last_layer(lowering: Lowering, step: Any, columns: Columns) -> str:
    """Return the last layer before its activation, shape (n_rows, n_outputs)."""
    graph, values = lowering.graph, finite_matrix(lowering, columns)
    for i, (coef, intercept) in enumerate(zip(step.coefs_, step.intercepts_, strict=True)):
        if i > 0:
            values = _activated(graph, values, step.activation)
        weights, offsets = float64_array(coef), float64_array(intercept)
        values = graph.add("Gemm", values, graph.constant(weights), graph.constant(offsets[None]))
    return values


def _activated(graph: GraphBuilder, values: str, activation: str) -> str:
    if activation == "identity":
        return values
    if activation == "relu":
        return graph.add("Max", values, graph.constant([[0.0]]))
    if activation == "tanh":
        return graph.add("Tanh", values)
    powers = graph.add("Exp", graph.add("Neg", values))
    return graph.add("Reciprocal", graph.add("Add", powers, graph.constant([[1.0]])))


ESTIMATORS: dict[type, LowerEstimator] = {
    MLPClassifier: answer_classifier,
    MLPRegressor: answer_regressor,
}
