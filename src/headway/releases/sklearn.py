"""Measures a model on rows that it has not seen, with scikit-learn's metrics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import metrics

from headway.contract.post import apply_steps
from headway.core.dtypes import Method, Task
from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from headway.contract.model import Output
    from headway.core.batch import FeatureBatch
    from headway.runtimes.port import Runtime

_BINARY = 2
# Of sums of probabilities; scikit-learn warns of less
_ROUNDING = 1e-3


def evaluate(
    runtime: Runtime, output: Output, batch: FeatureBatch, labels: NDArray[Any]
) -> dict[str, float]:
    """Return the metrics of a classification or regression, by name; empty for any other model.

    Measured is what is served: with the threshold, and for numbers in the unit that post-processing
    gives them. `labels` are as the model learned them; names of classes are read as these classes.

    Accuracy, log loss and, for two classes, the area under the ROC curve; or the mean absolute
    error, the root of the mean squared error (both in the target's unit), and R2. What is not
    defined on these rows, such as the area under the curve of one class, is left out.

    Raises:
        TrainingDataError: The rows have labels that the model does not know.
        PredictionError: The model raised.
    """
    if output.task is Task.CLASSIFICATION and output.classes:
        found = _classification(runtime, output, batch, labels)
    elif output.task is Task.REGRESSION and output.n_outputs == 1:
        found = _regression(runtime, output, batch, labels)
    else:
        return {}
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


def _classification(
    runtime: Runtime, output: Output, batch: FeatureBatch, labels: NDArray[Any]
) -> dict[str, float]:
    classes = list(output.labels)
    names = dict(zip(output.classes, classes, strict=True))
    known = [names.get(label, label) for label in labels.tolist()]
    unknown = sorted(set(known).difference(classes), key=str)
    if unknown:
        raise TrainingDataError(
            f"the evaluation rows have labels that the model does not know: {unknown[:5]}",
            hint=f"it knows {classes[:20]}",
        )
    has_probabilities = Method.PREDICT_PROBA in output.methods
    prediction = runtime.predict(
        batch, Method.PREDICT_PROBA if has_probabilities else Method.PREDICT
    )
    found = {
        "accuracy": np.mean(
            [a == b for a, b in zip(prediction.values.tolist(), known, strict=True)]
        )
    }
    if prediction.probabilities is None:
        return found
    # By position: scikit-learn wants classes sorted, and a mix of types has no order
    positions = [classes.index(label) for label in known]
    found["log_loss"] = metrics.log_loss(
        positions, _summing_to_one(prediction.probabilities), labels=range(len(classes))
    )
    if len(classes) == _BINARY and len(set(positions)) == _BINARY:
        found["roc_auc"] = metrics.roc_auc_score(positions, prediction.probabilities[:, 1])
    return found


def _summing_to_one(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities without what rounding in float32 or less has left of their sums."""
    sums = probabilities.sum(axis=1, keepdims=True)
    is_rounded = (np.abs(sums - 1) < _ROUNDING).all()
    return probabilities / sums if is_rounded else probabilities


def _regression(
    runtime: Runtime, output: Output, batch: FeatureBatch, labels: NDArray[Any]
) -> dict[str, float]:
    values = runtime.predict(batch, Method.PREDICT).values
    targets = apply_steps(output.rules.post, labels.astype(np.float64), only_unit=True)
    if not np.isfinite(targets).all():
        raise TrainingDataError(
            "post-processing turns labels of the evaluation rows into no numbers",
            hint="give the labels as the model learned them: it post-processes both",
        )
    found = {
        "mae": metrics.mean_absolute_error(targets, values),
        "rmse": metrics.root_mean_squared_error(targets, values),
    }
    if len(targets) > 1:
        found["r2"] = metrics.r2_score(targets, values)
    return found
