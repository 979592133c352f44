"""Signals that ask a process to end, as something that a selector can wait for."""

from __future__ import annotations

import contextlib
import signal
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING = (signal.SIGTERM, signal.SIGINT)
_CHUNK_BYTES = 64


@contextlib.contextmanager
def ending_signals() -> Iterator[socket.socket]:
    """Catch SIGTERM and SIGINT: each makes the socket that is given readable, for `receive_endings`.

    Call it from the main thread. What was there before is put back at the end.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        theirs.settimeout(0)
        previous_fd = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        previous = {number: signal.signal(number, _do_nothing) for number in _ENDING}
        try:
            yield ours
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(previous_fd)


def receive_endings(signals: socket.socket) -> int:
    """Return how many SIGTERM and SIGINT have come on a readable socket of `ending_signals`."""
    # Python writes the number of every signal that has a handler, whoever set it
    return sum(number in _ENDING for number in signals.recv(_CHUNK_BYTES))


def _do_nothing(_number: int, _frame: object) -> None:
    """Let Python write the number of the signal to the wake-up descriptor."""
