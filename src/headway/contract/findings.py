"""Collects broken rules while rows are checked, and words those that are listed.

Invariant: however many rules are broken, memory stays bounded, the first ones by row and field are
listed, and the total is exact.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headway.contract.bounds import type_range
from headway.contract.text import described, listed, printable, quoted
from headway.core.dtypes import DType
from headway.core.names import nearest_name
from headway.errors import InvalidInputError, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract, Feature

MAX_LISTED = 100
_ORDER = ("missing", "null", "type", "length", "ge", "gt", "le", "lt", "one_of", "unknown")
_EXPECTED = {
    DType.FLOAT: "a finite number",
    DType.INTEGER: "a whole number of at most 64 bits",
    DType.BOOLEAN: "true or false",
    DType.STRING: "a string",
}


class Words(NamedTuple):
    """What a violation says."""

    message: str
    hint: str | None = None


class Finding(NamedTuple):
    """One broken rule, not worded yet. `position` is the feature's, or `n_features` for others."""

    row: int
    position: int
    rule: str
    subject: Any


class Findings:
    """Broken rules of one request.

    Args:
        contract: What they are broken against.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._listed: list[Finding] = []
        self._n_listed: Counter[int] = Counter()
        self._total = 0

    def add(self, row: int, position: int, rule: str, subject: Any = None) -> None:
        """Note one broken rule. For one position rows come in ascending order.

        Args:
            row: Index of the row.
            position: Position of the feature; the number of features where it is about none.
            rule: The rule.
            subject: The value, for `unknown` the name; or the words of the violation.
        """
        self._total += 1
        if self._n_listed[position] < MAX_LISTED:
            self._n_listed[position] += 1
            self._listed.append(Finding(row, position, rule, subject))

    def add_where(self, broken: NDArray[np.bool], position: int, rule: str, values: Any) -> None:
        """Note a rule that a column breaks where `broken` is true.

        Args:
            broken: Shape (n_rows,).
            position: Position of the feature.
            rule: The rule.
            values: An array, or anything else that gives the value of a row by its index.
        """
        rows = broken.nonzero()[0]
        self._total += len(rows)
        for row in rows[:MAX_LISTED].tolist():
            value = values[row]
            subject = value.item() if isinstance(value, np.generic) else value
            self._listed.append(Finding(row, position, rule, subject))

    def raise_any(self) -> None:
        """Raise what was found.

        Raises:
            InvalidInputError: Anything was; at most `MAX_LISTED` violations are listed.
        """
        if self._total:
            first = sorted(self._listed, key=_by_row)[:MAX_LISTED]
            raise InvalidInputError([self._worded(finding) for finding in first], total=self._total)

    def _worded(self, finding: Finding) -> Violation:
        row, position, rule, subject = finding
        features = self._contract.features
        field = features[position].name if position < len(features) else None
        if isinstance(subject, Words):
            message, hint = subject
        elif field is not None:
            message, hint = worded(features[position], rule, subject)
        else:
            field = printable(str(subject))
            message = f"the model has no feature {quoted(field)}"
            hint = _nearest_hint(field, self._contract.names)
        return Violation(row, field, rule, message, hint)


def worded(feature: Feature, rule: str, value: Any) -> Words:
    """Say that a value of a feature breaks a rule; `value` is of no account where it is missing."""
    return _WORDING[rule](feature, value)


def _by_row(finding: Finding) -> tuple[int, int, int]:
    return finding.row, finding.position, _ORDER.index(finding.rule)


def _missing(feature: Feature, _value: Any) -> Words:
    return Words("the feature is missing", _hint_of_a_value(feature))


def _null(feature: Feature, _value: Any) -> Words:
    declared = feature.constraints.not_null
    reason = "the contract declares `not_null`" if declared else "no training row lacked it"
    return Words(f"null is not allowed: {reason}", _hint_of_a_value(feature))


def _type(feature: Feature, value: Any) -> Words:
    message = f"expected {_expected(feature)}, got {described(value)}"
    return Words(message, _type_hint(feature.dtype, value))


def _expected(feature: Feature) -> str:
    words, dtype = _EXPECTED[feature.dtype], feature.dtype
    if dtype not in (DType.FLOAT, DType.INTEGER):
        return words
    least, greatest = type_range(dtype, feature.storage)
    if (least, greatest) == type_range(dtype):
        return words
    if dtype is DType.INTEGER:
        return f"a whole number from {least} to {greatest}"
    return f"{words} between {least:g} and {greatest:g}"


def _one_of(feature: Feature, value: Any) -> Words:
    allowed = feature.constraints.one_of or ()
    hint = _nearest_hint(value, allowed) if isinstance(value, str) else None
    return Words(f"{quoted(value)} is not one of {listed(allowed)}", hint)


def _limit(rule: str, words: str) -> Callable[[Feature, Any], Words]:
    def worded(feature: Feature, value: Any) -> Words:
        limit = quoted(getattr(feature.constraints, rule))
        return Words(f"{quoted(value)} is not {words} {limit}")

    return worded


_WORDING: dict[str, Callable[[Feature, Any], Words]] = {
    "missing": _missing,
    "null": _null,
    "type": _type,
    "ge": _limit("ge", "at least"),
    "gt": _limit("gt", "above"),
    "le": _limit("le", "at most"),
    "lt": _limit("lt", "below"),
    "one_of": _one_of,
}


def _hint_of_a_value(feature: Feature) -> str | None:
    if feature.accepts_null:
        return "send null where the value is unknown"
    if feature.example is None:
        return None
    return f"every row needs a value, for example {quoted(feature.example)}"


def _nearest_hint(name: str, known: Sequence[Any]) -> str:
    nearest = nearest_name(printable(name), known)
    return f"did you mean {quoted(nearest)}?" if nearest else f"known: {listed(known)}"


def _type_hint(dtype: DType, value: Any) -> str | None:
    if dtype is DType.STRING:
        return "send it in quotes" if isinstance(value, int | float) else None
    if isinstance(value, str):
        return "send it without quotes" if _would_read(dtype, value) else None
    if dtype is DType.BOOLEAN:
        return "send true or false" if value in (0, 1) else None
    return None


def _would_read(dtype: DType, text: str) -> bool:
    if dtype is DType.BOOLEAN:
        return text.strip().lower() in {"true", "false"}
    try:
        float(text)
    except ValueError:
        return False
    return True
