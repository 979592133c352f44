"""Probe rows on the thresholds of a step that no feature can be traced to: rows of its own input.

Real rows are what the graph itself computes for the step; some of their values are replaced as in the
rows of a whole model.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.core.batch import FeatureBatch
from headway.core.dtypes import Method
from headway.core.prediction import Prediction
from headway.errors import InputRefusedError, PredictionError
from headway.optimize.edge_rows import edge_rows
from headway.optimize.feature_values import FeatureValues
from headway.optimize.graph import columns_graph, part_graph
from headway.optimize.pair import Pair
from headway.optimize.replaced_rows import ReplacedRows, accepted_rows, stacked
from headway.optimize.tree_rows import tree_rows
from headway.runtimes.onnx import OnnxRuntime
from headway.runtimes.port import REFUSED_HINT

if TYPE_CHECKING:
    from headway.optimize.lowering.form import LoweredForm, Part

_ON_NUMBERS = ("category", "beside a category")


@dataclasses.dataclass(frozen=True, slots=True)
class PartRows:
    """Rows for one step.

    Attributes:
        rows: Of its own input.
        n_tests: Tests of trees that they were made for.
        n_tests_in_all: Tests that all its trees have.
        pair: The step and the part of the graph that stands for it.
    """

    rows: ReplacedRows
    n_tests: int
    n_tests_in_all: int
    pair: Pair


class StepRuntime:
    """One fitted step, given the matrix that the steps before it make.

    Args:
        step: The fitted step.
        method: What it is asked for, whatever the runtime is asked for.
    """

    form = "native"
    flavor = "step"

    def __init__(self, step: Any, method: str) -> None:
        self._ask = getattr(step, method)

    def predict(self, batch: FeatureBatch, method: Method) -> Prediction:  # noqa: ARG002 - it has one
        try:
            answers = self._ask(np.column_stack([*batch.columns()]))
        except ValueError as error:
            raise InputRefusedError("the step refuses a value", hint=REFUSED_HINT) from error
        except Exception as error:  # a user's model may raise anything
            raise PredictionError(f"the step raised {type(error).__name__}") from error
        dense = answers.toarray() if hasattr(answers, "toarray") else answers
        return Prediction(np.asarray(dense))


def part_rows(
    part: Part, form: LoweredForm, real: FeatureBatch, random: np.random.Generator
) -> PartRows | None:
    """Return the rows for one step; `None` where nothing of it can be compared.

    Args:
        part: The step.
        form: The lowered model.
        real: Real rows that the model takes.
        random: Draws rows and values.
    """
    pair = _pair(part, form)
    base = _base(part, form, real)
    if pair is None or base is None:
        return None
    features = [
        FeatureValues(feature, column)
        for feature, column in zip(part.contract.features, part.encoder.columns, strict=True)
    ]
    of_trees = tree_rows(part.landmarks, features, base.n_rows, random)
    on_numbers = edge_rows(features, part.landmarks.numbers, base.n_rows, random)
    replaced = [on_numbers[kind] for kind in _ON_NUMBERS if kind in on_numbers]
    rows = stacked([of_trees.replaced, *replaced] if of_trees.n_tests else replaced)
    if not len(rows.rows):
        return None
    return PartRows(
        rows=ReplacedRows(part.contract, base, rows),
        n_tests=of_trees.n_tried,
        n_tests_in_all=of_trees.n_tests,
        pair=pair,
    )


def _pair(part: Part, form: LoweredForm) -> Pair | None:
    graph = part_graph(form.graph, part.places, part.made)
    if graph is None:
        return None
    output = part.contract.output
    lowered = OnnxRuntime(graph, part.encoder, output)
    return Pair(StepRuntime(part.step, part.method), lowered, output)


def _base(part: Part, form: LoweredForm, real: FeatureBatch) -> FeatureBatch | None:
    """Return what the graph computes for the step from real rows, as the step is given it."""
    graph = columns_graph(form.graph, part.places)
    if graph is None:
        return None
    answers = OnnxRuntime(graph, form.encoder, part.contract.output).predict(real, Method.PREDICT)
    matrix = np.where(np.isnan(answers.values), part.fills, answers.values)
    rows = FeatureBatch.from_columns(part.contract.names, list(matrix.T))
    return accepted_rows(rows, part.encoder)
