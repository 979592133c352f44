"""Lowers what only arranges other steps: pipelines, column transformers, pass-through.

Source: scikit-learn `Pipeline`, `ColumnTransformer.transform`, `FunctionTransformer.transform`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from headway.errors import LoweringError
from headway.optimize.lowering.sklearn.parameters import anything, check_parameters, one_of

if TYPE_CHECKING:
    from headway.optimize.lowering.answers import Answers
    from headway.optimize.lowering.state import Columns, LowerEstimator, Lowering, LowerTransformer


def _is_off(value: Any) -> bool:
    return value is False


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
    "transformer_weights": one_of(None),
    "verbose": anything,
    "verbose_feature_names_out": anything,
    "force_int_remainder_cols": anything,
}
_FUNCTION = {
    "func": one_of(None),
    "inverse_func": anything,
    "validate": _is_off,
    "accept_sparse": anything,
    "check_inverse": anything,
    "feature_names_out": anything,
    "kw_args": one_of(None),
    "inv_kw_args": anything,
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
    made: list[Any] = []
    refusals: list[LoweringError] = []
    for name, transformer, _ in step.transformers_:
        # what scikit-learn itself resolved at fit: names, slices, masks and callables alike
        chosen = step._transformer_to_input_indices[name]  # noqa: SLF001
        if _is(transformer, "drop") or len(chosen) == 0:
            continue
        own = tuple(columns[position] for position in chosen)
        try:
            is_passed = _is(transformer, "passthrough")
            made += own if is_passed else lowering.transform(name, transformer, own)
        except LoweringError as error:  # the others are asked too, so that all reasons are told
            refusals.append(error)
    if refusals:
        messages = "; ".join(refusal.message for refusal in refusals)
        raise LoweringError(messages, hint=refusals[0].hint)
    return tuple(made)


def lower_function_transformer(
    lowering: Lowering,  # noqa: ARG001 - every step is lowered by the same call
    step: FunctionTransformer,
    columns: Columns,
) -> Columns:
    """Pass the columns through; a function of any kind is not covered."""
    check_parameters(step, _FUNCTION)
    return columns


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
    FunctionTransformer: lower_function_transformer,
}
ESTIMATORS: dict[type, LowerEstimator] = {Pipeline: answer_pipeline}
