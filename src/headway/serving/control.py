"""What the supervisor and the controller tell each other.

The controller owns the database and the admin API; the supervisor owns the plan and the workers. A
socket pair joins them, and each message is one frame (`headway.core.frames`) of JSON.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from headway.security.keys import ApiKey
from headway.serving.plan import ServingPlan

WorkerState = Literal["starting", "loading", "ready", "draining", "dead"]


class Propose(msgspec.Struct, frozen=True, tag="propose"):
    """The controller asks for another plan.

    Attributes:
        proposal_id: Comes back in the outcome.
        plan: What should be live; its revision must be above the one that is.
    """

    proposal_id: str
    plan: ServingPlan


class SetKeys(msgspec.Struct, frozen=True, tag="keys"):
    """The controller tells which keys are valid from now on.

    Attributes:
        keys: Those of the database; the supervisor adds those of the settings.
        asks_for_key: Whether a key is needed, whatever the settings say.
    """

    keys: tuple[ApiKey, ...]
    asks_for_key: bool


class AdminReady(msgspec.Struct, frozen=True, tag="ready"):
    """The admin API answers.

    Attributes:
        url: Where.
    """

    url: str


class AdminFailed(msgspec.Struct, frozen=True, tag="failed"):
    """The controller cannot start, and is about to end.

    Attributes:
        code: Of the error.
        message: Of the error.
        hint: Of the error.
    """

    code: str
    message: str
    hint: str | None = None


class Outcome(msgspec.Struct, frozen=True, tag="outcome"):
    """The supervisor tells what became of a proposal.

    Attributes:
        proposal_id: Of the proposal.
        revision: Of the plan that is live now.
        code: Why the proposal was refused; `None` where it is live.
        message: Of that error.
        hint: Of that error.
    """

    proposal_id: str
    revision: int
    code: str | None = None
    message: str = ""
    hint: str | None = None


class WorkerStatus(msgspec.Struct, frozen=True):
    """One worker.

    Attributes:
        slot: Its place, 0 to the number of workers less one; a replacement takes the same.
        pid: Its process id; `None` while there is none.
        state: How it is.
        revision: Of the plan that it answers by; 0 before it has loaded one.
        n_restarts: How often this place was filled again.
        last_end: How its predecessor ended; empty where there was none.
    """

    slot: int
    pid: int | None
    state: WorkerState
    revision: int
    n_restarts: int = 0
    last_end: str = ""


class ServerStatus(msgspec.Struct, frozen=True, tag="status"):
    """The supervisor tells how things stand, at each change.

    Attributes:
        url: Where predictions are answered.
        plan: What is live.
        workers: Each worker, by slot.
        refusal: Why the last plan was not taken; empty where it was.
    """

    url: str
    plan: ServingPlan
    workers: tuple[WorkerStatus, ...]
    refusal: str = ""


FromController = Propose | SetKeys | AdminReady | AdminFailed
FromSupervisor = Outcome | ServerStatus
