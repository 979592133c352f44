"""Whether a server can answer, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from headway.serving.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Status = Literal["loading", "ready", "failed", "draining"]


class ReadinessReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `/readyz` answers.

    Attributes:
        status: `ready`, and nothing else, means that predictions are answered and more are welcome.
        revision: Of the serving plan.
        models: Live versions by model, empty until they are loaded.
        reason: Why loading failed: the kind of error and its code, never a path.
    """

    status: Status
    revision: int
    models: Mapping[str, Sequence[str]] = {}
    reason: str | None = None


class Readiness:
    """The state of one server: loading, then ready or failed, and draining at the end.

    One thread may load while another one drains.

    Args:
        revision: Of the serving plan.
    """

    def __init__(self, revision: int) -> None:
        self._loaded = ReadinessReport("loading", revision)
        self._is_draining = False

    @property
    def is_loaded(self) -> bool:
        """Whether there are models to answer with, even at the end."""
        return self._loaded.status == "ready"

    def report(self) -> ReadinessReport:
        """Return how things stand."""
        if self._is_draining:
            return ReadinessReport("draining", self._loaded.revision, self._loaded.models)
        return self._loaded

    def note_loaded(self, models: Mapping[str, Sequence[str]]) -> None:
        """Note that these versions answer from now on."""
        self._loaded = ReadinessReport("ready", self._loaded.revision, models)

    def note_failed(self, error: Exception) -> None:
        """Note that loading failed."""
        problem = problem_of(error)
        reason = f"{problem.title} ({problem.code})"
        self._loaded = ReadinessReport("failed", self._loaded.revision, reason=reason)

    def note_draining(self) -> None:
        """Note that the server is about to end."""
        self._is_draining = True
