"""Lowers naive Bayes. Source: scikit-learn `naive_bayes.py`.

Each gives the logarithm of the joint probability of a row and each class. The label is the first
greatest; the probabilities are relative to the row's own, whose logarithm is subtracted in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB

from headway.optimize.lowering.answers import ClassAnswers
from headway.optimize.lowering.sklearn.affine import affine, finite_matrix, float64_array
from headway.optimize.lowering.sklearn.distances import row_sums
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_GAUSSIAN = dict.fromkeys(("priors", "var_smoothing"), anything)
# What these do ends with `fit`, but for `binarize`
_DISCRETE = dict.fromkeys(
    ("alpha", "force_alpha", "fit_prior", "class_prior", "norm", "binarize"), anything
)


def answer_gaussian(lowering: Lowering, step: GaussianNB, columns: Columns) -> ClassAnswers:
    """Lower a normal distribution of each column in each class."""
    check_parameters(step, _GAUSSIAN)
    graph = lowering.graph
    means, variances = float64_array(step.theta_), float64_array(step.var_)
    rows = graph.add("Unsqueeze", finite_matrix(lowering, columns), graph.constant([1], "int64"))
    apart = graph.add("Sub", rows, graph.constant(means[None]))
    squared = graph.add("Div", graph.add("Mul", apart, apart), graph.constant(variances[None]))
    sums = graph.add(
        "Reshape",
        row_sums(lowering, squared, means.shape[1]),
        graph.constant([-1, len(means)], "int64"),
    )
    halved = graph.add("Mul", sums, graph.constant([[0.5]]))
    widths = np.array([[-0.5 * np.sum(np.log(2.0 * np.pi * row)) for row in variances]])
    likelihoods = graph.add("Sub", graph.constant(widths), halved)
    priors = np.log(float64_array(step.class_prior_))[None]
    return _answers(lowering, step, graph.add("Add", graph.constant(priors), likelihoods))


def answer_multinomial(lowering: Lowering, step: MultinomialNB, columns: Columns) -> ClassAnswers:
    """Lower counts; that none is negative is asked at `fit` only."""
    check_parameters(step, _DISCRETE)
    joint = affine(lowering, columns, step.feature_log_prob_, step.class_log_prior_)
    return _answers(lowering, step, joint)


def answer_complement(lowering: Lowering, step: ComplementNB, columns: Columns) -> ClassAnswers:
    """Lower counts by how little they are of all other classes; priors do not count."""
    check_parameters(step, _DISCRETE)
    joint = affine(lowering, columns, step.feature_log_prob_, np.zeros(len(step.classes_)))
    return _answers(lowering, step, joint)


def answer_bernoulli(lowering: Lowering, step: BernoulliNB, columns: Columns) -> ClassAnswers:
    """Lower which numbers are above the threshold."""
    check_parameters(step, _DISCRETE)
    graph, matrix = lowering.graph, finite_matrix(lowering, columns)
    if step.binarize is not None:
        threshold = np.array([float(step.binarize)])
        for column in columns:
            if not column.is_mixed:
                lowering.compares_with(column, threshold)
        is_above = graph.add("Greater", matrix, graph.constant(threshold[None]))
        matrix = graph.cast(is_above, "float64")
    present = float64_array(step.feature_log_prob_)
    absent = np.log(1 - np.exp(present))
    base = step.class_log_prior_ + absent.sum(axis=1)
    joint = graph.add(
        "Gemm", matrix, graph.constant((present - absent).T), graph.constant(base[None])
    )
    return _answers(lowering, step, joint)


def _answers(lowering: Lowering, step: Any, joint: str) -> ClassAnswers:
    graph = lowering.graph
    row = graph.add("ReduceLogSumExp", joint, graph.constant([1], "int64"), keepdims=1)
    probabilities = graph.add("Exp", graph.add("Sub", joint, row))
    label = graph.add("ArgMax", joint, axis=1, keepdims=0)
    return ClassAnswers(step.classes_, label, probabilities)


ESTIMATORS: dict[type, LowerEstimator] = {
    GaussianNB: answer_gaussian,
    MultinomialNB: answer_multinomial,
    ComplementNB: answer_complement,
    BernoulliNB: answer_bernoulli,
}
