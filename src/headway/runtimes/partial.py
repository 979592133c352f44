"""Executes a release whose first steps run as they were fitted, and whose other steps are one graph.

The model is a pipeline. What its first steps make of the frame is read as a batch of columns again, which
the graph's own encoder takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.contract.frame import read_training_frame
from headway.core.batch import FeatureBatch
from headway.errors import InputRefusedError, InvalidInputError, PredictionError, TrainingDataError
from headway.runtimes.frames import frame_builder
from headway.runtimes.port import REFUSED_HINT

if TYPE_CHECKING:
    from headway.contract.model import Contract
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.runtimes.port import Runtime


class NativeHead:
    """The first steps of a fitted pipeline.

    Args:
        pipeline: Whole, as it was fitted.
        n_steps: How many of its steps run.
        contract: Of the release; says which frame the pipeline was fitted on.
    """

    def __init__(self, pipeline: Any, n_steps: int, contract: Contract) -> None:
        # one by one, since a pipeline of steps that learn nothing holds itself for not fitted
        self._steps = [
            step for _, step in pipeline.steps[:n_steps] if step not in (None, "passthrough")
        ]
        self._frames = frame_builder(contract)

    def made(self, batch: FeatureBatch) -> Any:
        """Return the frame or array that the first steps make of a batch, never sparse.

        Raises:
            InputRefusedError: A step raised ValueError.
            PredictionError: A step raised anything else.
        """
        try:
            made = self._frames.build(batch)
            for step in self._steps:
                made = step.transform(made)
        except ValueError as error:
            # They have answered the golden rows, so it is these values that they do not take
            raise InputRefusedError(
                "the model refuses a value of these rows", hint=REFUSED_HINT
            ) from error
        except (Exception, SystemExit) as error:  # a user's step may raise anything
            raise PredictionError(f"the model raised {type(error).__name__}") from error
        return made.toarray() if hasattr(made, "toarray") else made


class PartialRuntime:
    """A release of a native head and a lowered rest.

    Args:
        head: The native steps.
        rest: Executes the graph.
        names: Of the columns that the graph's encoder takes, in order.
    """

    form = "partial"
    flavor = "sklearn"

    def __init__(self, head: NativeHead, rest: Runtime, names: tuple[str, ...]) -> None:
        self._head = head
        self._rest = rest
        self._names = names

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        made = batch_of(self._head.made(batch), self._names)
        if made.n_rows != batch.n_rows:
            raise PredictionError(f"the model answered {made.n_rows} rows for {batch.n_rows}")
        try:
            return self._rest.predict(made, method)
        except InvalidInputError as error:
            # It names columns that no request has
            raise InputRefusedError(
                "the model refuses a value of these rows", hint=REFUSED_HINT
            ) from error


def batch_of(data: Any, names: tuple[str, ...]) -> FeatureBatch:
    """Return what steps made as a batch.

    Args:
        data: A frame, or an array of shape (n_rows, n_columns).
        names: Of its columns; an array's are given these.

    Raises:
        PredictionError: It is neither, or it has other columns.
    """
    is_frame = hasattr(data, "columns") or hasattr(data, "column_names")
    try:
        frame = read_training_frame(data, None if is_frame else names)
    except TrainingDataError as error:
        raise PredictionError(
            f"the model's own steps made something odd: {error.message}"
        ) from error
    found = tuple(str(column.name) for column in frame.columns)
    if found != names:
        raise PredictionError("the model's own steps made other columns than for its training rows")
    return FeatureBatch.from_columns(names, [column.batch_column() for column in frame.columns])
