"""Whether a server can answer, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from headway.monitoring.slots import SlotState
from headway.serving.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.monitoring.slots import Board

Status = Literal["loading", "ready", "degraded", "failed", "draining"]


class WorkerCount(msgspec.Struct, frozen=True):
    """How many workers answer.

    Attributes:
        ready: Workers that answer.
        expected: Workers that should.
    """

    ready: int
    expected: int


class ReadinessReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `/readyz` answers.

    Attributes:
        status: `ready` and `degraded` mean that predictions are answered and more are welcome;
            `degraded`, that some of the workers do not answer.
        revision: Of the serving plan.
        models: Live versions by model, empty until they are loaded.
        reason: Why loading failed: the kind of error and its code, never a path.
        workers: Where some of them do not answer, how many do.
    """

    status: Status
    revision: int
    models: Mapping[str, Sequence[str]] = {}
    reason: str | None = None
    workers: WorkerCount | None = None

    @property
    def is_answering(self) -> bool:
        """Whether predictions are answered and more are welcome."""
        return self.status in ("ready", "degraded")


class Readiness:
    """The state of one worker, and with it of the whole server.

    A worker is loading, then ready or failed, and draining at the end. One thread may load while another
    one drains.

    Args:
        revision: Of the serving plan.
        board: Where each worker notes how it is.
    """

    def __init__(self, revision: int, board: Board) -> None:
        self._own = ReadinessReport("loading", revision)
        self._board = board
        self._is_draining = False

    @property
    def is_loaded(self) -> bool:
        """Whether there are models to answer with, even at the end."""
        return self._own.status == "ready"

    @property
    def own_status(self) -> Status:
        """How this worker is, whatever the others are."""
        return "draining" if self._is_draining else self._own.status

    def report(self) -> ReadinessReport:
        """Return how the whole server is, as far as it can be told from here."""
        if self._is_draining:
            return ReadinessReport("draining", self._own.revision, self._own.models)
        states = [slot.state for slot in self._board.slots()]
        count = WorkerCount(states.count(SlotState.READY), len(states))
        if 0 < count.ready < count.expected:
            return ReadinessReport("degraded", self._own.revision, self._own.models, workers=count)
        return self._own

    def note_loaded(self, revision: int, models: Mapping[str, Sequence[str]]) -> None:
        """Note that these versions answer from now on."""
        self._own = ReadinessReport("ready", revision, models)

    def note_failed(self, error: Exception) -> None:
        """Note that loading failed."""
        problem = problem_of(error)
        reason = f"{problem.title} ({problem.code})"
        self._own = ReadinessReport("failed", self._own.revision, reason=reason)

    def note_draining(self) -> None:
        """Note that the server is about to end."""
        self._is_draining = True
