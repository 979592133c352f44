"""Collects broken rules while rows are checked, and words those that are listed.

Invariant: however many rules are broken, memory stays bounded, the first ones by row and field are
listed, and the total is exact.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from headway.contract.bounds import type_range
from headway.contract.decimals import MAX_DIGITS, digits_of
from headway.contract.rules import MAX_MATCHED_CHARS, value_rules
from headway.contract.temporal import time_span
from headway.contract.tensors import element_feature, elements, first_fault, shown_position
from headway.contract.text import described, kind_of, listed, printable, quoted
from headway.contract.values import feature_reader
from headway.core.dtypes import DType
from headway.core.names import nearest_name
from headway.errors import InvalidInputError, Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from headway.contract.model import Contract, Feature

MAX_LISTED = 100
# Every rule with what a value did that broke it, in the order in which violations of one field are listed.
RULES = {
    "missing": "has no key in the row; send `null` where the value is unknown",
    "null": "is missing, and the feature does not take that",
    "type": "has another type, or is a number that the feature's type cannot hold",
    "length": "stands in a row or column of another length than expected",
    "ge": "is below the least allowed value",
    "gt": "is not above the declared bound",
    "le": "is above the greatest allowed value",
    "lt": "is not below the declared bound",
    "multiple_of": "is no whole multiple of the declared number",
    "one_of": "is none of the declared ones, or of those that the model knows",
    "regex": "does not match the declared pattern from its first to its last character",
    "min_length": "has fewer characters than declared",
    "max_length": "has more characters than declared",
    "unique_items": "is a vector that holds an item twice",
    "validator": "is refused by the pydantic model that was registered as contract, in its own words",
    "unknown": "belongs to no feature",
}
_ORDER = {rule: rank for rank, rule in enumerate(RULES)}
_EXPECTED = {
    DType.FLOAT: "a finite number",
    DType.INTEGER: "a whole number of at most 64 bits",
    DType.BOOLEAN: "true or false",
    DType.STRING: "a string",
    DType.DECIMAL: f"a decimal number of at most {MAX_DIGITS} digits",
    DType.DATE: "a date",
    DType.TIME: "a time of day",
    DType.DATETIME: "a date-time",
}
_WRITTEN = {
    DType.DATE: "2026-01-31",
    DType.TIME: "09:30:00",
    DType.DATETIME: "2026-01-31T09:30:00",
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

    Attributes:
        total: How many were found.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._listed: list[Finding] = []
        self._n_listed: Counter[int] = Counter()
        self.total = 0

    def add(self, row: int, position: int, rule: str, subject: Any = None) -> None:
        """Note one broken rule. For one position rows come in ascending order.

        Args:
            row: Index of the row.
            position: Position of the feature; the number of features where it is about none.
            rule: The rule.
            subject: The value, for `unknown` the name; or the words of the violation.
        """
        self.total += 1
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
        self.total += len(rows)
        for row in rows[:MAX_LISTED].tolist():
            self._listed.append(Finding(row, position, rule, _subject(values[row])))

    def add_rows(
        self, rows: Sequence[int], position: int, rule: str, words: Callable[[int], Words]
    ) -> None:
        """Note one rule that rows break; `words` says what is wrong with one of them."""
        for row in rows[:MAX_LISTED]:
            self.add(row, position, rule, words(row))
        self.total += max(len(rows) - MAX_LISTED, 0)

    def raise_any(self) -> None:
        """Raise what was found.

        Raises:
            InvalidInputError: Anything was; at most `MAX_LISTED` violations are listed.
        """
        if self.total:
            violations = [self._worded(finding) for finding in self.first()]
            raise InvalidInputError(violations, total=self.total)

    def first(self) -> Sequence[Finding]:
        """Return at most `MAX_LISTED` of what was found, by row and feature."""
        return sorted(self._listed, key=_by_row)[:MAX_LISTED]

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
    if feature.dtype is DType.TENSOR and rule not in {"missing", "null", "unique_items"}:
        return _of_an_element(feature, rule, value)
    return _WORDING[rule](feature, value)


def described_for(feature: Feature, value: Any) -> str:
    """Return what was sent for a feature: of a private one the kind of value only."""
    return kind_of(value) if feature.is_private else described(value)


def _shown(feature: Feature, value: Any) -> str:
    return "the value" if feature.is_private else quoted(value)


def _of_an_element(feature: Feature, rule: str, value: Any) -> Words:
    """Say which part of a tensor is the first to break a rule."""
    element = element_feature(feature)
    if rule == "type":
        fault = first_fault(feature.shape, feature_reader(element), value)
        position, part, length = fault or ((), value, None)
        if fault is None or length is not None:
            return _wrong_list(feature, shown_position(position), part, length)
    else:
        allows = next(known.allows for known in value_rules(element) if known.name == rule)
        cells = elements(value, feature.shape)
        position, part = next((where, number) for where, number in cells if not allows(number))
    message, hint = _WORDING[rule](element, part)
    return Words(f"at `{shown_position(position)}`: {message}", hint)


def _wrong_list(feature: Feature, where: str, part: Any, length: int | None) -> Words:
    hint = f"every value is nested lists of the shape {quoted(list(feature.shape))}"
    if length is None:
        return Words(f"expected numbers, got {described_for(feature, part)}", hint)
    is_list = isinstance(part, list | tuple)
    got = f"a list of {len(part)}" if is_list else described_for(feature, part)
    prefix = f"at `{where}`: " if where else ""
    return Words(f"{prefix}expected a list of {length}, got {got}", hint)


def _subject(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _by_row(finding: Finding) -> tuple[int, int, int]:
    return finding.row, finding.position, _ORDER.get(finding.rule, len(_ORDER))


def _missing(feature: Feature, _value: Any) -> Words:
    return Words("the feature is missing", _hint_of_a_value(feature))


def _null(feature: Feature, _value: Any) -> Words:
    declared = feature.constraints.not_null
    reason = "the contract declares `not_null`" if declared else "no training row lacked it"
    return Words(f"null is not allowed: {reason}", _hint_of_a_value(feature))


def _type(feature: Feature, value: Any) -> Words:
    message = f"expected {_expected(feature)}, got {described_for(feature, value)}"
    return Words(message, _type_hint(feature, value))


def _expected(feature: Feature) -> str:
    words, dtype = _EXPECTED[feature.dtype], feature.dtype
    if dtype in _WRITTEN:
        return words + _expected_time(feature)
    if dtype is DType.DECIMAL:
        return _expected_decimal(feature, words)
    if dtype not in (DType.FLOAT, DType.INTEGER):
        return words
    least, greatest = type_range(dtype, feature.storage)
    if (least, greatest) != type_range(dtype):
        is_whole = dtype is DType.INTEGER
        tail = f"between {least:g} and {greatest:g}"
        words = f"a whole number from {least} to {greatest}" if is_whole else f"{words} {tail}"
    return words


def _expected_decimal(feature: Feature, words: str) -> str:
    digits = digits_of(feature.storage)
    if digits is None:
        return words
    precision, scale = digits
    return (
        f"a decimal number of at most {precision} digits, {max(scale, 0)} of them after the point"
    )


def _expected_time(feature: Feature) -> str:
    if feature.dtype is DType.DATE:
        return ""
    words = " with an offset from UTC" if feature.is_zoned else " without an offset"
    widest, span = time_span(""), time_span(feature.storage)
    if span.step_us != widest.step_us:
        words += ", in whole seconds" if span.step_us > 1_000 else ", in whole milliseconds"  # noqa: PLR2004
    if span.least != widest.least:
        words += f" from {span.least:%Y-%m-%d} to {span.greatest:%Y-%m-%d}"
    return words


def _one_of(feature: Feature, value: Any) -> Words:
    allowed = feature.constraints.one_of or ()
    is_named = isinstance(value, str) and not feature.is_private
    hint = _nearest_hint(value, allowed) if is_named else None
    return Words(f"{_shown(feature, value)} is not one of {listed(allowed)}", hint)


def _limit(rule: str, words: str) -> Callable[[Feature, Any], Words]:
    def worded(feature: Feature, value: Any) -> Words:
        limit = quoted(getattr(feature.constraints, rule))
        return Words(f"{_shown(feature, value)} is not {words} {limit}")

    return worded


def _length(rule: str, words: str) -> Callable[[Feature, Any], Words]:
    def worded(feature: Feature, value: Any) -> Words:
        most = getattr(feature.constraints, rule)
        return Words(f"{_shown(feature, value)} does not have {words} {most} characters")

    return worded


def _regex(feature: Feature, value: Any) -> Words:
    if len(value) > MAX_MATCHED_CHARS:
        return Words(f"the value has more than {MAX_MATCHED_CHARS} characters")
    patterns = " and ".join(f"`{pattern}`" for pattern in feature.constraints.regex)
    return Words(f"{_shown(feature, value)} does not match {patterns} from end to end")


def _unique_items(_feature: Feature, _value: Any) -> Words:
    return Words("the vector holds an item twice")


_WORDING: dict[str, Callable[[Feature, Any], Words]] = {
    "missing": _missing,
    "null": _null,
    "type": _type,
    "ge": _limit("ge", "at least"),
    "gt": _limit("gt", "above"),
    "le": _limit("le", "at most"),
    "lt": _limit("lt", "below"),
    "one_of": _one_of,
    "multiple_of": _limit("multiple_of", "a multiple of"),
    "min_length": _length("min_length", "at least"),
    "max_length": _length("max_length", "at most"),
    "regex": _regex,
    "unique_items": _unique_items,
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


def _type_hint(feature: Feature, value: Any) -> str | None:
    if feature.dtype in _WRITTEN:
        return f"send it as `{_WRITTEN[feature.dtype]}{'Z' * feature.is_zoned}`"
    if feature.dtype is DType.DECIMAL:
        return 'send a number, or a string that holds one: `"19.90"`'
    return _plain_type_hint(feature.dtype, value)


def _plain_type_hint(dtype: DType, value: Any) -> str | None:
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
