"""The sign of life of a worker: its event loop gives it, and the supervisor replaces a worker without one.

A worker that loads may hold its event loop for as long as a library likes, so only those that are ready are
judged, and none while a plan is loaded beside the live one. Silence is counted from look to look, so that
a supervisor that was stopped itself, with its workers or without them, blames nobody for it.

Invariant: a worker whose event loop turns is given its drain time; of those whose models are stuck one is
replaced at a time, while all others answer.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
from typing import TYPE_CHECKING

from headway.monitoring.slots import SlotState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.core.clock import Clock
    from headway.monitoring.slots import Slot
    from headway.serving.settings import WorkerSettings
    from headway.supervisor.child import ChildProcess
    from headway.supervisor.messages import Report
    from headway.supervisor.places import Place

BEAT_S = 0.25
LOOK_S = 0.5
# most of the time between two looks that counts
_LONGEST_LOOK_S = 2 * LOOK_S
# from SIGTERM to SIGKILL, for a worker that has nothing left to drain
GRACE_S = 2.0


async def beat(slot: Slot, is_stuck: Callable[[], bool]) -> None:
    """Give signs of life until this is cancelled.

    Args:
        slot: Of this worker.
        is_stuck: Whether one of its models cannot be expected to answer any more.
    """
    while True:
        slot.n_beats += 1
        slot.is_stuck = is_stuck()
        await asyncio.sleep(BEAT_S)


@dataclasses.dataclass(slots=True)
class _Patient:
    """What is known of the worker in a place.

    Attributes:
        child: Whom it is about.
        n_beats: Signs of life that were seen last.
        silent_s: Time since there was a new one.
        kill_s: When it is killed, on the monotonic clock.
    """

    child: ChildProcess[Report]
    n_beats: int = -1
    silent_s: float = 0.0
    kill_s: float = math.inf


class Watch:
    """Looks whether workers are well, and ends those that are not. The supervisor starts their successors.

    Args:
        places: Of the workers.
        worker: How they run.
        on_end: Is called with the place of a worker that is ended, and why.
        clock: Measures how long they are silent.

    Attributes:
        look_s: When `turn` has something to do, on the monotonic clock.
    """

    def __init__(
        self,
        places: Sequence[Place],
        worker: WorkerSettings,
        on_end: Callable[[Place, str], None],
        clock: Clock,
    ) -> None:
        self._places = places
        self._worker = worker
        self._on_end = on_end
        self._clock = clock
        self._patients: dict[int, _Patient] = {}
        self._looked_s = clock.monotonic_s()
        self.look_s = self._looked_s + LOOK_S

    def turn(self, *, is_loading: bool) -> None:
        """Look at each worker, if it is time to.

        Args:
            is_loading: Whether they load a plan beside the live one.
        """
        now_s = self._clock.monotonic_s()
        if now_s < self.look_s:
            return
        passed_s = min(now_s - self._looked_s, _LONGEST_LOOK_S)
        self._looked_s, self.look_s = now_s, now_s + LOOK_S
        for place in self._places:
            patient = self._patient(place)
            if patient is None:
                continue
            if now_s >= patient.kill_s:
                patient.child.kill()
            elif math.isinf(patient.kill_s):
                self._examine(place, patient, math.nan if is_loading else passed_s)

    def _patient(self, place: Place) -> _Patient | None:
        """Return the worker of a place, where there is one that is to be judged."""
        if place.child is None or not place.is_ready:
            return None
        patient = self._patients.get(place.number)
        if patient is None or patient.child is not place.child:
            patient = self._patients[place.number] = _Patient(place.child)
        return patient

    def _examine(self, place: Place, patient: _Patient, passed_s: float) -> None:
        n_beats = place.slot.n_beats
        is_new, patient.n_beats = n_beats != patient.n_beats, n_beats
        if is_new or math.isnan(passed_s):
            patient.silent_s = 0.0
        else:
            patient.silent_s += passed_s
        if patient.silent_s >= self._worker.hang_timeout_s:
            # it would say so itself if it could
            place.slot.state = SlotState.DRAINING
            self._end(place, patient, GRACE_S, f"hangs for {patient.silent_s:.0f} s")
        elif is_new and place.slot.is_stuck and self._others_answer(place):
            drain_timeout_s = self._worker.drain_timeout_s
            self._end(place, patient, drain_timeout_s + GRACE_S, "has a model that does not return")

    def _others_answer(self, place: Place) -> bool:
        others = [self._patient(other) for other in self._places if other is not place]
        return all(other is not None and math.isinf(other.kill_s) for other in others)

    def _end(self, place: Place, patient: _Patient, within_s: float, why: str) -> None:
        patient.kill_s = self._clock.monotonic_s() + within_s
        patient.child.stop()
        self._on_end(place, why)
