"""`Lowering`: one lowering in the making, and the doors through which a step adds to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from headway.bundle.steps import Step
from headway.core.dtypes import PLAIN_DTYPES, DType
from headway.errors import LoweringError
from headway.optimize.comparison import EXACT
from headway.optimize.graph import GraphBuilder, GraphOutput
from headway.optimize.lowering.columns import (
    Column,
    Monotone,
    Vocabulary,
    following,
    mixed_columns,
    rounded_to_float32,
)
from headway.optimize.lowering.matrices import Matrices
from headway.optimize.lowering.refusals import Refusals
from headway.optimize.lowering.texts import Texts
from headway.runtimes.encoder import Encoder
from headway.runtimes.onnx import GRAPH_INPUT, GUARD

if TYPE_CHECKING:
    from headway.contract.model import Contract, Feature
    from headway.optimize.lowering.answers import Answers
    from headway.optimize.lowering.columns import Trace, Values
    from headway.optimize.lowering.trees import Tree

Columns = tuple[Column, ...]
LowerTransformer = Callable[["Lowering", Any, Columns], Columns]
LowerEstimator = Callable[["Lowering", Any, Columns], "Answers"]

# What reading fitted attributes raises where they are not what this version knows
_UNLIKE = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)
# Overriding one of these on the object itself leaves its type as it was
_METHODS = ("transform", "predict", "predict_proba", "decision_function")
_FLOAT32 = "float32"
_STORAGES = frozenset(
    {"float64", "Float64", "bool", "boolean", _FLOAT32}
    | {"object", "str", "string", "large_string", "string_view"}
    | {"category", "enum", "categorical", "dictionary"}
    | {f"{kind}{bits}" for kind in ("int", "uint", "Int", "UInt") for bits in (8, 16, 32, 64)}
)
# A value outside of the categories of such a column is missing to it
_CLOSED_STORAGES = frozenset({"category", "enum"})


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One step that was lowered.

    Attributes:
        path: Its name below the names of the steps that it is part of.
        step: As it was fitted.
        columns: What it was given.
        made: What it was lowered to.
    """

    path: tuple[str, ...]
    step: Any
    columns: Columns
    made: Columns | Answers


@dataclasses.dataclass(frozen=True, slots=True)
class Steps:
    """What has a lowered form, by exact type."""

    transformers: Mapping[type, LowerTransformer]
    estimators: Mapping[type, LowerEstimator]


