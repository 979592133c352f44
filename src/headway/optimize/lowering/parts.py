"""Finds the steps that compare numbers which no feature can be traced to, so that they are probed alone.

Such a step is lowered once more as a model of its own, to learn where its answers may change. What is
compared is the part of the whole model's graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Method, Task
from headway.errors import LoweringError
from headway.optimize.graph import Places
from headway.optimize.lowering.answers import ClassAnswers, NumberAnswers
from headway.optimize.lowering.form import Landmarks, Part
from headway.optimize.lowering.state import Lowering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.optimize.lowering.columns import Column
    from headway.optimize.lowering.state import Call, Columns, Steps
    from headway.optimize.lowering.trees import Tree


def traced_ensembles(
    lowering: Lowering,
) -> tuple[tuple[tuple[Tree, ...], tuple[Column, ...]], ...]:
    """Return the ensembles whose columns can each be traced to one feature."""
    return tuple(
        (trees, columns)
        for trees, columns in lowering.trees
        if not any(column.is_mixed for column in columns)
    )


def known_numbers(lowering: Lowering) -> Mapping[int, tuple[float, ...]]:
    """Return by feature the numbers that some step compares with, in ascending order."""
    return {feature: tuple(sorted(numbers)) for feature, numbers in lowering.landmarks.items()}


def parts_of(lowering: Lowering, steps: Steps) -> tuple[Part, ...]:
    """Return the outermost steps that are given mixed columns and can be probed alone.

    Args:
        lowering: Of the whole model, finished.
        steps: What has a lowered form.
    """
    parts: list[Part] = []
    # a step's own parts end before it does
    for call in reversed(lowering.calls):
        is_inside = any(call.path[: len(part.path)] == part.path for part in parts)
        if is_inside or not any(column.is_mixed for column in call.columns):
            continue
        part = _part(lowering, call, steps)
        if part is not None:
            parts.append(part)
    return tuple(parts)


def _part(lowering: Lowering, call: Call, steps: Steps) -> Part | None:
    if any(column.vocabulary is not None or column.is_single for column in call.columns):
        return None
    made = _method_and_place(lowering, call)
    contract = _contract(call.columns)
    alone = Lowering(contract, steps)
    lower_again = alone.transform if isinstance(call.made, tuple) else alone.answer
    try:
        lower_again(call.path[-1], call.step, alone.features)
    except LoweringError:
        return None
    ensembles = traced_ensembles(alone)
    if made is None or len(ensembles) < len(alone.trees) or not (ensembles or alone.landmarks):
        return None
    return Part(
        path=call.path,
        step=call.step,
        method=made[0],
        contract=contract,
        encoder=alone.encoder(),
        landmarks=Landmarks(ensembles, known_numbers(alone)),
        places=_places(lowering, call.columns),
        fills=tuple(np.nan if column.fill is None else column.fill for column in call.columns),
        made=made[1],
    )


def _method_and_place(lowering: Lowering, call: Call) -> tuple[str, str | Places] | None:
    """Return what tells most of a step, and where it lies in the graph."""
    made = call.made
    if isinstance(made, NumberAnswers):
        return Method.PREDICT, made.tensor
    if isinstance(made, ClassAnswers):
        if made.scores is not None:
            return Method.DECISION_FUNCTION, made.scores
        return None if made.probabilities is None else (Method.PREDICT_PROBA, made.probabilities)
    if any(column.fill is not None for column in made) or not made:
        return None
    return "transform", _places(lowering, made)


def _places(lowering: Lowering, columns: Columns) -> Places:
    tensors = tuple((column.tensor, column.position) for column in columns)
    return Places(tensors, {tensor: lowering.matrices.width(tensor) for tensor, _ in tensors})


def _contract(columns: Columns) -> Contract:
    """Return the contract of a step's own input."""
    features: list[Any] = [
        Feature(f"column {i}", DType.FLOAT, column.fill is None, "float64")
        for i, column in enumerate(columns)
    ]
    return Contract(tuple(features), Output(Task.OTHER, (Method.PREDICT,)), layout="array")
