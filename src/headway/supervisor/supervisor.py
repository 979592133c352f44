"""The supervisor: keeps the workers alive, brings plans to them, and ends them at the end.

Invariants: no worker and no controller outlives its supervisor; a server of which a worker never became
ready ends with that worker's error; a controller that fails changes no prediction.
"""

from __future__ import annotations

import dataclasses
import math
import selectors
from typing import TYPE_CHECKING, Any

from headway.errors import HeadwayError, ServerError
from headway.serving.control import Outcome, Propose, ServerStatus
from headway.supervisor.heartbeat import Watch
from headway.supervisor.messages import Begin, Failed, Ready
from headway.supervisor.places import GONE_TIMEOUT_S
from headway.supervisor.proposals import checked, follow, with_keys
from headway.supervisor.rollout import Proposal, Rollouts
from headway.supervisor.signals import receive_endings

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from headway.core.clock import Clock
    from headway.serving.control import SetKeys
    from headway.serving.plan import ServingPlan
    from headway.serving.settings import WorkerSettings
    from headway.supervisor.channel import ChildEnd, ParentEnd
    from headway.supervisor.controllers import ControllerPlace
    from headway.supervisor.messages import Report
    from headway.supervisor.places import Place
    from headway.supervisor.plan_file import PlanFile

MAX_FAILED_STARTS = 5
# beside the drain time: for the ends of connections and of the process
_KILL_MARGIN_S = 5.0
# where a child has not read what it was told
_FLUSH_S = 0.05


@dataclasses.dataclass(frozen=True, slots=True)
class Audience:
    """Who is told what happens.

    Attributes:
        on_ready: Called once, with the URL, when all workers answer.
        on_event: Called with a line for people when a worker crashes, is replaced, or gets another plan.
        parent: Its death ends the supervisor; `None` where no process waits for this one.
    """

    on_ready: Callable[[str], None]
    on_event: Callable[[str], None]
    parent: ChildEnd | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Server:
    """What a supervisor keeps.

    Attributes:
        places: Of its workers.
        file: Of the plan.
        worker: How each worker runs.
        url: Where they answer.
        poll_interval_s: How often the file is looked at.
    """

    places: tuple[Place, ...]
    file: PlanFile
    worker: WorkerSettings
    url: str
    poll_interval_s: float


