"""Learns a contract from the frame that a model was trained on.

Invariant: what is learned describes; the only learned things that refuse a request are the type of
a feature and whether it may be null.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.cells import Cells, read_cells
from headway.contract.frame import read_training_frame
from headway.contract.model import Contract, Feature, Observed
from headway.contract.text import is_valid_unicode, printable
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import DType
from headway.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import JsonValue, Output, Scalar
    from headway.contract.objects import ObjectCells
    from headway.contract.training import TrainingColumn, TrainingFrame

MAX_CATEGORIES = 1_000
# So many different values may be categories however few rows there are
_FEW_VALUES = 50
_OWN_RATIO = 0.5
_UNSENDABLE = {
    DType.DATETIME: "they are finer than a microsecond",
    DType.DECIMAL: "they are infinite, or have too many digits",
    DType.TENSOR: "an element is missing or infinite",
}


@dataclasses.dataclass(frozen=True, slots=True)
class InferredContract:
    """A contract, and what its owner should know about the frame that it was learned from.

    Attributes:
        contract: What was learned; nothing is declared yet.
        warnings: One sentence each, for people.
    """

    contract: Contract
    warnings: tuple[str, ...] = ()


def infer_contract(
    X: Any,  # noqa: N803 - what every estimator calls it
    output: Output,
    *,
    feature_names: Sequence[str] | None = None,
) -> InferredContract:
    """Learn types, nullability, categories, ranges and examples.

    Args:
        X: What the model was fitted on: a frame of pandas, polars or pyarrow, or a numpy array of
            shape (n_rows, n_features).
        output: What the model answers.
        feature_names: Names for an array's columns; `x0`, `x1`, ... where they are not given.

    Raises:
        TrainingDataError: Nothing can be learned; names every problem and its columns.
    """
    frame = read_training_frame(X, feature_names)
    problems = _Problems()
    _check_shape(frame, problems)
    _check_names(frame.columns, problems)
    features: list[Feature] = []
    warnings: list[str] = []
    for column in frame.columns if frame.n_rows else ():
        try:
            cells = read_cells(column)
        except TrainingDataError as error:
            problems.add(f"columns with {error.message}", error.hint, column)
            continue
        features.append(_feature(column, cells, frame.n_rows))
        warnings += _warnings(column, cells)
    problems.raise_any()
    contract = Contract(
        features=tuple(features),
        output=output,
        layout=frame.layout,
        frame=frame.library,
        n_training_rows=frame.n_rows,
    )
    return InferredContract(contract, tuple(warnings))


class _Problems:
    """Collects what is wrong with a frame, one line for each fault and all its columns."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str | None], list[str]] = {}

    def add(self, fault: str, hint: str | None, column: TrainingColumn | None = None) -> None:
        columns = self._columns.setdefault((fault, hint), [])
        if column is not None:
            columns.append(f"`{printable(str(column.name))}` ({column.storage})")

    def raise_any(self) -> None:
        if not self._columns:
            return
        faults = [
            f"{fault}: {', '.join(columns)}" if columns else fault
            for (fault, _), columns in self._columns.items()
        ]
        hints = dict.fromkeys(hint for _, hint in self._columns if hint)
        raise TrainingDataError(
            "no contract can be learned from this frame: " + "; ".join(faults),
            hint="; ".join(hints) or None,
        )


def _check_shape(frame: TrainingFrame, problems: _Problems) -> None:
    if not frame.columns:
        problems.add("it has no columns", "pass the features that the model was fitted on")
    if not frame.n_rows:
        problems.add("it has no rows", "pass the rows that the model was fitted on")


def _check_names(columns: Iterable[TrainingColumn], problems: _Problems) -> None:
    seen = Counter(column.name for column in columns)
    for column in columns:
        name = column.name
        if not isinstance(name, str):
            hint = "name the columns, `X.columns = [f'x{i}' for i in range(X.shape[1])]`, or pass `X.to_numpy()`, and fit again"
            problems.add("columns whose names are no strings", hint, column)
        elif not name.strip() or not is_valid_unicode(name):
            problems.add("columns without a readable name", "rename them and fit again", column)
        elif seen[name] > 1:
            problems.add("columns that share a name", "rename them and fit again", column)


