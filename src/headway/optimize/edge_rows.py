"""Probe rows at the edges of each feature: missing, unknown, empty, zero, extreme, infinite.

Each row is a real one with one value replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.optimize.lowering.columns import MAX_FLOAT64
from headway.optimize.replaced_rows import KEPT, Replaced, Swap, array_of, raw_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import FeatureBatch
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
    """Return by kind which real row gets which value.

    Args:
        features: Of the contract.
        landmarks: By feature, numbers that some step compares with.
        n_real_rows: Number of real rows.
        random: Draws real rows.
    """
    values: dict[str, list[tuple[int, Any]]] = {}
    for feature, known in enumerate(features):
        for kind, tried in edge_values(known, landmarks.get(feature, ())).items():
            n_rows = 1 if kind in MAY_RAISE else _REAL_ROWS_PER_VALUE
            values.setdefault(kind, []).extend((feature, raw) for raw in tried for _ in range(n_rows))  # fmt: skip
    kinds = {
        kind: _one_value_a_row(tried, random.integers(n_real_rows, size=len(tried)))
        for kind, tried in values.items()
        if tried
    }
    nothing = [j for j, known in enumerate(features) if known.feature.nullable]
    if nothing:
        missing = Swap(np.zeros(1, dtype=np.intp), array_of([None]))
        row = random.integers(n_real_rows, size=1)
        kinds["all missing"] = Replaced(row, dict.fromkeys(nothing, missing))
    return kinds


def _one_value_a_row(tried: Sequence[tuple[int, Any]], rows: NDArray[np.intp]) -> Replaced:
    feature_of_row = np.array([feature for feature, _ in tried])
    values = array_of([raw for _, raw in tried])
    swaps = {}
    for feature in np.unique(feature_of_row).tolist():
        of_feature = np.flatnonzero(feature_of_row == feature)
        places = np.full(len(tried), KEPT)
        places[of_feature] = np.arange(len(of_feature))
        swaps[feature] = Swap(places, values[of_feature])
    return Replaced(rows, swaps)


def jittered_rows(contract: Contract, real: FeatureBatch, random: np.random.Generator) -> Replaced:
    """Return every real row with each float moved to a neighbouring one, up or down."""
    swaps = {}
    for j, (feature, column) in enumerate(zip(contract.features, real.columns(), strict=True)):
        if feature.dtype is DType.FLOAT:
            values = raw_values(column, is_float=True)
            towards = random.choice([-np.inf, np.inf], size=len(values))
            swaps[j] = Swap(np.arange(len(values)), np.nextafter(values, towards))
    return Replaced(np.arange(real.n_rows), swaps)
