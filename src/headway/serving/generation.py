"""What one serving plan has made live, and the requests that it is answering.

Invariant: a request is answered by one generation from its first byte to its last; only the count of
its requests changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.serving.live import LiveReleases
from headway.serving.predict import PredictEndpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from headway.security.keys import ApiKey
    from headway.serving.executor import Executor
    from headway.serving.plan import ServingPlan
    from headway.serving.predict import Surroundings, Target


class InFlight:
    """The predictions that began in one phase of a generation's life. Use it from one event loop."""

    __slots__ = ("_count", "_when_ended")

    def __init__(self) -> None:
        self._count = 0
        self._when_ended: list[Callable[[], object]] = []

    def enter(self) -> None:
        """Count one that begins."""
        self._count += 1

    def leave(self) -> None:
        """Count one that has its reply."""
        self._count -= 1
        if self._when_ended and not self._count:
            called, self._when_ended = self._when_ended, []
            for call in called:
                call()

    def when_ended(self, call: Callable[[], object]) -> None:
        """Call as soon as all have left, which is now where none is there; none may enter any more."""
        if self._count:
            self._when_ended.append(call)
        else:
            call()


class Generation:
    """What one plan has made live.

    Args:
        plan: The plan.
        executors: One for each of its versions, in its order.
        surroundings: Its keys, and what all generations share.
        find: Returns what answers a path; by default what the releases have at it.
    """

    __slots__ = ("find", "gate", "in_flight", "plan", "predict", "releases")

    def __init__(
        self,
        plan: ServingPlan,
        executors: Iterable[Executor],
        surroundings: Surroundings,
        find: Callable[[str, ApiKey | None], Target] | None = None,
    ) -> None:
        self.plan = plan
        self.releases = LiveReleases(executors, surroundings.metrics)
        self.gate = surroundings.gate
        self.predict = PredictEndpoint(surroundings)
        self.find = find or self.releases.target
        self.in_flight = InFlight()

    def begin_phase(self) -> InFlight:
        """Count what comes from here on anew, and return the count of what came before."""
        before, self.in_flight = self.in_flight, InFlight()
        return before