class Lowering:
    """One lowering, from the features of a contract to the outputs of a graph.

    Args:
        contract: Of the release.
        steps: What has a lowered form.

    Attributes:
        contract: Of the release.
        features: One column for each feature, as the model is given it.
        graph: Gets the operators.
        matrices: Gives the matrices that operators take.
        refusals: Gets what the native model refuses.
        texts: Gives the columns of terms that texts are read as.
        trees: Every ensemble that was lowered, and the columns that its nodes look at.
        landmarks: By feature, the encoded numbers that some step compares with.
        records: What became of each step that was come to, each before its own parts.
        tolerance: Of the whole; a step that the native model computes in float32 widens it.
        calls: Those that were lowered, each after its own parts.
        n_mixed: How many of the steps under way are given columns that are made of several features.
    """

    def __init__(self, contract: Contract, steps: Steps) -> None:
        self.contract = contract
        self.graph = GraphBuilder(len(contract.features))
        self.matrices = Matrices(self.graph, len(contract.features))
        self.refusals = Refusals(contract.features)
        self.texts = Texts(self.graph, self.matrices)
        self.trees: list[tuple[tuple[Tree, ...], Columns]] = []
        self.landmarks: dict[int, set[float]] = {}
        self.records: list[Step] = []
        self.tolerance = EXACT
        self.calls: list[Call] = []
        self.n_mixed = 0
        self._path: tuple[str, ...] = ()
        self._steps = steps
        self._endings: list[Callable[[], None]] = []
        self.features = self._feature_columns(contract.features)

    def transform(self, name: str, step: Any, columns: Columns) -> Columns:
        """Lower a transformer.

        Raises:
            LoweringError: It has no lowered form; the message names the step and says why.
        """
        made: Columns = self._lower(self._steps.transformers, name, step, columns)
        return made

    def answer(self, name: str, step: Any, columns: Columns) -> Answers:
        """Lower an estimator.

        Raises:
            LoweringError: It has no lowered form; the message names the step and says why.
        """
        answers: Answers = self._lower(self._steps.estimators, name, step, columns)
        return answers

    def computed(self, tensor: str, columns: Sequence[Column]) -> Columns:
        """Return columns that now lie in `tensor`, side by side, with whatever filled them."""
        self.matrices.declare(tensor, len(columns))
        return tuple(
            dataclasses.replace(column, tensor=tensor, position=position, fill=None)
            for position, column in enumerate(columns)
        )

    def mixed(
        self, tensor: str, n_columns: int, *, is_bounded: bool = False, never_misses: bool = False
    ) -> Columns:
        """Return the columns of `tensor`, each of which is made from several features."""
        self.matrices.declare(tensor, n_columns)
        flags = {"is_bounded": is_bounded, "never_misses": never_misses}
        return tuple(mixed_columns(tensor, n_columns, **flags))

    def rounded(self, columns: Columns) -> Columns:
        """Return the columns as the float32 numbers that the native step makes of them.

        A number beyond the greatest float32 becomes an infinity. What comes of it says who is asked
        next: let `refusals` know where the native step refuses infinities.
        """
        tensor = self.graph.cast(self.matrices.of(columns), "float32")
        made = [
            dataclasses.replace(column, trace=_rounding(column), is_computed=True)
            for column in columns
        ]
        return self.computed(self.graph.cast(tensor, "float64"), made)

    def compares_with(self, column: Column, numbers: Values) -> None:
        """Say which numbers of a column make a difference to some step."""
        if column.vocabulary is None and not column.is_computed:
            known = numbers[np.isfinite(numbers)].tolist()
            self.landmarks.setdefault(column.only_feature, set()).update(known)

    def at_end(self, ending: Callable[[], None]) -> None:
        """Call `ending` when every step is lowered, and with it every vocabulary complete."""
        self._endings.append(ending)

    def finish(self, outputs: Mapping[str, GraphOutput]) -> tuple[bytes, Encoder]:
        """Return the graph and its encoder, once every step is lowered.

        Raises:
            LoweringError: The graph is not valid, or takes too many columns of terms.
        """
        for ending in (self.matrices.finish, *self._endings):
            ending()
        guard = self.refusals.guard(self.graph, self.matrices)
        guarded = outputs if guard is None else {**outputs, GUARD: GraphOutput(guard)}
        texts = self.texts.of_features(self.graph.inputs_of(guarded.values()))
        columns = [
            msgspec.structs.replace(column, texts=texts.get(i, ()))
            for i, column in enumerate(self.encoder().columns)
        ]
        return self.graph.finish(guarded), Encoder(columns)

    def encoder(self) -> Encoder:
        """Return what the steps that were lowered take of each feature, its texts apart."""
        return Encoder(
            [
                self.refusals.encoder_column(i, column.vocabulary)
                for i, column in enumerate(self.features)
            ]
        )

    def _lower(
        self,
        known: Mapping[type, Callable[[Lowering, Any, Columns], Any]],
        name: str,
        step: Any,
        columns: Columns,
    ) -> Any:
        outer, place, kind = self._path, len(self.records), type(step).__name__
        self._path = (*outer, name)
        self.records.append(Step(self._path, kind))
        is_mixed = any(column.is_mixed for column in columns)
        self.n_mixed += is_mixed
        try:
            made = _lower_function(known, step)(self, step, columns)
        except (LoweringError, *_UNLIKE) as error:
            refusal = _refusal_of(error)
            is_of_a_part = any(record.reason for record in self.records[place + 1 :])
            reason = "a part of it has no lowered form" if is_of_a_part else refusal.message
            self.records[place] = Step(self._path, kind, "native", reason)
            message = f"step `{name}` ({kind}): {refusal.message}"
            raise LoweringError(message, hint=refusal.hint) from error
        finally:
            self._path = outer
            self.n_mixed -= is_mixed
        self.calls.append(Call((*outer, name), step, columns, made))
        return made

    def _feature_columns(self, features: Sequence[Feature]) -> Columns:
        for feature in features:
            if feature.dtype not in PLAIN_DTYPES:
                raise LoweringError(
                    f"feature `{feature.name}` is a {feature.dtype}, which has no lowered form",
                    hint="derive numbers from it before the model is fitted, as the client can too",
                )
            if feature.storage.partition("<")[0] not in _STORAGES:
                raise LoweringError(
                    f"feature `{feature.name}` is stored as {feature.storage}, which is not covered"
                )
        columns = tuple(
            _feature_column(i, feature, self.contract) for i, feature in enumerate(features)
        )
        if self.contract.layout == "series":
            return tuple(dataclasses.replace(column, is_alone=True) for column in columns)
        singles = [column for column in columns if column.is_single]
        if not singles:
            return columns
        rounded = self.graph.cast(self.matrices.of(singles), "float32")
        placed = {
            column.only_feature: column
            for column in self.computed(self.graph.cast(rounded, "float64"), singles)
        }
        return tuple(placed.get(i, column) for i, column in enumerate(columns))


def _lower_function(
    known: Mapping[type, Callable[[Lowering, Any, Columns], Any]], step: Any
) -> Callable[[Lowering, Any, Columns], Any]:
    kind = type(step)
    if kind not in known:
        raise LoweringError(f"`{kind.__module__}.{kind.__qualname__}` is not covered")
    replaced = [method for method in _METHODS if method in vars(step)]
    if replaced:
        raise LoweringError(f"its `{replaced[0]}` was replaced on the object")
    return known[kind]


def _refusal_of(error: Exception) -> LoweringError:
    if isinstance(error, LoweringError):
        return error
    return LoweringError(
        f"its fitted attributes are not what is known of it ({type(error).__name__}: {error})"
    )


def _feature_column(position: int, feature: Feature, contract: Contract) -> Column:
    vocabulary = None
    if feature.storage in _CLOSED_STORAGES:
        vocabulary = Vocabulary(feature.storage_categories or ())
    elif feature.dtype is DType.STRING:
        vocabulary = Vocabulary()
    is_single = feature.storage == _FLOAT32
    is_code_like = vocabulary is not None or feature.dtype is DType.BOOLEAN
    return Column(
        tensor=GRAPH_INPUT,
        position=position,
        feature=position,
        trace=Monotone(rounded_to_float32 if is_single else _unchanged),
        vocabulary=vocabulary,
        is_single=is_single,
        is_code_like=is_code_like,
        is_bounded=is_code_like,
        misses_as_none=contract.frame != "pandas",
    )


def _unchanged(values: Values) -> Values:
    return values


def _rounding(column: Column) -> Trace:
    return following(column.trace, lambda values: rounded_to_float32(column.trace(values)))
