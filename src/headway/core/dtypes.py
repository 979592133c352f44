"""The types that a feature can have, and the methods that a model can have."""

from __future__ import annotations

import enum


class DType(enum.StrEnum):
    """Type of a feature as a client sees it; how the training frame stored it is another question."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    STRING = "string"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    TENSOR = "tensor"


# What one cell of a plain frame of numbers and words holds
PLAIN_DTYPES = frozenset({DType.FLOAT, DType.INTEGER, DType.BOOLEAN, DType.STRING})


class Method(enum.StrEnum):
    """What a model is asked for; the names are scikit-learn's."""

    PREDICT = "predict"
    PREDICT_PROBA = "predict_proba"
    DECISION_FUNCTION = "decision_function"


class Task(enum.StrEnum):
    """What a model's answer is."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    OTHER = "other"


class Device(enum.StrEnum):
    """What a net is executed by; everything else is executed by the processor in any case."""

    CPU = "cpu"
    CUDA = "cuda"


INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1