class Supervisor:
    """Keeps a server.

    Args:
        server: Its parts.
        audience: Who is told.
        signals: Readable where the end is asked for.
        clock: Measures how long things take.

    Attributes:
        controller: Of the server, where there is one.
    """

    def __init__(
        self, server: Server, audience: Audience, signals: socket.socket, clock: Clock
    ) -> None:
        self.controller: ControllerPlace | None = None
        self._server = server
        self._audience = audience
        self._clock = clock
        self._rollouts = Rollouts(server.file.first, server.places, self._keep, clock)
        self._watch = Watch(server.places, server.worker, self._note_replaced, clock)
        self._refusal = ""
        self._was_ready = False
        self._poll_s = clock.monotonic_s() + server.poll_interval_s
        self._kill_at_s = math.inf
        self._n_signals = 0
        self._is_orphan = False
        self._selector = selectors.DefaultSelector()
        self._selector.register(signals, selectors.EVENT_READ, lambda: self._count_signals(signals))
        parent_fd = audience.parent.fileno() if audience.parent else None
        if parent_fd is not None:
            self._selector.register(
                parent_fd, selectors.EVENT_READ, lambda: self._note_orphan(parent_fd)
            )

    def run(self) -> None:
        """Keep the server until its end.

        Raises:
            HeadwayError: As `headway.supervisor.supervise.supervise`.
        """
        try:
            while not self._is_over():
                self._turn()
        finally:
            self._end_all()

    def take_request(self, request: Propose | SetKeys) -> None:
        """Do what the controller asks for."""
        first = self._server.file.first
        if isinstance(request, Propose):
            self._rollouts.propose(
                Proposal(
                    lambda active: checked(request.plan, active, first),
                    lambda error: self._answer(request.proposal_id, error),
                )
            )
        else:
            self._rollouts.propose(
                Proposal(lambda active: with_keys(request, active, first), self._note_outcome)
            )

    def _turn(self) -> None:
        if self._is_ending:
            self._end_workers()
        else:
            self._fill_places()
            self._watch.turn(is_loading=not math.isinf(self._rollouts.deadline_s))
            self._start_controller()
            self._look_at_file()
        self._rollouts.turn()
        if self.controller is not None:
            self.controller.tell_status(self._status())
        if not self._is_over():
            for key, _ in self._selector.select(self._timeout_s()):
                key.data()

    @property
    def _is_ending(self) -> bool:
        return self._is_orphan or self._n_signals > 0

    def _is_over(self) -> bool:
        return self._is_ending and all(place.child is None for place in self._server.places)

    def _timeout_s(self) -> float | None:
        due_s = [self._kill_at_s, self._rollouts.deadline_s]
        ends: list[ParentEnd[Any]] = [
            place.child.reports for place in self._server.places if place.child is not None
        ]
        if not self._is_ending:
            due_s += [self._poll_s, self._watch.look_s]
            due_s += [place.start_s for place in self._server.places if place.child is None]
        if self.controller is not None:
            if self.controller.child is not None:
                ends.append(self.controller.child.reports)
            elif not self._is_ending:
                due_s.append(self.controller.start_s)
        for end in ends:
            end.flush()
        now_s = self._clock.monotonic_s()
        if any(end.has_unsent for end in ends):
            due_s.append(now_s + _FLUSH_S)
        earliest_s = min(due_s)
        return None if math.isinf(earliest_s) else max(earliest_s - now_s, 0.0)

    def _fill_places(self) -> None:
        for place in self._server.places:
            if place.child is None and self._clock.monotonic_s() >= place.start_s:
                child = place.fill(Begin(self._server.worker, self._rollouts.active))
                if child is None:
                    self._note_failed_start(place)
                    continue
                self._rollouts.note_started(place)
                self._selector.register(
                    child.reports, selectors.EVENT_READ, lambda place=place: self._hear(place)
                )

    def _hear(self, place: Place) -> None:
        if place.child is None:
            return
        end = place.child.reports
        reports, is_over = end.receive()
        for report in reports:
            self._take_report(place, report)
        if is_over:
            self._selector.unregister(end)
            self._bury(place)

    def _take_report(self, place: Place, report: Report) -> None:
        if isinstance(report, Failed):
            place.failure = report.error()
        elif isinstance(report, Ready):
            place.note_ready()
            self._note_ready(place)
        else:
            self._rollouts.hear(place, report)

    def _note_ready(self, place: Place) -> None:
        if self._was_ready:
            self._audience.on_event(f"the new {self._named(place)} is ready")
        elif all(place.was_ready for place in self._server.places):
            self._was_ready = True
            self._audience.on_ready(self._server.url)

    def _note_replaced(self, place: Place, why: str) -> None:
        self._audience.on_event(f"the {self._named(place)} {why}, and is ended")

    def _bury(self, place: Place) -> None:
        was_ready = place.is_ready
        delay_s = place.bury()
        self._rollouts.note_gone(place, was_ready=was_ready)
        if self._is_ending:
            return
        if not was_ready and self._is_hopeless(place):
            raise place.failure or ServerError(
                f"the {self._named(place)} {place.last_end} before it was ready",
                hint="its log may say why",
            )
        self._audience.on_event(
            f"the {self._named(place)} {place.last_end}; another one starts in {delay_s:g} s"
        )

    def _note_failed_start(self, place: Place) -> None:
        trouble = f"the {self._named(place)} {place.last_end}"
        if self._is_hopeless(place):
            raise ServerError(trouble, hint="the system is short of processes, memory or files")
        delay_s = place.start_s - self._clock.monotonic_s()
        self._audience.on_event(f"{trouble}; it is tried again in {max(delay_s, 0):.2g} s")

    def _is_hopeless(self, place: Place) -> bool:
        if not self._was_ready:
            return True
        is_answered = any(other.is_ready for other in self._server.places)
        return place.n_failed_starts >= MAX_FAILED_STARTS and not is_answered

    def _named(self, place: Place) -> str:
        n_places = len(self._server.places)
        return "worker" if n_places == 1 else f"worker {place.number + 1} of {n_places}"

    def _look_at_file(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s < self._poll_s:
            return
        self._poll_s = now_s + self._server.poll_interval_s
        try:
            plan = self._server.file.changed()
        except HeadwayError as error:
            self._note_outcome(error)
            return
        if plan is not None and plan != self._rollouts.active:
            self._rollouts.propose(
                Proposal(lambda active: follow(plan, active), self._note_outcome)
            )

    def _keep(self, plan: ServingPlan) -> None:
        self._audience.on_event(f"revision {plan.revision} of the plan is live")
        try:
            self._server.file.write(plan)
        except HeadwayError as error:
            self._audience.on_event(error.message)

    def _note_outcome(self, error: HeadwayError | None) -> None:
        self._refusal = error.message if error else ""
        if error:
            self._audience.on_event(f"the plan stays as it is: {error.message}")

    def _answer(self, proposal_id: str, error: HeadwayError | None) -> None:
        self._note_outcome(error)
        if self.controller is None:
            return
        revision = self._rollouts.active.revision
        why = () if error is None else (error.code, error.message, error.hint)
        self.controller.tell_status(self._status())
        self.controller.tell(Outcome(proposal_id, revision, *why))

    def _status(self) -> ServerStatus:
        return ServerStatus(
            url=self._server.url,
            plan=self._rollouts.active,
            workers=tuple(
                place.status(is_draining=self._is_ending) for place in self._server.places
            ),
            refusal=self._refusal,
        )

    def _start_controller(self) -> None:
        controller = self.controller
        if controller is None or not self._was_ready or controller.child is not None:
            return
        if self._clock.monotonic_s() >= controller.start_s:
            child = controller.start()
            if child is None:
                return
            self._selector.register(
                child.reports, selectors.EVENT_READ, lambda: self._hear_controller(controller)
            )

    def _hear_controller(self, controller: ControllerPlace) -> None:
        if controller.child is None:
            return
        end = controller.child.reports
        messages, is_over = end.receive()
        for message in messages:
            controller.hear(message)
        if is_over:
            self._selector.unregister(end)
            if self._is_ending:
                controller.close(GONE_TIMEOUT_S)
            else:
                controller.bury()

    def _end_workers(self) -> None:
        """Tell the workers to end; end them at a second signal, or after their time."""
        now_s = self._clock.monotonic_s()
        is_told = not math.isinf(self._kill_at_s)
        if not is_told:
            self._kill_at_s = now_s + self._server.worker.drain_timeout_s + _KILL_MARGIN_S
        for place in self._server.places:
            if place.child is not None and not is_told:
                place.child.stop()
            if place.child is not None and (self._n_signals > 1 or now_s >= self._kill_at_s):
                place.child.kill()

    def _end_all(self) -> None:
        living = [place.child for place in self._server.places if place.child is not None]
        for child in living:
            # a closed channel ends a worker too
            child.reports.close()
        for child in living:
            child.end()
        if self.controller is not None:
            self.controller.close()
        self._selector.close()

    def _count_signals(self, signals: socket.socket) -> None:
        self._n_signals += receive_endings(signals)

    def _note_orphan(self, parent_fd: int) -> None:
        self._is_orphan = True
        self._selector.unregister(parent_fd)
