"""Shows on a terminal what a long command is doing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.cli.console import Console


@contextlib.contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None]]:
    """Give what is to be called with each step before it begins; silent unless a person watches.

    Args:
        console: Its stderr is drawn on.
    """
    if not console.is_interactive:
        yield lambda _step: None
        return
    import rich.console  # noqa: PLC0415 - most runs draw nothing

    terminal = rich.console.Console(file=console.err, stderr=True, no_color=not console.color)
    with terminal.status("starting") as status:
        yield status.update