def _feature(column: TrainingColumn, cells: Cells, n_rows: int) -> Feature:
    observed, example = _observed(cells, n_rows)
    return Feature(
        name=str(column.name),
        dtype=cells.dtype,
        nullable=cells.n_missing > 0,
        storage=column.storage,
        storage_categories=cells.categories,
        missing_as_none=column.holds_none,
        storage_is_ordered=column.is_ordered,
        **_object_fields(cells.objects),
        observed=observed,
        example=example,
    )


def _object_fields(objects: ObjectCells | None) -> dict[str, Any]:
    if objects is None:
        return {}
    names = ("is_zoned", "shape", "element", "holds_lists")
    return {name: getattr(objects, name) for name in names}


def _observed(cells: Cells, n_rows: int) -> tuple[Observed, JsonValue | None]:
    """Return what a column held, and a real and typical value of it."""
    missing_ratio = cells.n_missing / n_rows
    if (objects := cells.objects) is not None:
        least, greatest = objects.minimum, objects.maximum
        return Observed(least, greatest, missing_ratio=missing_ratio), objects.example
    if isinstance(cells.present, DictionaryColumn):
        return _observed_categories(cells.present, missing_ratio)
    finite = _finite(cells.present)
    if not len(finite):
        return Observed(missing_ratio=missing_ratio), None
    observed = Observed(
        minimum=float(finite.min()), maximum=float(finite.max()), missing_ratio=missing_ratio
    )
    middle = (len(finite) - 1) // 2
    median: Scalar = np.partition(finite, middle)[middle].item()
    return observed, median


def _observed_categories(
    present: DictionaryColumn, missing_ratio: float
) -> tuple[Observed, Scalar]:
    counts = np.bincount(present.codes, minlength=len(present.values)).tolist()
    most_frequent_first = tuple(_by_frequency(present.values, counts))
    lengths = [len(word) for word in present.values if isinstance(word, str)]
    observed = Observed(
        categories=None if _is_free_text(len(counts), sum(counts)) else most_frequent_first,
        n_categories=len(counts),
        min_length=min(lengths, default=None),
        max_length=max(lengths, default=None),
        missing_ratio=missing_ratio,
    )
    return observed, most_frequent_first[0]


def _is_free_text(n_values: int, n_rows: int) -> bool:
    """Whether the values are no categories: too many, or most of them somebody's own."""
    is_own = n_values > _FEW_VALUES and n_values > _OWN_RATIO * n_rows
    return is_own or n_values > MAX_CATEGORIES


def _by_frequency(values: Sequence[Any], counts: Sequence[int]) -> list[Any]:
    """Return the values, most frequent first, then by value; of very many only the first one."""
    if len(values) <= MAX_CATEGORIES:
        pairs = sorted(zip(counts, values, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return [value for _, value in pairs]
    most = max(counts)
    return [min(value for value, count in zip(values, counts, strict=True) if count == most)]


def _finite(numbers: NDArray[Any]) -> NDArray[Any]:
    if numbers.dtype.kind != "f":
        return numbers
    is_finite = np.isfinite(numbers)
    return numbers if is_finite.all() else numbers[is_finite]


def _warnings(column: TrainingColumn, cells: Cells) -> Iterable[str]:
    present, objects = cells.present, cells.objects
    if objects is not None:
        is_constant = objects.is_constant
    elif isinstance(present, DictionaryColumn):
        is_constant = len(present.values) == 1
    else:
        is_constant = bool((present == present[0]).all())
    if is_constant and not cells.n_missing:
        yield f"column `{column.name}` is constant: the model learned nothing from it"
    if objects is not None and objects.n_unsendable:
        yield (
            f"column `{column.name}` has {objects.n_unsendable} values that no request can send: "
            f"{_UNSENDABLE[objects.dtype]}"
        )
    if isinstance(present, np.ndarray) and (n_infinite := len(present) - len(_finite(present))):
        yield (
            f"column `{column.name}` has {n_infinite} infinite values, which no request can send: "
            "JSON has no infinity"
        )
