"""How another plan becomes live: every worker loads it, then every worker switches, or none does.

One worker loads it first, and the others when it has: a plan that kills who loads it ends one worker, not
all. Each of the two steps has its time.

Invariant: a plan is activated only after each worker that lives has loaded it; else all go on with the
one that they have.
"""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from typing import TYPE_CHECKING

from headway.errors import HeadwayError, ServerError
from headway.supervisor.messages import Activate, Activated, Discard, Failed, Load, Loaded, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.core.clock import Clock
    from headway.serving.plan import ServingPlan
    from headway.supervisor.messages import Report
    from headway.supervisor.places import Place

LOAD_TIMEOUT_S = 300.0
ACTIVATE_TIMEOUT_S = 10.0


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody asks for another plan.

    Attributes:
        make: Returns the plan, given the one that is live; it raises why there can be none.
        done: Is told what became of it: `None` where it is live on every worker, else why not.
    """

    make: Callable[[ServingPlan], ServingPlan]
    done: Callable[[HeadwayError | None], None]


@dataclasses.dataclass(slots=True)
class _Underway:
    """A plan on its way.

    Attributes:
        serial: Of this roll-out; no other one ever has it.
        plan: The plan.
        done: As in the proposal.
        deadline_s: When the workers that are waited for are late.
        asked: Places whose workers were told to load it.
        waited_for: Those of them that have not loaded it, or later, not switched to it.
        is_proven: Whether some worker has loaded it.
        is_activating: Whether they have been told to switch.
    """

    serial: int
    plan: ServingPlan
    done: Callable[[HeadwayError | None], None]
    deadline_s: float
    asked: set[int] = dataclasses.field(default_factory=set)
    waited_for: set[int] = dataclasses.field(default_factory=set)
    is_proven: bool = False
    is_activating: bool = False


class Rollouts:
    """Makes plans live, one after the other.

    Args:
        plan: What is live, on workers that are there and those that will be.
        places: Of the workers.
        on_active: Is called with each plan that becomes live.
        clock: Measures how long workers take.

    Attributes:
        active: The plan that is live.
    """

    def __init__(
        self,
        plan: ServingPlan,
        places: Sequence[Place],
        on_active: Callable[[ServingPlan], None],
        clock: Clock,
    ) -> None:
        self.active = plan
        self._places = places
        self._on_active = on_active
        self._clock = clock
        self._proposals: deque[Proposal] = deque()
        self._underway: _Underway | None = None
        self._n_begun = 0

    @property
    def deadline_s(self) -> float:
        """When `turn` has something to do, on the monotonic clock."""
        return math.inf if self._underway is None else self._underway.deadline_s

    def propose(self, proposal: Proposal) -> None:
        """Make a plan live as soon as those before it are, or are refused."""
        self._proposals.append(proposal)
        self._go_on()

    def note_started(self, place: Place) -> None:
        """Let a worker that was started with the live plan load the one that is under way."""
        underway = self._underway
        if underway is None or underway.is_activating:
            return
        if underway.is_proven or not underway.asked:
            self._ask(place, underway)

    def hear(self, place: Place, report: Report) -> None:
        """Hear what a worker says of a plan; what it says of others is passed over."""
        underway = self._underway
        if isinstance(report, Activated):
            place.revision = report.revision
        if underway is None or not isinstance(report, Loaded | Refused | Activated):
            return
        if report.serial != underway.serial:
            return
        if isinstance(report, Activated) != underway.is_activating:
            return
        if isinstance(report, Refused):
            self._refuse(Failed(report.code, report.message, report.hint).error())
        else:
            self._note_done(place)

    def note_gone(self, place: Place, *, was_ready: bool) -> None:
        """Note that a worker has ended: what it was loading is not trusted to the others.

        Args:
            place: Of the worker.
            was_ready: Whether it had begun to load it; one that was not, has failed at the live plan.
        """
        underway = self._underway
        if underway is None or place.number not in underway.asked:
            return
        if underway.is_activating:
            self._note_done(place)
        elif not was_ready:
            self._drop(place, underway)
        else:
            self._refuse(
                ServerError(
                    f"a worker {place.last_end} while revision {underway.plan.revision} was loaded"
                )
            )

    def turn(self) -> None:
        """Give up what takes too long."""
        underway = self._underway
        if underway is None or self._clock.monotonic_s() < underway.deadline_s:
            return
        if underway.is_activating:
            # the others answer by it, and it has loaded it: it follows when it answers at all
            self._finish(None)
        else:
            revision = underway.plan.revision
            late = "a worker has" if underway.asked else "there was no worker that had"
            self._refuse(
                ServerError(f"{late} not loaded revision {revision} within {LOAD_TIMEOUT_S:g} s")
            )

    def _go_on(self) -> None:
        while self._underway is None and self._proposals:
            self._begin(self._proposals.popleft())

    def _begin(self, proposal: Proposal) -> None:
        try:
            plan = proposal.make(self.active)
        except HeadwayError as error:
            proposal.done(error)
            return
        if plan is self.active:
            proposal.done(None)
            return
        self._n_begun += 1
        deadline_s = self._clock.monotonic_s() + LOAD_TIMEOUT_S
        self._underway = _Underway(self._n_begun, plan, proposal.done, deadline_s)
        self._ask_one(self._underway)

    def _ask_one(self, underway: _Underway) -> None:
        """Let one worker load it: one that is ready, where there is one."""
        living = [place for place in self._places if place.child is not None]
        if living:
            self._ask(max(living, key=lambda place: place.is_ready), underway)

    def _ask_others(self, underway: _Underway) -> None:
        underway.is_proven = True
        underway.deadline_s = self._clock.monotonic_s() + LOAD_TIMEOUT_S
        for place in self._places:
            if place.child is not None and place.number not in underway.asked:
                self._ask(place, underway)

    def _ask(self, place: Place, underway: _Underway) -> None:
        underway.asked.add(place.number)
        underway.waited_for.add(place.number)
        place.tell(Load(underway.plan, underway.serial))

    def _drop(self, place: Place, underway: _Underway) -> None:
        """Wait no longer for a worker that has ended before it could load anything."""
        underway.asked.discard(place.number)
        underway.waited_for.discard(place.number)
        if not underway.asked:
            self._ask_one(underway)
        elif not underway.waited_for:
            self._activate(underway)

    def _note_done(self, place: Place) -> None:
        underway = self._underway
        if underway is None:
            return
        underway.waited_for.discard(place.number)
        if not underway.is_proven:
            self._ask_others(underway)
        if underway.waited_for:
            return
        if underway.is_activating:
            self._finish(None)
        else:
            self._activate(underway)

    def _activate(self, underway: _Underway) -> None:
        self.active = underway.plan
        underway.is_activating = True
        underway.deadline_s = self._clock.monotonic_s() + ACTIVATE_TIMEOUT_S
        underway.waited_for = set(underway.asked)
        for place in self._places:
            if place.number in underway.asked:
                place.tell(Activate(underway.plan.revision, underway.serial))
        self._on_active(underway.plan)

    def _refuse(self, error: HeadwayError) -> None:
        underway = self._underway
        if underway is not None:
            for place in self._places:
                if place.number in underway.asked:
                    place.tell(Discard(underway.plan.revision, underway.serial))
        self._finish(error)

    def _finish(self, error: HeadwayError | None) -> None:
        underway, self._underway = self._underway, None
        if underway is not None:
            underway.done(error)
        self._go_on()
