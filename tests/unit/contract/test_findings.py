from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from headway.contract.findings import MAX_LISTED, Findings, Words
from headway.contract.findings import worded as words_of
from headway.core.dtypes import DType
from headway.errors import InvalidInputError, Violation
from unit.contract.strategies import contract_of, feature

AGE = msgspec.structs.replace(
    feature("age", DType.INTEGER, ge=18, gt=17.5, le=120, lt=121), example=41
)
PURPOSE = feature("purpose", DType.STRING, nullable=True, one_of=("car", "radio", "education"))
AMOUNT = feature("amount", DType.FLOAT, nullable=True, not_null=True)
OWNER = feature("owner", DType.BOOLEAN)
CONTRACT = contract_of(AGE, PURPOSE, AMOUNT, OWNER)


def worded(position: int, rule: str, subject: Any = None) -> Violation:
    findings = Findings(CONTRACT)
    findings.add(3, position, rule, subject)
    with pytest.raises(InvalidInputError) as caught:
        findings.raise_any()
    (violation,) = caught.value.violations
    assert violation.row == 3
    assert violation.rule == rule
    return violation


@pytest.mark.parametrize(
    ("position", "rule", "value", "message", "hint"),
    [
        (0, "missing", None, "the feature is missing", "every row needs a value, for example `41`"),
        (1, "missing", None, "the feature is missing", "send null where the value is unknown"),
        (3, "missing", None, "the feature is missing", None),
        (
            0,
            "null",
            None,
            "null is not allowed: no training row lacked it",
            "every row needs a value, for example `41`",
        ),
        (2, "null", None, "null is not allowed: the contract declares `not_null`", None),
        (0, "ge", 17, "`17` is not at least `18`", None),
        (0, "gt", 17, "`17` is not above `17.5`", None),
        (0, "le", 121, "`121` is not at most `120`", None),
        (0, "lt", 121, "`121` is not below `121`", None),
        (
            1,
            "one_of",
            "cra",
            "`cra` is not one of `car`, `radio`, `education`",
            "did you mean `car`?",
        ),
        (
            1,
            "one_of",
            "zzz",
            "`zzz` is not one of `car`, `radio`, `education`",
            "known: `car`, `radio`, `education`",
        ),
    ],
)
def test_a_rule_says_what_was_sent_and_what_is_allowed(
    position: int, rule: str, value: Any, message: str, hint: str | None
) -> None:
    violation = worded(position, rule, value)
    assert violation.field == CONTRACT.names[position]
    assert violation.message == message
    assert violation.hint == hint


@pytest.mark.parametrize(
    ("position", "value", "message", "hint"),
    [
        (
            0,
            "41",
            "expected a whole number of at most 64 bits, got the string `41`",
            "send it without quotes",
        ),
        (0, "old", "expected a whole number of at most 64 bits, got the string `old`", None),
        (0, 5.5, "expected a whole number of at most 64 bits, got the number `5.5`", None),
        (2, float("inf"), "expected a finite number, got the number `inf`", None),
        (2, True, "expected a finite number, got the boolean `true`", None),
        (1, 5, "expected a string, got the number `5`", "send it in quotes"),
        (1, ["car"], "expected a string, got a list", None),
        (3, 1, "expected true or false, got the number `1`", "send true or false"),
        (3, "True", "expected true or false, got the string `True`", "send it without quotes"),
        (3, 7, "expected true or false, got the number `7`", None),
    ],
)
def test_a_wrong_type_says_what_is_expected(
    position: int, value: Any, message: str, hint: str | None
) -> None:
    violation = worded(position, "type", value)
    assert violation.message == message
    assert violation.hint == hint


@pytest.mark.parametrize(
    ("dtype", "storage", "value", "message"),
    [
        (DType.INTEGER, "int8", 200, "expected a whole number from -128 to 127, got the number `200`"),
        (DType.INTEGER, "UInt8", -1, "expected a whole number from 0 to 255, got the number `-1`"),
        (
            DType.FLOAT,
            "float32",
            1e300,
            "expected a finite number between -3.40282e+38 and 3.40282e+38, got the number `1e+300`",
        ),
        (
            DType.FLOAT,
            "float16",
            65520.0,
            "expected a finite number between -65520 and 65520, got the number `65520`",
        ),
    ],
)  # fmt: skip
def test_a_number_beyond_the_column_comes_with_its_range(
    dtype: DType, storage: str, value: Any, message: str
) -> None:
    findings = Findings(contract_of(feature("a", dtype, storage=storage)))
    findings.add(0, 0, "type", value)
    with pytest.raises(InvalidInputError) as caught:
        findings.raise_any()
    assert caught.value.violations[0].message == message


def test_an_unknown_name_comes_with_the_nearest_one() -> None:
    violation = worded(4, "unknown", "Amount")
    assert violation.field == "Amount"
    assert violation.message == "the model has no feature `Amount`"
    assert violation.hint == "did you mean `amount`?"


def test_an_unknown_name_that_resembles_none_comes_with_all() -> None:
    assert worded(4, "unknown", "zzz").hint == "known: `age`, `purpose`, `amount`, `owner`"


def test_an_unknown_name_that_nobody_can_print_is_cut_and_escaped() -> None:
    field = worded(4, "unknown", "\ud800" + "a" * 1_000_000).field
    assert field is not None
    assert field.startswith("\\ud800aaa")
    assert len(field) < 100


