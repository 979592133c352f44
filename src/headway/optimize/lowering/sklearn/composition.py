"""Lowers what only arranges other steps: pipelines, column transformers.

Source: scikit-learn `Pipeline`, `ColumnTransformer.transform`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of
from headway.optimize.lowering.sklearn.union import side_by_side, weighted

if TYPE_CHECKING:
    from headway.optimize.lowering.answers import Answers
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering, LowerTransformer


_PIPELINE = {
    "steps": anything,
    "transform_input": one_of(None),
    "memory": anything,
    "verbose": anything,
}
_COLUMN_TRANSFORMER = {
    "transformers": anything,
    "remainder": anything,
    "sparse_threshold": anything,
    "n_jobs": anything,
    "transformer_weights": anything,
    "verbose": anything,
    "verbose_feature_names_out": anything,
    "force_int_remainder_cols": anything,
}
_PASSED = (None, "passthrough")


def lower_pipeline(lowering: Lowering, step: Pipeline, columns: Columns) -> Columns:
    """Lower a pipeline that only transforms."""
    check_parameters(step, _PIPELINE)
    return _transformed(lowering, step.steps, columns)


def answer_pipeline(lowering: Lowering, step: Pipeline, columns: Columns) -> Answers:
    """Lower a pipeline that ends in an estimator."""
    check_parameters(step, _PIPELINE)
    *transformers, (name, estimator) = step.steps
    return lowering.answer(name, estimator, _transformed(lowering, transformers, columns))


def lower_column_transformer(
    lowering: Lowering, step: ColumnTransformer, columns: Columns
) -> Columns:
    """Lower each transformer on its own columns, and put the results side by side."""
    check_parameters(step, _COLUMN_TRANSFORMER)
    weights = step.transformer_weights or {}
    chosen: dict[str, Columns] = {}
    for name, transformer, selector in step.transformers_:
        # what scikit-learn itself resolved at fit: names, slices, masks and callables alike
        positions = step._transformer_to_input_indices[name]  # noqa: SLF001
        if not _is(transformer, "drop") and len(positions):
            own = tuple(columns[position] for position in positions)
            chosen[name] = _alone(own) if np.isscalar(selector) else own

    def lowered(name: str, transformer: Any) -> Columns:
        is_passed = _is(transformer, "passthrough")
        own = chosen[name]
        made = own if is_passed else lowering.transform(name, transformer, own)
        return weighted(lowering, made, weights.get(name))

    kept = [(name, transformer) for name, transformer, _ in step.transformers_ if name in chosen]
    made = side_by_side(kept, lowered)
    is_sparse = bool(step.sparse_output_)
    return tuple(dataclasses.replace(column, is_sparse=is_sparse) for column in made)


def _alone(columns: Columns) -> Columns:
    return tuple(dataclasses.replace(column, is_alone=True) for column in columns)


def _transformed(lowering: Lowering, steps: list[tuple[str, Any]], columns: Columns) -> Columns:
    for name, step in steps:
        if not any(_is(step, passed) for passed in _PASSED):
            columns = lowering.transform(name, step, columns)
    return columns


def _is(step: Any, word: str | None) -> bool:
    return step is None if word is None else isinstance(step, str) and step == word


TRANSFORMERS: dict[type, LowerTransformer] = {
    Pipeline: lower_pipeline,
    ColumnTransformer: lower_column_transformer,
}
ESTIMATORS: dict[type, LowerEstimator] = {Pipeline: answer_pipeline}
