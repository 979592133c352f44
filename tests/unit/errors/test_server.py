from __future__ import annotations

from headway.errors import OverloadedError


def test_overload_says_when_to_come_back() -> None:
    error = OverloadedError("full", retry_after_s=0.5, hint="wait")
    assert (error.message, error.retry_after_s, error.hint) == ("full", 0.5, "wait")
