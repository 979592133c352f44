"""Checks rows and columns against a contract: arrays at once, lists value by value.

What a column holds once for many rows is checked once.

Invariant: every violation is found before anything is raised, and what comes back is a batch that
keeps the contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from headway.contract.arrays import ArrayChecker
from headway.contract.findings import Findings, Words
from headway.contract.nullable import NullableIntegers
from headway.contract.text import described, listed
from headway.contract.values import ValueChecker
from headway.core.batch import FeatureBatch
from headway.core.dictionary import DictionaryColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.core.batch import Column

_ABSENT: Any = object()
_COLUMN_TYPES = (list, tuple, DictionaryColumn, NullableIntegers)
_NO_ROWS = Words("the request has no rows")
_A_ROW = "a row is an object of features by name, or a list in the contract's order"


class ColumnChecker:
    """Checks what came as rows or as columns of Python values or arrays.

    Args:
        contract: What is checked against.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._names = contract.names
        self._known = frozenset(self._names)
        self._order_hint = f"the features are, in order, {listed(self._names)}"
        self._values = [ValueChecker(feature) for feature in contract.features]
        self._arrays = [ArrayChecker(feature) for feature in contract.features]

    def check_columns(self, columns: Mapping[str, Any]) -> FeatureBatch:
        """Return a batch of columns in the contract's order.

        Args:
            columns: By feature, a list of values with `None` for missing, a one-dimensional array, a
                `DictionaryColumn` or `NullableIntegers`.

        Raises:
            InvalidInputError: With every violation; one about a whole column names the row where
                the column ends, or row 0.
        """
        findings = Findings(self._contract)
        for name in columns:
            if name not in self._known:
                findings.add(0, len(self._names), "unknown", name)
        usable = self._usable_columns(columns, findings)
        n_rows = _usual_length(usable.values())
        checked = []
        for position, values in usable.items():
            checked.append(self._check_column(position, values, findings))
            if len(values) != n_rows:
                words = Words(
                    f"the column has {len(values)} values and the request {n_rows} rows",
                    "every column has one value for each row",
                )
                findings.add(min(len(values), n_rows), position, "length", words)
        if not n_rows and len(usable) == len(self._names):
            findings.add(0, len(self._names), "length", _NO_ROWS)
        findings.raise_any()
        return FeatureBatch.from_columns(self._names, checked)

    def check_rows(self, rows: Sequence[Any]) -> FeatureBatch:
        """Return a batch of rows.

        Args:
            rows: Each a mapping by feature, or a list or tuple of values in the contract's order.

        Raises:
            InvalidInputError: With every violation.
        """
        findings = Findings(self._contract)
        if not rows:
            findings.add(0, len(self._names), "length", _NO_ROWS)
        table = [self._row_values(i, row, findings) for i, row in enumerate(rows)]
        columns = [
            self._check_list(position, values, findings)
            for position, values in enumerate(zip(*table, strict=True))
        ]
        findings.raise_any()
        return FeatureBatch.from_rows(self._names, list(zip(*columns, strict=True)))

    def _usable_columns(
        self, columns: Mapping[str, Any], findings: Findings
    ) -> dict[int, Sequence[Any] | NDArray[Any]]:
        usable: dict[int, Sequence[Any] | NDArray[Any]] = {}
        for position, name in enumerate(self._names):
            values = columns.get(name, _ABSENT)
            if values is _ABSENT:
                findings.add(0, position, "missing")
            elif isinstance(values, _COLUMN_TYPES) or _is_flat_array(values):
                usable[position] = values
            else:
                words = Words(f"expected a list of values, got {described(values)}")
                findings.add(0, position, "type", words)
        return usable

    def _row_values(self, i: int, row: Any, findings: Findings) -> Sequence[Any]:
        if isinstance(row, Mapping):
            if row.keys() != self._known:
                self._note_keys(i, row, findings)
            return [row.get(name, _ABSENT) for name in self._names]
        n_features = len(self._names)
        if isinstance(row, list | tuple):
            if len(row) == n_features:
                return row
            message = f"the row has {len(row)} values and the model {n_features} features"
            findings.add(i, n_features, "length", Words(message, self._order_hint))
        else:
            message = f"expected a row, got {described(row)}"
            findings.add(i, n_features, "type", Words(message, _A_ROW))
        return [_ABSENT] * n_features

    def _note_keys(self, i: int, row: Mapping[Any, Any], findings: Findings) -> None:
        for position, name in enumerate(self._names):
            if name not in row:
                findings.add(i, position, "missing")
        for name in row:
            if name not in self._known:
                findings.add(i, len(self._names), "unknown", name)

    def _check_column(self, position: int, values: Any, findings: Findings) -> Column:
        if isinstance(values, DictionaryColumn):
            return self._check_dictionary(position, values, findings)
        if isinstance(values, NullableIntegers):
            return self._check_nullable(position, values, findings)
        if not isinstance(values, np.ndarray):
            return self._check_list(position, values, findings)
        checker = self._arrays[position]
        if checker.takes(values):
            return checker.check(values, position, findings)
        # `tolist` turns a datetime64 of nanoseconds into a plain integer
        scalars = values.tolist() if values.dtype.kind in "biufU" else list(values)
        return self._check_list(position, scalars, findings)

    def _check_nullable(
        self, position: int, column: NullableIntegers, findings: Findings
    ) -> Column:
        checker = self._arrays[position]
        if not checker.takes(column.values):
            return self._check_list(position, column.tolist(), findings)
        canonical = checker.check(column.values, position, findings, column.is_missing)
        if canonical.dtype.kind == "f":
            canonical[column.is_missing] = np.nan
            return canonical
        return NullableIntegers(canonical, column.is_missing).column()

    def _check_dictionary(
        self, position: int, column: DictionaryColumn, findings: Findings
    ) -> DictionaryColumn:
        check = self._values[position].check
        column = column.compact()
        checked = [check(value) for value in column.values]
        _, broken_by_null = check(None)
        verdicts = [broken for _, broken in checked]
        verdicts.append(broken_by_null if column.is_missing.any() else ())
        canonical = DictionaryColumn(column.codes, [value for value, _ in checked])
        for rule in {rule for broken in verdicts for rule in broken}:
            is_broken = column.looked_up((rule in broken for broken in verdicts), np.bool)
            findings.add_where(is_broken, position, rule, canonical)
        return canonical

    def _check_list(self, position: int, values: Sequence[Any], findings: Findings) -> list[Any]:
        check = self._values[position].check
        canonical = []
        for row, value in enumerate(values):
            if value is not _ABSENT:
                value, broken = check(value)  # noqa: PLW2901
                for rule in broken:
                    findings.add(row, position, rule, value)
            canonical.append(value)
        return canonical


def _is_flat_array(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.ndim == 1


def _usual_length(columns: Iterable[Sequence[Any] | NDArray[Any]]) -> int:
    lengths = Counter(len(values) for values in columns)
    return max(lengths, key=lambda length: (lengths[length], length), default=0)
