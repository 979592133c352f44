"""Probe rows at the edges of each feature: missing, unknown, empty, zero, extreme, infinite.

Each row is a real one with one value replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.optimize.lowering.columns import MAX_FLOAT64

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.optimize.feature_values import FeatureValues

# The native model may raise on these, and is then asked for each of them alone
MAY_RAISE = frozenset({"beside a category", "greatest", "infinite"})
_MAX_CATEGORIES = 2_000
_MAX_BESIDE = 20
_REAL_ROWS_PER_VALUE = 2
_EXTREME = 1e30
_TERMS_PER_TEXT = 50
_HARD_TEXTS = (
    " \t\r\n",
    "\u00c9te\u0301 stra\u00dfe \u0130i \ufb01n",
    "a.b,c-d_e",
    "\U0001f600 \u4f60\u597d",
)

Replaced = list[tuple[int, dict[int, Any]]]


def edge_values(values: FeatureValues, landmarks: Sequence[float]) -> Mapping[str, list[Any]]:
    """Return the raw values to try, by kind.

    Args:
        values: Of one feature.
        landmarks: Numbers that some step compares with.
    """
    kinds: dict[str, list[Any]] = {}
    feature = values.feature
    if feature.nullable:
        kinds["missing"] = [None]
    if feature.dtype not in PLAIN_DTYPES:
        return kinds  # only steps of the user's own take these
    if values.vocabulary is not None:
        kinds["category"] = list(values.vocabulary[:_MAX_CATEGORIES])
        if values.unknown is not None:
            kinds["unknown category"] = [values.unknown]
        if feature.dtype is DType.STRING:
            kinds["empty string"] = [""]
        if values.terms:
            kinds["text"] = _texts(values.terms)
    elif feature.dtype is DType.BOOLEAN:
        kinds["category"] = [False, True]
    else:
        kinds |= _numbers(values, landmarks)
    return kinds


def _texts(terms: tuple[str, ...]) -> list[str]:
    """Return texts that hold every term, and some that are hard to read."""
    starts = range(0, len(terms), _TERMS_PER_TEXT)
    whole = [" ".join(terms[start : start + _TERMS_PER_TEXT]) for start in starts]
    return [*whole, whole[0].upper(), " ".join(terms[:1] * _TERMS_PER_TEXT), *_HARD_TEXTS]


def _numbers(values: FeatureValues, landmarks: Sequence[float]) -> dict[str, list[Any]]:
    known = np.array(landmarks[:_MAX_CATEGORIES])
    beside = np.setdiff1d(values.around(known[:: 1 + len(known) // _MAX_BESIDE]), known)
    kinds: dict[str, list[Any]] = {
        "category": [values.decode(number) for number in known],
        "beside a category": [values.decode(number) for number in beside[: 3 * _MAX_BESIDE]],
    }
    if values.feature.dtype is DType.FLOAT:
        return kinds | {
            "zero": [0.0, -0.0],
            "negative": [-1.0, -1e-3],
            "extreme": [_EXTREME, -_EXTREME],
            "greatest": [MAX_FLOAT64, -MAX_FLOAT64],
            "infinite": [np.inf, -np.inf],
        }
    low, high = values.integer_range()
    return kinds | {
        "zero": [0],
        "negative": [-1] if low < 0 else [],
        "extreme": [low, high],
    }


def edge_rows(
    features: Sequence[FeatureValues],
    landmarks: Mapping[int, Sequence[float]],
    n_real_rows: int,
    random: np.random.Generator,
) -> Mapping[str, Replaced]:
    """Return by kind which real row gets which values: `(row, {feature: value})`."""
    kinds: dict[str, Replaced] = {}
    for position, values in enumerate(features):
        for kind, raw_values in edge_values(values, landmarks.get(position, ())).items():
            for raw in raw_values:
                n_rows = 1 if kind in MAY_RAISE else _REAL_ROWS_PER_VALUE
                for row in random.integers(n_real_rows, size=n_rows).tolist():
                    kinds.setdefault(kind, []).append((row, {position: raw}))
    nothing = {j: None for j, values in enumerate(features) if values.feature.nullable}
    if nothing:
        kinds["all missing"] = [(int(random.integers(n_real_rows)), nothing)]
    return kinds
