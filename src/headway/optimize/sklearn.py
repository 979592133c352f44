"""Reads from a fitted scikit-learn model what its answers are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier, is_regressor

from headway.contract.model import Output
from headway.core.dtypes import Method, Task
from headway.errors import ContractError

if TYPE_CHECKING:
    from headway.contract.model import Scalar


def describe_output(model: Any) -> Output:
    """Return the output contract of a fitted estimator or pipeline.

    Raises:
        ContractError: A class label is none that a reply can hold.
    """
    methods = tuple(method for method in Method if hasattr(model, method))
    classes = getattr(model, "classes_", None)
    if is_classifier(model):
        if isinstance(classes, list):  # one array of classes for each output
            return Output(Task.CLASSIFICATION, (Method.PREDICT,), n_outputs=len(classes))
        if _is_multilabel(
            _last_step(model)
        ):  # its probabilities are of each label, and sum to anything
            return Output(Task.CLASSIFICATION, (Method.PREDICT,), n_outputs=len(_scalars(classes)))
        return Output(Task.CLASSIFICATION, methods, _scalars(classes))
    task = Task.REGRESSION if is_regressor(model) else Task.OTHER
    return Output(task, (Method.PREDICT,), n_outputs=_n_outputs(_last_step(model)))


def _scalars(classes: Any) -> tuple[Scalar, ...]:
    labels = [
        label.item() if isinstance(label, np.generic) else label
        for label in np.asarray(classes).tolist()
    ]
    for label in labels:
        if not isinstance(label, bool | int | float | str):
            raise ContractError(
                f"the class {label!r} is no string, number or boolean",
                hint="fit on a target of strings, for example `y.astype(str)`",
            )
    return tuple(labels)


def _last_step(model: Any) -> Any:
    steps = getattr(model, "steps", None)
    if steps:
        return _last_step(steps[-1][1])
    # one of a transformed target answers as the regressor inside does
    regressor = getattr(model, "regressor_", None)
    return model if regressor is None else _last_step(regressor)


def _is_multilabel(estimator: Any) -> bool:
    binarizer = getattr(estimator, "_label_binarizer", getattr(estimator, "label_binarizer_", None))
    return getattr(binarizer, "y_type_", "").startswith("multilabel")


def _n_outputs(estimator: Any) -> int:
    """Return the values per row of `predict`, as the kinds of regressors tell it."""
    booster = getattr(estimator, "get_booster", None)
    if booster is not None:  # of XGBoost, which has several for several targets or quantiles
        learner = json.loads(booster().save_config())["learner"]
        return int(learner["learner_model_param"]["num_target"])
    n_outputs = getattr(estimator, "n_outputs_", None)
    if n_outputs is not None:
        return int(n_outputs)
    intercept = getattr(estimator, "intercept_", None)
    coef = getattr(estimator, "coef_", None)
    if intercept is not None and coef is not None and np.ndim(coef) > 1:
        return len(np.asarray(coef))
    estimators = getattr(estimator, "estimators_", None)
    is_per_output = type(estimator).__name__ in {"MultiOutputRegressor", "RegressorChain"}
    return len(estimators) if is_per_output and estimators is not None else 1
