"""The rows that the parity gate compares for a net: real ones, and some with a value replaced.

Invariant: every row holds what the contract allows; the same rows give the same probes.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.columns import ColumnChecker
from headway.contract.tensors import elements, single
from headway.core.batch import FeatureBatch
from headway.core.dtypes import DType
from headway.errors import InvalidInputError
from headway.optimize.probe_rows import REAL, Probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from headway.contract.model import Contract, Feature

# A net costs a thousand times a tree, and has no thresholds that rows could sit on
_MAX_REAL_ROWS = 1_000
_MAX_BASE_ROWS = 100
_MAX_FEATURES = 64
_MAX_ELEMENTS = 16
# No index of a table that a net holds; a greater number, where it counts, only makes rounding coarser
_BEYOND = 1_000_000


def net_probe_rows(contract: Contract, rows: FeatureBatch, *, seed: int = 0) -> list[Probe]:
    """Return every row to compare, the real ones first.

    Args:
        contract: Of the release.
        rows: Real rows, best those that the model was trained on.
        seed: Of every random choice.
    """
    random = np.random.default_rng(seed)
    some = np.sort(random.permutation(rows.n_rows)[:_MAX_REAL_ROWS])
    real = rows.take(some)
    base = real.take(np.arange(min(real.n_rows, _MAX_BASE_ROWS))).rows()
    probes = [Probe(REAL, real)]
    checker = ColumnChecker(contract)
    for kind, candidates in _replacements(contract, base, random).items():
        allowed = [row for row in candidates if _is_allowed(checker, row)]
        if allowed:
            # by column, since the gate asks for blocks of them
            columns = [list(column) for column in zip(*allowed, strict=True)]
            probes.append(Probe(kind, FeatureBatch.from_columns(contract.names, columns)))
    return probes


def _replacements(
    contract: Contract, base: Sequence[tuple[Any, ...]], random: np.random.Generator
) -> dict[str, list[tuple[Any, ...]]]:
    """Return by kind real rows in which one value is replaced."""
    kinds: dict[str, list[tuple[Any, ...]]] = {}
    chosen = np.sort(random.permutation(len(contract.features))[:_MAX_FEATURES]).tolist()
    for position in chosen:
        feature = contract.features[position]
        for kind, numbers in _numbers(feature).items():
            for number in numbers:
                row = base[int(random.integers(len(base)))]
                kinds.setdefault(kind, []).extend(
                    (*row[:position], value, *row[position + 1 :])
                    for value in _values(feature, row[position], number, random)
                )
    return kinds


def _numbers(feature: Feature) -> Mapping[str, list[Any]]:
    """Return the numbers to try in place of one of a feature, by kind."""
    one, seen = single(feature), feature.observed
    limits = [
        limit
        for limit in (one.constraints.ge, one.constraints.le, seen.minimum, seen.maximum)
        if isinstance(limit, int | float)
    ]
    kinds: dict[str, list[Any]] = {"missing": [None]} if feature.nullable else {}
    if one.dtype is DType.BOOLEAN:
        return kinds | {"category": [False, True]}
    if one.dtype is DType.INTEGER:
        whole = [int(limit) for limit in limits]
        least, greatest = min(whole, default=0), max(whole, default=0)
        return kinds | {
            "zero": [0],
            "limit": whole,
            # what is no index raises, in both forms or in none
            "beside a category": [-1, least - 1, greatest + 1],
            "greatest": [min(_BEYOND, int(np.iinfo(one.storage).max))],
        }
    return kinds | {"zero": [0.0, -0.0], "negative": [-1.0, -1e-3], "limit": limits}


def _values(feature: Feature, real: Any, number: Any, random: np.random.Generator) -> Iterator[Any]:
    """Yield values of a feature that hold a number: a tensor with it in one place, or all over."""
    if not feature.shape or number is None:
        yield number
        return
    if real is None:
        return
    places = [place for place, _ in itertools.islice(elements(real, feature.shape), 10_000)]
    for i in random.permutation(len(places))[:_MAX_ELEMENTS].tolist():
        tensor = np.array(real, dtype=object)
        tensor[places[i]] = number
        yield tensor.tolist()
    yield np.full(feature.shape, number, dtype=object).tolist()


def _is_allowed(checker: ColumnChecker, row: tuple[Any, ...]) -> bool:
    try:
        checker.check_rows([row])
    except InvalidInputError:
        return False
    return True
