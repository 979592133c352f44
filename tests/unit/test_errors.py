from __future__ import annotations

import inspect
import re

import pytest

from headway import errors
from headway.errors import (
    HeadwayError,
    InvalidInputError,
    MissingExtraError,
    OverloadedError,
    ParityError,
    Violation,
)


def subclasses(root: type[HeadwayError]) -> list[type[HeadwayError]]:
    children = root.__subclasses__()
    return children + [below for child in children for below in subclasses(child)]


# those that other modules define, for tests or for their own use, are not of the public tree
CLASSES = [one for one in subclasses(HeadwayError) if one.__module__ == errors.__name__]


def test_the_tree_in_the_documentation_is_the_tree() -> None:
    documented: list[tuple[str, str]] = []
    above = {-1: "HeadwayError"}
    for line in inspect.getdoc(errors).split("\n"):  # type: ignore[union-attr]
        found = re.match(r"\s*([│ ]*)[├└] (\w+)", line)
        if found:
            depth = found[1].count("│")
            above[depth] = found[2]
            documented.append((found[2], above[depth - 1]))
    real = [(one.__name__, one.__bases__[0].__name__) for one in CLASSES]
    assert sorted(documented) == sorted(real)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_error_has_a_code_and_words_of_its_own(error: type[HeadwayError]) -> None:
    assert re.fullmatch(r"[a-z]+(\.[a-z_]+)+", error.code) or error.code == "error"
    assert [other for other in CLASSES if other.code == error.code] == [error]
    assert error.__name__.endswith("Error")
    assert error.__doc__


def test_an_error_carries_its_message_and_its_hint() -> None:
    error = errors.ConfigError("`port` is 0", hint="use 8000")
    assert str(error) == error.message == "`port` is 0"
    assert error.hint == "use 8000"
    assert errors.ConfigError("x").hint is None


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


def test_errors_keep_what_a_caller_acts_on() -> None:
    extra = MissingExtraError("arrow", "reading Arrow")
    assert extra.extra == "arrow"
    assert extra.message == "reading Arrow needs the extra `arrow`"
    assert extra.hint == 'pip install "headway[arrow]"'
    assert OverloadedError("full", retry_after_s=0.5).retry_after_s == 0.5
    parity = ParityError("differs", max_abs_difference=0.1, tolerance=1e-12, row=7)
    assert (parity.max_abs_difference, parity.tolerance, parity.row) == (0.1, 1e-12, 7)
