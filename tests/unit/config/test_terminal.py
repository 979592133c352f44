"""Colours follow no-color.org."""

from __future__ import annotations

import pytest

from headway.config.terminal import allows_color


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
