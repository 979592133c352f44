"""Compares blocks of rows, and finds in a block the rows that a form raises on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import HeadwayError
from headway.optimize.comparison import compare, label_ties
from headway.optimize.report import Failure
from headway.runtimes.port import AnswersNumbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.core.batch import FeatureBatch
    from headway.optimize.comparison import Difference, Tolerance
    from headway.optimize.pair import Pair
    from headway.optimize.probe_rows import Probe
    from headway.runtimes.port import Runtime

Answers = dict[Method, Prediction]


class BlockComparison:
    """What was compared so far.

    Args:
        pair: The forms of the model; those of a part of it come with its probe.
        tolerance: What rounding may make of a number.
        is_late: Whether no further block is to be begun.

    Attributes:
        failure: The first row that failed.
        max_abs_difference: Largest absolute difference of two numbers.
        max_tolerance_ratio: Largest share of the tolerance that a difference takes.
        n_ties: Labels that differ where the native margin is within the tolerance.
        n_refused: Rows on which both raised.
        answered: By kind, the rows that were answered.
        n_answered_alone: Rows that were answered alone, as a request holds them.
    """

    def __init__(self, pair: Pair, tolerance: Tolerance, is_late: Callable[[], bool]) -> None:
        self._pair = pair
        self._tolerance = tolerance
        self._is_late = is_late
        self.failure: Failure | None = None
        self.max_abs_difference = self.max_tolerance_ratio = 0.0
        self.n_ties = self.n_refused = 0
        self.answered: dict[str, set[int]] = {}
        self.n_answered_alone = 0

    def is_over(self) -> bool:
        """Whether a row failed or the time is up."""
        return self.failure is not None or self._is_late()

    def compare(
        self, probe: Probe, indices: Sequence[int], batch: FeatureBatch, methods: Sequence[Method]
    ) -> int:
        """Compare a block; where a form raises, the rows that it raises on are compared one by one.

        Args:
            probe: Where the rows come from.
            indices: Which of its rows they are.
            batch: The rows.
            methods: What both forms are asked for.

        Returns:
            How many rows were compared before the time was up or a row failed.
        """
        if self.is_over():
            return 0
        pair = probe.pair or self._pair
        lowered = _answers(pair.lowered, batch, methods)
        native = (
            _numbers(pair.native, batch, methods[0], lowered)
            if probe.is_on_thresholds
            else _answers(pair.native, batch, methods)
        )
        if not isinstance(native, HeadwayError) and not isinstance(lowered, HeadwayError):
            self.answered.setdefault(probe.kind, set()).update(indices)
            self.n_answered_alone += batch.n_rows == 1 and batch.is_by_row
            self._compare_answers(probe.kind, indices, lowered, native)
        elif batch.n_rows > 1:
            return sum(
                self.compare(probe, [indices[i] for i in part], batch.take(part), methods)
                for part in _parts(pair.lowered, batch, methods[0])
            )
        elif isinstance(native, HeadwayError) and isinstance(lowered, HeadwayError):
            self.n_refused += 1
        else:
            self.failure = Failure(
                kind=probe.kind,
                row=indices[0],
                method=methods[0],
                what="the answer",
                lowered=_told(lowered),
                native=_told(native),
                difference=None,
                allowed=0.0,
            )
        return batch.n_rows

    def _compare_answers(
        self, kind: str, indices: Sequence[int], lowered: Answers, native: Answers
    ) -> None:
        is_tie = label_ties(list(native.values()), self._tolerance)
        for method, answer in native.items():
            found = compare(lowered[method], answer, self._tolerance, is_tie)
            self.n_ties += found.n_label_ties
            self.max_abs_difference = max(self.max_abs_difference, found.max_abs_difference)
            self.max_tolerance_ratio = max(self.max_tolerance_ratio, found.max_tolerance_ratio)
            if found.first is not None and self.failure is None:
                self.failure = _failure(kind, indices, method, found.first)


def _parts(lowered: Runtime, batch: FeatureBatch, method: Method) -> list[list[int]]:
    """Return the rows that the lowered form takes, then one by one those that it refuses.

    It is the one that is quick to ask. Where it takes all rows, or refuses them only together, each
    half is a part.
    """
    refused = [
        i
        for i in range(batch.n_rows)
        if isinstance(_answers(lowered, batch.take([i]), [method]), HeadwayError)
    ]
    if not refused:
        return [half.tolist() for half in np.array_split(np.arange(batch.n_rows), 2)]
    taken = np.setdiff1d(np.arange(batch.n_rows), refused).tolist()
    return ([taken] if taken else []) + [[i] for i in refused]


def _answers(
    runtime: Runtime, batch: FeatureBatch, methods: Sequence[Method]
) -> Answers | HeadwayError:
    try:
        return {method: runtime.predict(batch, method) for method in methods}
    except HeadwayError as error:
        return error


def _numbers(
    native: Runtime, batch: FeatureBatch, method: Method, lowered: Answers | HeadwayError
) -> Answers | HeadwayError:
    """Return the native numbers beside the lowered labels, where that saves half of the work.

    What a threshold decides shows in the numbers; labels are compared on all other rows.
    """
    if (
        isinstance(lowered, HeadwayError)
        or not isinstance(native, AnswersNumbers)
        or method is Method.PREDICT
    ):
        return _answers(native, batch, [method])
    try:
        numbers = native.numbers(batch, method)
    except HeadwayError as error:
        return error
    labels = lowered[method].values
    if method is Method.PREDICT_PROBA:
        return {method: Prediction(labels, probabilities=numbers)}
    return {method: Prediction(labels, scores=numbers)}


def _failure(kind: str, indices: Sequence[int], method: Method, first: Difference) -> Failure:
    return Failure(
        kind=kind,
        row=indices[first.row],
        method=method,
        what=first.what,
        lowered=first.lowered,
        native=first.native,
        difference=first.size if np.isfinite(first.size) else None,
        allowed=first.allowed,
    )


def _told(outcome: Answers | HeadwayError) -> str:
    return "an error" if isinstance(outcome, HeadwayError) else "an answer"
