"""Lowers voting. Source: scikit-learn `ensemble/_voting.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.ensemble import VotingClassifier, VotingRegressor

from headway.errors import LoweringError
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.sklearn.ensembles import (
    added,
    averaged,
    coded_answers,
    indicator_of,
    number_answers,
)
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering

_REGRESSOR = dict.fromkeys(("estimators", "weights", "n_jobs", "verbose"), anything)
_CLASSIFIER = _REGRESSOR | {"voting": one_of("hard", "soft"), "flatten_transform": anything}


def answer_voting_classifier(
    lowering: Lowering, step: VotingClassifier, columns: Columns
) -> ClassAnswers:
    """Lower a vote: of probabilities, or of labels."""
    check_parameters(step, _CLASSIFIER)
    graph, weights = lowering.graph, step._weights_not_none  # noqa: SLF001 - those of what was not dropped
    parts = [
        coded_answers(lowering, name, part, columns, len(step.classes_))
        for name, part in _parts(step)
    ]
    if step.voting == "hard":
        votes = [indicator_of(graph, part.settled_label(), len(step.classes_)) for part in parts]
        counted = votes if weights is None else [
            graph.add("Mul", vote, graph.constant(float(weight)))
            for vote, weight in zip(votes, weights, strict=True)
        ]  # fmt: skip
        return ClassAnswers(
            step.classes_, graph.add("ArgMax", added(graph, counted), axis=1, keepdims=0)
        )
    probabilities = [part.probabilities for part in parts if part.probabilities is not None]
    if len(probabilities) < len(parts):
        raise LoweringError("one of its parts has no probabilities")
    mean = averaged(graph, probabilities, weights)
    return ClassAnswers(step.classes_, graph.add("ArgMax", mean, axis=1, keepdims=0), mean)


def answer_voting_regressor(
    lowering: Lowering, step: VotingRegressor, columns: Columns
) -> NumberAnswers:
    """Lower the mean of several regressors."""
    check_parameters(step, _REGRESSOR)
    parts = [number_answers(lowering, name, part, columns) for name, part in _parts(step)]
    mean = averaged(lowering.graph, parts, step._weights_not_none)  # noqa: SLF001 - as above
    return NumberAnswers(lowering.graph.flat(mean))


def _parts(step: Any) -> list[tuple[str, Any]]:
    names = [name for name, part in step.estimators if part != "drop"]
    return list(zip(names, step.estimators_, strict=True))


ESTIMATORS: dict[type, LowerEstimator] = {
    VotingClassifier: answer_voting_classifier,
    VotingRegressor: answer_voting_regressor,
}
