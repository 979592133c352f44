from __future__ import annotations

import pytest

from headway.errors import InvalidInputError, Violation

AGE = Violation(3, "age", "ge", "`17` is not at least `18`", "ask a parent")
ROW = Violation(0, None, "length", "the request has no rows")


@pytest.mark.parametrize(
    ("violations", "total", "message", "hint"),
    [
        ([AGE], None, "row 3, field `age`: `17` is not at least `18`", "ask a parent"),
        ([ROW], None, "row 0: the request has no rows", None),
        ([AGE, ROW], None, "row 3, field `age`: `17` is not at least `18` (and 1 more)", "ask a parent"),
        ([AGE], 5_000, "row 3, field `age`: `17` is not at least `18` (and 4999 more)", "ask a parent"),
    ],
)  # fmt: skip
def test_invalid_input_is_told_by_its_first_violation(
    violations: list[Violation], total: int | None, message: str, hint: str | None
) -> None:
    error = InvalidInputError(violations, total=total)
    assert error.message == message
    assert error.hint == hint
    assert error.violations == tuple(violations)
    assert error.total == (total or len(violations))
    assert InvalidInputError(violations, hint="another").hint == "another"
