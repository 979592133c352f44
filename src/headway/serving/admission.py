"""Which requests are begun: no more than can be answered in time.

A short crowd is let wait, because its end is near. A queue that has been long for `STANDING_S` is no
crowd but an overload, and there every second of waiting is lost on all: from then on no request waits
longer than four calls of the model take (`SHORT_CALLS`), and the others are told so at once.

Invariant: what is refused is refused with the reason, and with a time that follows from what was measured.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from headway.errors import OverloadedError

if TYPE_CHECKING:
    from headway.core.clock import Clock
    from headway.serving.plan import Limits

STANDING_S = 1.0
# waits that come further apart belong to two crowds
_GAP_S = 0.25
SHORT_CALLS = 4
LEAST_SHORT_S = 0.05
_LONGEST_RETRY_S = 60
# of the time limit: a call that takes longer answers nobody, and may never end
_HANG_FACTOR = 2
_STUCK_FACTOR = 10
_DEFAULT_HANG_S = 60.0


class Admission:
    """Admits the requests of one release.

    Args:
        name: Of model and version, for messages.
        limits: What is allowed.
        clock: Measures what waits.
        call_s: Seconds that a call of the model takes, as far as is known.

    Attributes:
        n_answering: Requests that are being answered or wait.
        hang_after_s: Seconds after which a call is taken for one that does not end.
        stuck_after_s: Seconds after which nothing is expected of it any more.
    """

    def __init__(self, name: str, limits: Limits, clock: Clock, call_s: float) -> None:
        self.n_answering = 0
        timeout_s = limits.timeout_ms / 1000
        self.hang_after_s = timeout_s * _HANG_FACTOR or _DEFAULT_HANG_S
        self.stuck_after_s = max(timeout_s * _STUCK_FACTOR, _DEFAULT_HANG_S)
        self._name = name
        self._clock = clock
        self._max_waiting = limits.max_waiting
        self._max_concurrency = limits.max_concurrency or math.inf
        self._fixed_s = limits.max_wait_ms / 1000
        self._short_s = 0.0
        self._long_since_s = self._last_long_s = -math.inf
        self.note_call(call_s)

    def note_call(self, call_s: float) -> None:
        """Note how long a call of the model takes now."""
        self.call_s = call_s
        self._short_s = self._fixed_s or max(SHORT_CALLS * call_s, LEAST_SHORT_S)

    def enter(self, waited_s: float) -> None:
        """Admit a request; `leave` has to follow.

        Args:
            waited_s: Since its last byte arrived.

        Raises:
            OverloadedError: It waited too long, or too many are being answered.
        """
        if waited_s > self._short_s:  # asked here as well, which spares nearly every request a call
            self.check_wait(waited_s)
        if self.n_answering >= self._max_concurrency:
            raise self._refusal(
                "concurrency",
                f"{self.n_answering} requests are being answered by `{self._name}`, and no more may",
                self.call_s,
            )
        self.n_answering += 1

    def leave(self) -> None:
        """Note that a request was answered or given up."""
        self.n_answering -= 1

    def check_queue(self, n_waiting: int, wait_s: float, running_s: float) -> None:
        """Admit a request to the queue of the model.

        Args:
            n_waiting: Requests that wait or are running.
            wait_s: How long it would wait there.
            running_s: How long the current call has been running.

        Raises:
            OverloadedError: The queue is full, or would take too long, or does not move.
        """
        if running_s > self.hang_after_s:
            raise self._refusal(
                "stuck",
                f"`{self._name}` has been at one call for {running_s:.1f} s and answers nobody else",
                _LONGEST_RETRY_S,
            )
        if n_waiting >= self._max_waiting:
            raise self._refusal(
                "queue", f"{n_waiting} requests wait for `{self._name}`, and no more may", wait_s
            )
        self.check_wait(wait_s)

    def check_wait(self, wait_s: float) -> None:
        """Admit a request that has waited, or would wait, for so long.

        The thread of the model asks this too.

        Raises:
            OverloadedError: It may not.
        """
        if wait_s <= self._short_s:
            return
        now_s = self._clock.monotonic_s()
        if now_s - self._last_long_s > _GAP_S:
            self._long_since_s = now_s
        self._last_long_s = now_s
        if self._fixed_s or self._is_standing(now_s):
            raise self._too_long(wait_s)

    def _is_standing(self, now_s: float) -> bool:
        is_over = now_s - self._last_long_s > _GAP_S
        return not is_over and self._last_long_s - self._long_since_s > STANDING_S

    def _too_long(self, wait_s: float) -> OverloadedError:
        return self._refusal(
            "wait",
            f"a request waits {wait_s * 1000:.0f} ms for `{self._name}`, and no more than "
            f"{self._short_s * 1000:.0f} ms is allowed now",
            wait_s,
        )

    def _refusal(self, reason: str, message: str, wait_s: float) -> OverloadedError:
        retry_after_s = float(min(max(1, math.ceil(wait_s)), _LONGEST_RETRY_S))
        return OverloadedError(message, retry_after_s=retry_after_s, reason=reason)
