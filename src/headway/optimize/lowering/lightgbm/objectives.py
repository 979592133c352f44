"""From the sums of a LightGBM booster's trees to its answers, by its objective.

Source: LightGBM `src/objective`, each `ConvertOutput`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.errors import LoweringError

if TYPE_CHECKING:
    from headway.optimize.graph import GraphBuilder

_IDENTITY = frozenset(
    (
        "regression",
        "regression_l1",
        "huber",
        "fair",
        "quantile",
        "mape",
        "lambdarank",
        "rank_xendcg",
    )
)
_EXPONENTIAL = frozenset(("poisson", "gamma", "tweedie"))
_LOGISTIC = frozenset(("binary", "multiclassova", "cross_entropy"))
_SQUARED = "sqrt"
_SLOPE = "sigmoid:"


def converted(graph: GraphBuilder, scores: str, objective: tuple[str, ...]) -> str:
    """Return what an objective makes of scores, shape (n_rows, n_scores).

    Raises:
        LoweringError: It is not known, or the user's own.
    """
    name, *settings = objective or ("custom",)
    if name in _IDENTITY:
        return _squared(graph, scores) if _SQUARED in settings else scores
    if name in _EXPONENTIAL:
        return graph.add("Exp", scores)
    if name in _LOGISTIC:
        slopes = [float(word[len(_SLOPE) :]) for word in settings if word.startswith(_SLOPE)]
        return _logistic(graph, scores, slopes[0] if slopes else 1.0)
    if name == "cross_entropy_lambda":
        one = graph.constant([[1.0]])
        return graph.add("Log", graph.add("Add", one, graph.add("Exp", scores)))
    if name == "multiclass":
        return graph.add("Softmax", scores, axis=1)
    raise LoweringError(f"its objective `{name}` is not covered")


def _squared(graph: GraphBuilder, scores: str) -> str:
    return graph.add("Mul", scores, graph.add("Abs", scores))


def _logistic(graph: GraphBuilder, scores: str, slope: float) -> str:
    power = graph.add("Exp", graph.add("Mul", scores, graph.constant([[-slope]])))
    return graph.add("Reciprocal", graph.add("Add", power, graph.constant([[1.0]])))
