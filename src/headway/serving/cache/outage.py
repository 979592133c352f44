"""Whether something that may fail is to be asked, and what is said about it.

Invariant: of an outage there is one warning and one line of its end, however many requests meet it; while
it lasts, one request in `BREAK_S` tries.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.core.clock import Clock

# one that does not answer costs a request its whole timeout, and 20 ms a second is little
BREAK_S = 1.0
_logger = logging.getLogger("headway.cache")


class Outage:
    """Remembers whether something fails.

    Args:
        what: What is asked, as the log says it; no secret.
        clock: Measures the break.
    """

    __slots__ = ("_clock", "_next_try_s", "_what")

    def __init__(self, what: str, clock: Clock) -> None:
        self._what = what
        self._clock = clock
        # None: it works, as far as is known
        self._next_try_s: float | None = None

    def may_try(self) -> bool:
        """Whether to ask now; the one who is told so in an outage tries for all."""
        if self._next_try_s is None:
            return True
        now_s = self._clock.monotonic_s()
        if now_s < self._next_try_s:
            return False
        self._next_try_s = now_s + BREAK_S
        return True

    def note_success(self) -> None:
        """Note that it has answered."""
        if self._next_try_s is not None:
            self._next_try_s = None
            # the log of a server takes no less
            _logger.warning("%s works again", self._what)

    def note_failure(self, error: Exception) -> None:
        """Note that it has failed. What the error says is not repeated: it may hold an address."""
        if self._next_try_s is None:
            reason = type(error).__name__
            _logger.warning(
                "%s does not work (%s); predictions are computed instead", self._what, reason
            )
        self._next_try_s = self._clock.monotonic_s() + BREAK_S
