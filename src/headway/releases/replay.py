"""Replays golden rows: does this machine run the model that was trained?

Light: numpy only, since every worker replays each release that it loads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.errors import HeadwayError, MissingModuleError, RuntimeLoadError
from headway.releases.answers import answers_of, plain_answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.bundle.golden import GoldenRows
    from headway.runtimes.port import Runtime

_MAX_NAMED = 5


def replay_golden(runtime: Runtime, golden: GoldenRows) -> None:
    """Ask a runtime for every golden row, by every method that was recorded.

    Numbers may differ by `golden.atol + golden.rtol * |recorded|`. A label may differ only where
    the recorded probabilities say that the model itself could not tell the two apart.

    Raises:
        RuntimeLoadError: An answer is another one, or there is none.
    """
    batch = FeatureBatch.from_rows(golden.names, golden.rows)
    if not batch.n_rows:
        return
    for name, recorded in golden.outputs.items():
        try:
            method = Method(name)
            answers = answers_of(runtime.predict(batch, method), method)
        except (HeadwayError, ValueError) as error:
            missing = error.__cause__
            if isinstance(missing, ModuleNotFoundError) and missing.name:
                raise MissingModuleError(missing.name) from error
            raise RuntimeLoadError(
                f"the model does not answer its golden rows by `{name}`: {error}"
            ) from error
        if len(answers) != len(recorded):
            raise RuntimeLoadError(
                f"the model gives {len(answers)} answers for {len(recorded)} golden rows"
            )
        wrong = _wrong_rows(method, answers, recorded, golden)
        if len(wrong):
            raise _other_model(name, wrong, answers, recorded)


def _wrong_rows(
    method: Method, answers: NDArray[Any], recorded: list[Any], golden: GoldenRows
) -> NDArray[np.intp]:
    margins = _margins(golden)
    if method is Method.PREDICT and (margins is not None or answers.dtype.kind != "f"):
        other = [
            label != known for label, known in zip(plain_answers(answers), recorded, strict=True)
        ]
        return np.flatnonzero(
            other if margins is None else np.asarray(other) & ~_ties(margins, golden)
        )
    # None is what JSON made of a number that is not finite
    given = np.where(np.isfinite(answers), answers, np.nan).astype(np.float64)
    known = np.array(recorded, dtype=np.float64)
    if given.shape != known.shape:
        return np.arange(len(answers))
    close = np.isclose(given, known, rtol=golden.rtol, atol=golden.atol, equal_nan=True)
    return np.flatnonzero(~close.reshape(len(close), -1).all(axis=1))


def _margins(golden: GoldenRows) -> NDArray[np.float64] | None:
    """Return how far the best class is above the second one, shape (n_rows,)."""
    for method in (Method.PREDICT_PROBA, Method.DECISION_FUNCTION):
        if method in golden.outputs:
            scores = np.array(golden.outputs[method], dtype=np.float64)
            if scores.ndim == 1:
                return np.abs(scores)
            best = np.sort(scores, axis=1)
            return best[:, -1] - best[:, -2] if scores.shape[1] > 1 else None
    return None


def _ties(margins: NDArray[np.float64], golden: GoldenRows) -> NDArray[np.bool_]:
    return np.asarray(margins <= golden.atol + golden.rtol)


def _other_model(
    name: str, wrong: NDArray[np.intp], answers: NDArray[Any], recorded: list[Any]
) -> RuntimeLoadError:
    first = int(wrong[0])
    rows = ", ".join(str(i) for i in wrong[:_MAX_NAMED]) + (
        ", ..." if len(wrong) > _MAX_NAMED else ""
    )
    return RuntimeLoadError(
        "this machine does not run the model that was trained: "
        f"`{name}` answers {len(wrong)} of {len(recorded)} golden rows otherwise (rows {rows}); "
        f"row {first}: {answers[first]} instead of {recorded[first]}",
        hint="compare the versions in headway/manifest.json with the installed ones",
    )
