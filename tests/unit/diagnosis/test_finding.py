"""A check that breaks is a finding, and never an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from headway.diagnosis.finding import Finding, examined
from headway.errors import HeadwayError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_findings_are_given_as_they_are() -> None:
    found = Finding("home", "ok", "fine")
    assert examined("home", lambda: iter([found])) == [found]


@pytest.mark.parametrize(
    ("error", "measured", "hint"),
    [
        (HeadwayError("it is gone", hint="find it"), "it is gone", "find it"),
        (
            MissingExtraError("native", "this"),
            "this needs the extra `native`",
            'pip install "headway[native]"',
        ),
        (ZeroDivisionError("by zero"), "looking at it raised ZeroDivisionError: by zero", None),
        (
            PermissionError(13, "denied"),
            "looking at it raised PermissionError: [Errno 13] denied",
            None,
        ),
    ],
)
def test_whatever_is_raised_is_a_failed_check(
    error: Exception, measured: str, hint: str | None
) -> None:
    def look() -> Iterator[Finding]:
        yield Finding("home", "ok", "so far")
        raise error

    assert examined("home", look) == [Finding("home", "failed", measured, hint)]


def test_an_interruption_is_none() -> None:
    def look() -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        examined("home", look)
