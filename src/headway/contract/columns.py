"""Checks rows and columns against a contract: arrays at once, lists value by value.

What a column holds once for many rows is checked once.

Invariant: every violation is found before anything is raised, and what comes back is a batch that
keeps the contract.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headway.contract.arrays import ArrayChecker
from headway.contract.findings import Findings, Words, described_for
from headway.contract.notices import Notices
from headway.contract.nullable import NullableIntegers
from headway.contract.row_rules import broken_words, compile_rules
from headway.contract.text import described, kind_of, listed
from headway.contract.values import ValueChecker, Verdict
from headway.core.batch import FeatureBatch
from headway.core.dictionary import DictionaryColumn
from headway.core.dtypes import DType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract
    from headway.contract.row_rules import CompiledRule
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
        self._rules = compile_rules(contract)
        self._is_discreet = any(feature.is_private for feature in contract.features)

    def check_columns(
        self, columns: Mapping[str, Any], notices: Notices | None = None
    ) -> FeatureBatch:
        """Return a batch of columns in the contract's order.

        Args:
            columns: By feature, a list of values with `None` for missing, an array with one value for
                each row, a `DictionaryColumn` or `NullableIntegers`.
            notices: Is told what a policy lets through.

        Raises:
            InvalidInputError: With every violation; one about a whole column names the row where
                the column ends, or row 0.
        """
        report = _Report(Findings(self._contract), notices or Notices(self._contract))
        findings = report.findings
        for name in columns:
            if name not in self._known:
                findings.add(0, len(self._names), "unknown", name)
        usable = self._usable_columns(columns, findings)
        n_rows = _usual_length(usable.values())
        checked = []
        for position, values in usable.items():
            checked.append(self._check_column(position, values, report))
            if len(values) != n_rows:
                words = Words(
                    f"the column has {len(values)} values and the request {n_rows} rows",
                    "every column has one value for each row",
                )
                findings.add(min(len(values), n_rows), position, "length", words)
        if not n_rows and len(usable) == len(self._names):
            findings.add(0, len(self._names), "length", _NO_ROWS)
        if self._rules and len(usable) == len(self._names):
            self._check_rules(checked, findings)
        findings.raise_any()
        return FeatureBatch.from_columns(self._names, checked)

    def check_rows(self, rows: Sequence[Any], notices: Notices | None = None) -> FeatureBatch:
        """Return a batch of rows.

        Args:
            rows: Each a mapping by feature, or a list or tuple of values in the contract's order.
            notices: Is told what a policy lets through.

        Raises:
            InvalidInputError: With every violation.
        """
        report = _Report(Findings(self._contract), notices or Notices(self._contract))
        findings = report.findings
        if not rows:
            findings.add(0, len(self._names), "length", _NO_ROWS)
        table = [self._row_values(i, row, findings) for i, row in enumerate(rows)]
        columns = [
            self._check_list(position, values, report)
            for position, values in enumerate(zip(*table, strict=True))
        ]
        if self._rules:
            self._check_rules(columns, findings)
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
            elif isinstance(values, _COLUMN_TYPES) or self._is_column(position, values):
                usable[position] = values
            else:
                got = described_for(self._contract.features[position], values)
                words = Words(f"expected a list of values, got {got}")
                findings.add(0, position, "type", words)
        return usable

    def _is_column(self, position: int, values: Any) -> bool:
        """Whether this is an array that holds one value of the feature for each row."""
        if not isinstance(values, np.ndarray):
            return False
        is_tensor = self._contract.features[position].dtype is DType.TENSOR
        return values.ndim == 1 or (values.ndim > 1 and is_tensor)

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
            got = kind_of(row) if self._is_discreet else described(row)
            message = f"expected a row, got {got}"
            findings.add(i, n_features, "type", Words(message, _A_ROW))
        return [_ABSENT] * n_features

    def _note_keys(self, i: int, row: Mapping[Any, Any], findings: Findings) -> None:
        for position, name in enumerate(self._names):
            if name not in row:
                findings.add(i, position, "missing")
        for name in row:
            if name not in self._known:
                findings.add(i, len(self._names), "unknown", name)

    def _check_column(self, position: int, values: Any, report: _Report) -> Column:
        if isinstance(values, DictionaryColumn):
            return self._check_dictionary(position, values, report)
        if isinstance(values, NullableIntegers):
            return self._check_nullable(position, values, report)
        if not isinstance(values, np.ndarray):
            return self._check_list(position, values, report)
        checker = self._arrays[position]
        if checker.takes(values):
            return checker.check(values, position, report.findings, report.notices)
        # `tolist` turns a datetime64 of nanoseconds into a plain integer
        scalars = values.tolist() if values.dtype.kind in "biufU" else list(values)
        return self._check_list(position, scalars, report)

    def _check_nullable(self, position: int, column: NullableIntegers, report: _Report) -> Column:
        checker = self._arrays[position]
        if not checker.takes(column.values):
            return self._check_list(position, column.tolist(), report)
        missing = column.is_missing
        canonical = checker.check(column.values, position, *report, missing)
        if canonical.dtype.kind == "f":
            canonical[missing] = np.nan
            return canonical
        return NullableIntegers(canonical, missing).column()

    def _check_dictionary(self, position: int, column: DictionaryColumn, report: _Report) -> Column:
        judge = self._values[position].judge
        column = column.compact()
        verdicts = [judge(value) for value in column.values]
        null = judge(None) if column.has_missing else Verdict(None)
        canonical = column.renamed([verdict.value for verdict in verdicts])
        if not any(verdict.refused or verdict.noted for verdict in (*verdicts, null)):
            return canonical
        read = column.renamed([verdict.read for verdict in verdicts])
        for told, part, values in (
            (report.findings, "refused", canonical),
            (report.notices, "noted", read),
        ):
            broken = [getattr(verdict, part) for verdict in (*verdicts, null)]
            for rule in {rule for rules in broken for rule in rules}:
                is_broken = column.looked_up((rule in rules for rules in broken), np.bool)
                told.add_where(is_broken, position, rule, values)
        # values that were moved may be the same now
        return canonical.tolist() if any(verdict.noted for verdict in verdicts) else canonical

    def _check_list(self, position: int, values: Sequence[Any], report: _Report) -> list[Any]:
        judge = self._values[position].judge
        canonical = []
        for row, value in enumerate(values):
            if value is _ABSENT:
                canonical.append(value)
                continue
            verdict = judge(value)
            for rule in verdict.refused:
                report.findings.add(row, position, rule, verdict.value)
            for rule in verdict.noted:
                report.notices.add(row, position, rule, verdict.read)
            canonical.append(verdict.value)
        return canonical

    def _check_rules(self, columns: Sequence[Column], findings: Findings) -> None:
        """Check the row rules of all rows at once; beside other violations, of those that have none."""
        if len(set(map(len, columns))) > 1:
            return
        batch = FeatureBatch.from_columns(self._names, columns)
        is_sound = not findings.total

        def is_usable(i: int, compiled: CompiledRule) -> bool:
            row = batch.rows()[i]
            return not any(self._values[p].check(row[p])[1] for p in compiled.positions)

        for k, compiled in enumerate(self._rules):
            if is_sound:
                broken = np.flatnonzero(compiled.broken(columns)).tolist()
            else:
                rows = (i for i in range(batch.n_rows) if is_usable(i, compiled))
                broken = [i for i in rows if compiled.breaks(batch.rows()[i])]
            words = functools.partial(self._rule_words, compiled, batch)
            position = len(self._names) + 1 + k
            findings.add_rows(broken, position, compiled.rule.name, words)

    def _rule_words(self, compiled: CompiledRule, batch: FeatureBatch, i: int) -> Words:
        return Words(broken_words(self._contract, compiled, batch.take([i]).rows()[0]))


class _Report(NamedTuple):
    """Where to tell what is refused, and what is let through."""

    findings: Findings
    notices: Notices


def _usual_length(columns: Iterable[Sequence[Any] | NDArray[Any]]) -> int:
    lengths = Counter(len(values) for values in columns)
    return max(lengths, key=lambda length: (lengths[length], length), default=0)
