from __future__ import annotations

import pytest

from headway.registry.reason import described, first_line


@pytest.mark.parametrize(
    ("error", "line", "description"),
    [
        (ValueError("one\ntwo"), "one", "ValueError: one"),
        (ValueError("\n  one  \ntwo"), "one", "ValueError: one"),
        (ValueError(""), "ValueError", "ValueError"),
        (TimeoutError(), "TimeoutError", "TimeoutError"),
        (KeyError("age"), "'age'", "KeyError: 'age'"),
        (OSError(2, "gone", "x"), "[Errno 2] gone: 'x'", "FileNotFoundError: [Errno 2] gone: 'x'"),
    ],
)
def test_one_line_is_left(error: Exception, line: str, description: str) -> None:
    assert first_line(error) == line
    assert described(error) == description


def test_text_is_taken_too() -> None:
    assert first_line("one\ntwo") == "one"