def test_given_words_stand() -> None:
    violation = worded(4, "length", Words("too short", "make it longer"))
    assert violation == Violation(3, None, "length", "too short", "make it longer")


def test_nothing_found_raises_nothing() -> None:
    Findings(CONTRACT).raise_any()


def test_violations_are_listed_by_row_then_by_field() -> None:
    findings = Findings(CONTRACT)
    for row, position in ((1, 0), (5, 0), (0, 2), (1, 2), (1, 1)):
        findings.add(row, position, "missing")
    with pytest.raises(InvalidInputError) as caught:
        findings.raise_any()
    assert [(v.row, v.field) for v in caught.value.violations] == [
        (0, "amount"),
        (1, "age"),
        (1, "purpose"),
        (1, "amount"),
        (5, "age"),
    ]


@pytest.mark.parametrize("by_array", [False, True])
def test_many_violations_are_counted_and_the_first_are_listed(by_array: bool) -> None:
    n_rows = 10 * MAX_LISTED
    findings = Findings(CONTRACT)
    for position in (2, 0):
        if by_array:
            findings.add_where(np.full(n_rows, fill_value=True), position, "ge", np.arange(n_rows))
        else:
            for row in range(n_rows):
                findings.add(row, position, "missing")
    with pytest.raises(InvalidInputError) as caught:
        findings.raise_any()
    assert caught.value.total == 2 * n_rows
    expected = [(row, name) for row in range(MAX_LISTED) for name in ("age", "amount")]
    listed = [(v.row, v.field) for v in caught.value.violations]
    assert listed == expected[:MAX_LISTED]


@pytest.mark.parametrize("is_private", [True, False])
@pytest.mark.parametrize(
    ("dtype", "rule", "constraints", "value"),
    [
        (DType.STRING, "type", {}, 7731),
        (DType.FLOAT, "type", {}, "7731"),
        (DType.FLOAT, "ge", {"ge": 9000}, 7731.0),
        (DType.STRING, "one_of", {"one_of": ("7732",)}, "7731"),
        (DType.FLOAT, "multiple_of", {"multiple_of": 2.0}, 7731.0),
        (DType.STRING, "regex", {"regex": ("[a-z]",)}, "7731"),
        (DType.STRING, "min_length", {"min_length": 9}, "7731"),
        (DType.STRING, "max_length", {"max_length": 2}, "7731"),
    ],
)
def test_a_violation_shows_a_value_unless_it_is_private(
    dtype: DType, rule: str, constraints: dict[str, Any], value: Any, *, is_private: bool
) -> None:
    words = words_of(feature("a", dtype, is_private=is_private, **constraints), rule, value)
    assert ("7731" in f"{words.message} {words.hint}") is not is_private


def test_a_string_that_is_too_long_for_a_pattern_is_not_shown() -> None:
    code = feature("a", DType.STRING, regex=("[a-z]*",))
    assert (
        words_of(code, "regex", "a" * 10_001).message == "the value has more than 10000 characters"
    )


TENSOR = {"storage": "object", "shape": (2, 2), "element": "float64"}
MILLISECONDS = {"storage": "datetime64[ms]"}
NANOSECONDS = {"storage": "datetime64[ns, UTC]", "is_zoned": True}


@pytest.mark.parametrize(
    ("dtype", "fields", "value", "message", "hint"),
    [
        (DType.DATE, None, "31.01.2026", "expected a date, got the string `31.01.2026`", "`2026-01-31`"),
        (DType.TIME, None, 5, "expected a time of day without an offset, got the number `5`", "`09:30:00`"),
        (DType.DATETIME, MILLISECONDS, "x", "a date-time without an offset, in whole milliseconds, got", "`2026-01-31T09:30:00`"),
        (DType.DATETIME, NANOSECONDS, None, "with an offset from UTC from 1677-09-22 to 2262-04-10, got", "`2026-01-31T09:30:00Z`"),
        (DType.DECIMAL, None, [], "expected a decimal number of at most 38 digits, got a list", '`"19.90"`'),
        (DType.TENSOR, TENSOR, 5, "expected a list of 2, got the number `5`", "the shape `[2, 2]`"),
        (DType.TENSOR, TENSOR, [[1, 2], [3]], "at `[1]`: expected a list of 2, got a list of 1", "the shape"),
        (DType.TENSOR, TENSOR, [[1, 2], [3, "4"]], "at `[1][1]`: expected a finite number, got the string `4`", "without quotes"),
    ],
)  # fmt: skip
def test_what_a_type_expects_is_said_and_shown(
    dtype: DType, fields: Any, value: Any, message: str, hint: str
) -> None:
    words = words_of(feature("a", dtype, fields=fields), "type", value)
    assert message in words.message
    assert hint in (words.hint or "")


def test_the_element_that_breaks_a_rule_is_named() -> None:
    limited = feature("a", DType.TENSOR, fields=TENSOR, ge=0, one_of=(0, 1, -1))
    assert (
        words_of(limited, "ge", [[0, 1], [-1, 1]]).message
        == "at `[1][0]`: `-1` is not at least `0`"
    )
    assert words_of(limited, "one_of", [[0, 5], [1, 1]]).message.startswith(
        "at `[0][1]`: `5` is not"
    )
