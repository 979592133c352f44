"""Identifiers of requests and predictions.

Invariant: an id is 96 bits of the system's random source, used once, and known to no other process.
"""

from __future__ import annotations

import os

_ID_BYTES = 12
_ID_DIGITS = 2 * _ID_BYTES
_BUFFERED_IDS = 256


class IdBuffer:
    """Ids that are ready to be handed out: to ask the system for 12 bytes costs more than all the rest.

    It may be used from any thread, and is emptied in a process that is forked.
    """

    def __init__(self) -> None:
        self._ready: list[str] = []
        os.register_at_fork(after_in_child=self._ready.clear)

    def take(self) -> str:
        """Return an id that nobody else has."""
        try:
            # one step of the interpreter, so that no other thread takes the same one
            return self._ready.pop()
        except IndexError:
            self._ready += new_ids(_BUFFERED_IDS)
            return self.take()


def new_ids(count: int) -> list[str]:
    """Return `count` ids, each as `new_id` makes them, at the price of one."""
    digits = os.urandom(_ID_BYTES * count).hex()
    return [digits[start : start + _ID_DIGITS] for start in range(0, len(digits), _ID_DIGITS)]


new_id = IdBuffer().take
"""Return 96 random bits as 24 hex digits: unguessable, and unique over processes and machines."""
