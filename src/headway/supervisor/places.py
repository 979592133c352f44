"""One worker's place in a server: who fills it now, and when it is filled again after a crash."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from headway.monitoring.slots import SlotState
from headway.serving.control import WorkerStatus
from headway.supervisor.messages import Begin

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from headway.core.clock import Clock
    from headway.errors import HeadwayError
    from headway.monitoring.slots import SlotView
    from headway.serving.control import WorkerState
    from headway.supervisor.child import ChildProcess
    from headway.supervisor.messages import Report

FIRST_DELAY_S = 0.1
LONGEST_DELAY_S = 10.0
# a worker that answered for so long did not crash because of its start
STABLE_S = 10.0
_MAX_DOUBLINGS = 10
# for the end of a process that has closed its channel: the supervisor looks after nobody else meanwhile
GONE_TIMEOUT_S = 0.5


class Backoff:
    """How long to wait before something that has ended is started again.

    Args:
        clock: Measures how long it was well.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._n_crashes = 0
        self._ready_s: float | None = None
        self.n_failed_starts = 0

    def note_ready(self) -> None:
        """Note that it is well."""
        self._ready_s = self._clock.monotonic_s()

    def delay_s(self) -> float:
        """Note that it has ended, and return how long to wait: nothing, if it was well for long."""
        ready_s, self._ready_s = self._ready_s, None
        if ready_s is None:
            self.n_failed_starts += 1
        else:
            self.n_failed_starts = 0
            if self._clock.monotonic_s() - ready_s >= STABLE_S:
                self._n_crashes = 0
                return 0.0
        delay_s: float = min(FIRST_DELAY_S * 2**self._n_crashes, LONGEST_DELAY_S)
        self._n_crashes = min(self._n_crashes + 1, _MAX_DOUBLINGS)
        return delay_s


class Place:
    """The place of one worker.

    Args:
        number: Of its slot.
        slot: What the worker notes of itself.
        start: Starts a worker in the slot of that number.
        clock: Measures how long workers live.

    Attributes:
        number: As given.
        slot: As given.
        child: The worker; `None` while the place is empty.
        is_ready: Whether the worker answers.
        was_ready: Whether any worker of this place has ever answered.
        failure: Why the last worker could not start, in its own words.
        revision: Of the plan that the worker answers by, 0 for none.
        start_s: When an empty place is to be filled, on the monotonic clock.
        last_end: How the worker before ended.
    """

    def __init__(
        self,
        number: int,
        slot: SlotView,
        start: Callable[[int], ChildProcess[Report]],
        clock: Clock,
    ) -> None:
        self.number = number
        self.child: ChildProcess[Report] | None = None
        self.is_ready = self.was_ready = False
        self.failure: HeadwayError | None = None
        self.revision = 0
        self.start_s = -math.inf
        self.last_end = ""
        self._n_starts = 0
        self.slot = slot
        self._start = start
        self._clock = clock
        self._backoff = Backoff(clock)
        self._begun_revision = 0

    @property
    def n_failed_starts(self) -> int:
        """How many workers in a row have ended here before they answered."""
        return self._backoff.n_failed_starts

    def fill(self, begin: Begin) -> ChildProcess[Report] | None:
        """Start a worker, and tell it what to serve; `None` where the system lets none be started."""
        try:
            self.child = self._start(self.number)
        except OSError as error:
            self.last_end = f"could not be started: {error.strerror or error}"
            self.start_s = self._clock.monotonic_s() + self._backoff.delay_s()
            return None
        self._n_starts += 1
        self.slot.n_restarts = self._n_starts - 1
        self._begun_revision = begin.plan.revision
        self.failure = None
        self.child.reports.send(begin)
        return self.child

    def tell(self, order: msgspec.Struct) -> None:
        """Give the worker an order, if there is one."""
        if self.child is not None:
            self.child.reports.send(order)

    def note_ready(self) -> None:
        """Note that the worker answers."""
        self.is_ready = self.was_ready = True
        self.revision = self._begun_revision
        self._backoff.note_ready()

    def bury(self) -> float:
        """Note that the worker is gone, and return how long the place is to stay empty."""
        assert self.child is not None  # noqa: S101 (for mypy)
        self.last_end = self.child.end(GONE_TIMEOUT_S)
        self.child, self.is_ready, self.revision = None, False, 0
        self.slot.state = SlotState.EMPTY
        self.slot.n_connections = 0
        delay_s = self._backoff.delay_s()
        self.start_s = self._clock.monotonic_s() + delay_s
        return delay_s

    def status(self, *, is_draining: bool) -> WorkerStatus:
        """Return how the worker is."""
        return WorkerStatus(
            slot=self.number,
            pid=self.child.pid if self.child else None,
            state=self._state(is_draining=is_draining),
            revision=self.revision,
            n_restarts=max(self._n_starts - 1, 0),
            last_end=self.last_end,
        )

    def _state(self, *, is_draining: bool) -> WorkerState:
        if self.child is None:
            return "dead"
        if is_draining or self.slot.state is SlotState.DRAINING:
            return "draining"
        if self.is_ready:
            return "ready"
        return "starting" if self.slot.state is SlotState.EMPTY else "loading"
