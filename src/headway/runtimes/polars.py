"""Gives native models the polars frame that they were fitted on: names, order, types, nulls."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from headway.core.batch import scalars_of
from headway.core.dtypes import PLAIN_DTYPES
from headway.runtimes.arrow import object_builder
from headway.runtimes.numbers import numbers_and_missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.contract.model import Contract, Feature
    from headway.core.batch import Column, FeatureBatch


class PolarsBuilder:
    """Builds frames of polars from batches.

    Args:
        contract: Of the release.
    """

    def __init__(self, contract: Contract) -> None:
        self._builders = [_builder(feature) for feature in contract.features]

    def build(self, batch: FeatureBatch) -> pl.DataFrame:
        """Return the rows as the training frame would have held them."""
        columns = zip(self._builders, batch.columns(), strict=True)
        return pl.DataFrame([build(values) for build, values in columns])


def _builder(feature: Feature) -> Callable[[Column], pl.Series]:
    if feature.dtype not in PLAIN_DTYPES:
        return functools.partial(_objects, feature.name, object_builder(feature))
    if feature.storage == "enum":
        return functools.partial(_enum, feature.name, feature.storage_categories or ())
    if feature.storage in {"string", "categorical"}:
        dtype = pl.String if feature.storage == "string" else pl.Categorical
        return lambda values: pl.Series(feature.name, scalars_of(values), dtype=dtype)
    return functools.partial(_numbers, feature)


def _objects(name: str, build: Callable[[Column], Any], values: Column) -> pl.Series:
    series: pl.Series = pl.from_arrow(build(values))  # type: ignore[assignment]
    return series.alias(name)


def _enum(name: str, categories: tuple[Any, ...], values: Column) -> pl.Series:
    # A value outside of the categories has no place in such a column: it is missing
    known = frozenset(categories)
    scalars = [value if value in known else None for value in scalars_of(values)]
    return pl.Series(name, scalars, dtype=pl.Enum(list(categories)))


def _numbers(feature: Feature, values: Column) -> pl.Series:
    dtype = np.dtype(feature.storage)
    numbers, missing = numbers_and_missing(values, dtype)
    series = pl.Series(feature.name, numbers)
    is_null = missing.any() and (feature.missing_as_none or dtype.kind != "f")
    return series.set(pl.Series(missing), None) if is_null else series
