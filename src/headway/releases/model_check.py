"""Finds out whether a model and the rows that it is said to be fitted on belong together."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.frame import column_names
from headway.contract.model import Output
from headway.core.dtypes import Task
from headway.core.names import are_fitted, nearest_name
from headway.errors import MethodNotSupportedError, PredictionError, TrainingDataError
from headway.registry.flavor import NETS, booster_library, flavor_of
from headway.registry.reason import described
from headway.releases.nets import net_of
from headway.releases.rows import as_array
from headway.releases.tensor_rows import few_arrays, net_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.releases.rows import LabelledRows

_PROBE_ROWS = 3
_MAX_NAMED = 10


def check_model(model: Any, rows: LabelledRows) -> None:
    """Ask a model for a few of its own training rows.

    Raises:
        MethodNotSupportedError: It has no `predict`.
        TrainingDataError: It was fitted on other columns, or there are no rows.
        PredictionError: It is not fitted, or it raises on these rows.
    """
    if flavor_of(model) in NETS:
        if not rows.n_rows:
            raise _no_rows()
        return
    if not callable(getattr(model, "predict", None)):
        raise MethodNotSupportedError(
            f"a `{type(model).__name__}` has no `predict`",
            hint="register the fitted model or pipeline, not a transformer or a search space",
        )
    _check_columns(model, rows.data)
    if not rows.n_rows:
        raise _no_rows()
    ask(model, "predict", rows.part(0, _PROBE_ROWS).data)


def _no_rows() -> TrainingDataError:
    return TrainingDataError("X has no rows", hint="pass the rows that the model was fitted on")


def ask(model: Any, method: str, data: Any) -> np.ndarray[Any, np.dtype[Any]]:
    """Return the model's own answers for `data`.

    Raises:
        PredictionError: The model raised. The message is for the model's owner.
    """
    if booster_library(model) == "xgboost":
        from headway.runtimes.xgboost import booster_answers  # noqa: PLC0415 (imports XGBoost)

        answer = functools.partial(booster_answers, model)
    else:
        answer = getattr(model, method)
    try:
        return np.asarray(answer(data))
    except Exception as error:  # a user's model may raise anything
        if type(error).__name__ == "NotFittedError":
            raise PredictionError(
                f"the `{type(model).__name__}` is not fitted", hint="call its `fit` first"
            ) from error
        raise PredictionError(
            f"the model raises on the training rows: {described(error)}",
            hint="pass X as `predict` takes it: the rows that the model was fitted on",
        ) from error


def output_of(model: Any, rows: LabelledRows, describe_output: Callable[[Any], Output]) -> Output:
    """Return what a model answers. Nets and boosters are asked; of others only `predict` is known.

    Raises:
        ContractError: Its answers are none that a reply can hold.
        PredictionError: It raises on its own rows.
    """
    net = net_of(model)
    if net is not None:
        return net.output(few_arrays(net, rows))
    if booster_library(model) is not None:
        shape = ask(model, "predict", rows.part(0, _PROBE_ROWS).data).shape
        return Output(Task.OTHER, n_outputs=1 if len(shape) == 1 else shape[1])
    return describe_output(model) if flavor_of(model) == "sklearn" else Output(Task.OTHER)


def fitted_names(model: Any) -> list[str] | None:
    """Return the columns of the frame that a scikit-learn model was fitted on, or `None`."""
    names = getattr(model, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def as_taken(model: Any, rows: LabelledRows) -> LabelledRows:
    """Return rows as the model takes them: without names where it was fitted without any.

    Raises:
        TrainingDataError: The model is a net that takes something else.
    """
    net = net_of(model)
    if net is not None:
        return net_rows(net, rows)
    return as_array(rows) if is_fitted_without_names(model) else rows


def is_fitted_without_names(model: Any) -> bool:
    """Whether a scikit-learn model was fitted on an array."""
    return fitted_names(model) is None and hasattr(model, "n_features_in_")


def _check_columns(model: Any, data: Any) -> None:
    expected = fitted_names(model)
    columns = column_names(data)
    if expected is None or columns is None:
        _check_width(model, data, expected)
        return
    given = [str(name) for name in columns]
    if are_fitted(given, expected):
        return
    missing = [name for name in expected if name not in given]
    extra = [name for name in given if name not in expected]
    if missing or extra:
        problems = [
            f"{what} {', '.join(f'`{name}`' for name in names[:_MAX_NAMED])}"
            for what, names in (("X lacks", missing), ("X has besides", extra))
            if names
        ]
        nearest = nearest_name(missing[0], extra) if missing else None
        raise TrainingDataError(
            f"the model was fitted on other columns than X: {'; '.join(problems)}",
            hint=f"is `{nearest}` the column `{missing[0]}`?"
            if nearest
            else "pass the frame that the model was fitted on",
        )
    raise TrainingDataError(
        "the model was fitted on the columns of X in another order",
        hint="pass `X[model.feature_names_in_]`",
    )


def _check_width(model: Any, data: Any, expected: list[str] | None) -> None:
    shape = np.shape(data)
    width = getattr(model, "n_features_in_", None)
    if expected is not None:
        raise TrainingDataError(
            f"the model was fitted on a frame with the columns {expected[:_MAX_NAMED]} and X is a "
            f"`{type(data).__name__}`",
            hint="pass the frame that the model was fitted on",
        )
    if width is not None and len(shape) > 1 and shape[1] != width:
        raise TrainingDataError(
            f"the model was fitted on {width} columns and X has {shape[1]}",
            hint="pass the array that the model was fitted on",
        )
