"""Progress is drawn for a person, and for nobody else."""

from __future__ import annotations

import io

import pytest

from headway.cli.console import Console
from headway.cli.rich import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_step() -> None:
    stream = Terminal()
    with progress(Console(err=stream, color=False)) as on_progress:
        on_progress("lowering the model")
    assert "lowering the model" in stream.getvalue()


@pytest.mark.parametrize(
    "console",
    [
        Console(err=io.StringIO()),
        Console(err=Terminal(), quiet=True),
        Console(err=Terminal(), json=True),
    ],
)
def test_nobody_else_sees_it(console: Console) -> None:
    with progress(console) as on_progress:
        on_progress("lowering the model")
    assert isinstance(console.err, io.StringIO)
    assert console.err.getvalue() == ""
