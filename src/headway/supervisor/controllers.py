"""The controller as the supervisor sees it: a child that is started again, and never missed.

Invariant: whatever the controller does, predictions are answered.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from headway.errors import MissingExtraError
from headway.serving.control import AdminFailed, AdminReady, FromController, Propose, SetKeys
from headway.supervisor.child import ChildProcess
from headway.supervisor.places import GONE_TIMEOUT_S, Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.core.clock import Clock
    from headway.serving.control import FromSupervisor, ServerStatus

END_TIMEOUT_S = 5.0


@dataclasses.dataclass(frozen=True, slots=True)
class ControllerCommand:
    """How a controller is started.

    Attributes:
        arguments: Program and arguments; `--report-fd N` is added.
        fds: Descriptors that it inherits.
    """

    arguments: tuple[str, ...]
    fds: tuple[int, ...] = ()


class ControllerPlace:
    """The place of the controller.

    Args:
        command: Starts it.
        on_request: Is called with what it asks for.
        on_event: Is called with lines for people.
        clock: Measures how long it lives.

    Attributes:
        child: The controller; `None` while there is none.
        start_s: When it is to be started, on the monotonic clock.
    """

    def __init__(
        self,
        command: ControllerCommand,
        on_request: Callable[[Propose | SetKeys], None],
        on_event: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self.child: ChildProcess[FromController] | None = None
        self.start_s = -math.inf
        self._command = command
        self._on_request = on_request
        self._on_event = on_event
        self._clock = clock
        self._backoff = Backoff(clock)
        self._told: ServerStatus | None = None
        self._failure: AdminFailed | None = None

    def start(self) -> ChildProcess[FromController] | None:
        """Start it; `None` where the system does not let it be started now."""
        self.start_s = math.inf
        self._told = self._failure = None
        try:
            self.child = ChildProcess(
                self._command.arguments, pass_fds=self._command.fds, incoming=FromController
            )
        except OSError as error:
            self._start_later(f"the controller could not be started: {error.strerror or error}")
        return self.child

    def hear(self, message: FromController) -> None:
        """Do what it asks for, or note how it is."""
        if isinstance(message, AdminReady):
            self._backoff.note_ready()
            self._on_event(f"the admin API is at {message.url}")
        elif isinstance(message, AdminFailed):
            self._failure = message
        else:
            self._on_request(message)

    def tell(self, message: FromSupervisor) -> None:
        """Tell it something, if it is there."""
        if self.child is not None:
            self.child.reports.send(message)

    def tell_status(self, status: ServerStatus) -> None:
        """Tell it how things stand, where it does not know that yet."""
        if self.child is not None and status != self._told:
            self._told = status
            self.child.reports.send(status)

    def bury(self) -> None:
        """Note that it is gone; it is started again, unless that is of no use."""
        if self.child is None:
            return
        end = self.child.end(GONE_TIMEOUT_S)
        self.child = None
        why = f"the controller {end}"
        if self._failure is not None:
            why = f"there is no admin API: {self._failure.message}"
            why += f" ({self._failure.hint})" if self._failure.hint else ""
        if self._failure is not None and self._failure.code == MissingExtraError.code:
            self._on_event(f"{why}; predictions are answered all the same")
            return
        self._start_later(why)

    def _start_later(self, why: str) -> None:
        delay_s = self._backoff.delay_s()
        self.start_s = self._clock.monotonic_s() + delay_s
        self._on_event(f"{why}; it is started again in {delay_s:g} s")

    def close(self, timeout_s: float = END_TIMEOUT_S) -> None:
        """End it.

        Args:
            timeout_s: After which it is killed.
        """
        if self.child is not None:
            self.child.stop()
            self.child.end(timeout_s)
            self.child = None
        self.start_s = math.inf
