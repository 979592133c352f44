"""Colours follow no-color.org."""

from __future__ import annotations

import pytest

from headway.config.terminal import allows_color, is_completing


@pytest.mark.parametrize(
    ("environ", "allowed"),
    [
        ({}, True),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_no_color_is_respected(environ: dict[str, str], allowed: bool) -> None:
    assert allows_color(environ) is allowed


def test_the_process_environment_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert allows_color() is False


def test_a_shell_that_completes_says_so() -> None:
    assert is_completing({"_HEADWAY_COMPLETE": "bash_complete"})
    assert not is_completing({"HEADWAY_HOME": "/home"})
    assert not is_completing({"_HEADWAY_COMPLETE": ""})
