"""Which requests are begun: no more than can be answered in time.

A short crowd is let wait, because its end is near, and so is a crowd of clients that each wait for their
reply: their queue is as long as they are many, and never fills. A queue that was full and has been long
for `STANDING_S` is an overload, and there every second of waiting is lost on all: from then on no request
queues for longer than four calls of the model take (`SHORT_CALLS`), about what one waits at half of the
load, and the others are told so at once. The event loop has no queue that could fill: there waits that are
long for as long are the overload.

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
# what a queue has to hold for the model to find work whenever it looks
LEAST_QUEUE_S = 0.01
# on a machine that has much else to do, this is waited for nothing at all
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
        self._short_s = self._queue_s = 0.0
        # waits on the event loop, and in the queue
        self._on_loop, self._queued = _Crowd(), _Crowd()
        self._full_s = -math.inf
        self.note_call(call_s)

    def note_call(self, call_s: float) -> None:
        """Note how long a call of the model takes now."""
        self.call_s = call_s
        self._queue_s = self._fixed_s or max(SHORT_CALLS * call_s, LEAST_QUEUE_S)
        self._short_s = self._fixed_s or max(SHORT_CALLS * call_s, LEAST_SHORT_S)

    def enter(self, waited_s: float) -> None:
        """Admit a request; `leave` has to follow.

        Args:
            waited_s: Since its last byte arrived.

        Raises:
            OverloadedError: It waited too long, or too many are being answered.
        """
        if waited_s > self._short_s:
            lasts_s = self._on_loop.note(self._clock.monotonic_s(), self._short_s)
            if self._fixed_s or lasts_s > STANDING_S:
                raise self._too_long(waited_s, self._short_s)
        self.check_concurrency()
        self.n_answering += 1

    def check_concurrency(self) -> None:
        """Raise where as many requests are being answered as may be.

        Raises:
            OverloadedError: They are.
        """
        if self.n_answering >= self._max_concurrency:
            raise self._refusal(
                "concurrency",
                f"{self.n_answering} requests are being answered by `{self._name}`, and no more may",
                self.call_s,
            )

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
            self._full_s = self._clock.monotonic_s()
            self._queued.note(self._full_s, self._queue_s)
            raise self._refusal(
                "queue", f"{n_waiting} requests wait for `{self._name}`, and no more may", wait_s
            )
        self._check_queued(wait_s, self._queue_s)

    def check_begin(self, waited_s: float) -> None:
        """Admit a request to the model that has waited in the queue.

        The thread of the model asks this.

        Raises:
            OverloadedError: It waited too long.
        """
        self._check_queued(waited_s, self._short_s)

    def _check_queued(self, wait_s: float, limit_s: float) -> None:
        if wait_s <= limit_s:
            return
        lasts_s = self._queued.note(self._clock.monotonic_s(), limit_s)
        is_overload = lasts_s > STANDING_S and self._full_s >= self._queued.since_s
        if self._fixed_s or is_overload:
            raise self._too_long(wait_s, limit_s)

    def _too_long(self, wait_s: float, limit_s: float) -> OverloadedError:
        return self._refusal(
            "wait",
            f"a request waits {wait_s * 1000:.0f} ms for `{self._name}`, and no more than "
            f"{limit_s * 1000:.0f} ms is allowed now",
            wait_s,
        )

    def _refusal(self, reason: str, message: str, wait_s: float) -> OverloadedError:
        retry_after_s = float(min(max(1, math.ceil(wait_s)), _LONGEST_RETRY_S))
        return OverloadedError(message, retry_after_s=retry_after_s, reason=reason)


class _Crowd:
    """How long waits have been long without a break.

    Attributes:
        since_s: When the first one of this crowd was noted.
    """

    __slots__ = ("_last_s", "since_s")

    def __init__(self) -> None:
        self.since_s = self._last_s = -math.inf

    def note(self, now_s: float, limit_s: float) -> float:
        """Note a long wait, and return for how long there have been some.

        Args:
            now_s: The time.
            limit_s: What is long: where calls are, waits come further apart.
        """
        if now_s - self._last_s > _GAP_S + limit_s:
            self.since_s = now_s
        self._last_s = now_s
        return now_s - self.since_s
