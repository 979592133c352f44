"""A thread that empties a buffer a little after something was put into it.

Invariant: it sleeps while there is nothing to do, and what is in the buffer at the end is taken out.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CLOSE_TIMEOUT_S = 5.0


class Drain:
    """Calls `empty` from a thread of its own.

    Args:
        name: Of the thread.
        interval_s: How long what follows is let come, so that it goes the same way at once.
        empty: Takes out what is there. It may take its time, and must not raise.
    """

    def __init__(self, name: str, interval_s: float, empty: Callable[[], None]) -> None:
        self._interval_s = interval_s
        self._empty = empty
        self._is_signalled = False
        self._wakeup = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def notify(self) -> None:
        """Say that something was put in. It is cheap, and may be called from any thread."""
        if not self._is_signalled:
            self._is_signalled = True
            self._wakeup.set()

    def close(self) -> None:
        """Take out the rest and end the thread; give up where that takes longer than 5 s."""
        self._closing.set()
        self._wakeup.set()
        self._thread.join(_CLOSE_TIMEOUT_S)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wakeup.wait()
            self._closing.wait(self._interval_s)
            self._wakeup.clear()
            self._is_signalled = False
            self._empty()
        self._empty()
