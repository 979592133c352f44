"""What became of the requests of a run, without those of the warm-up."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from headway.testing.load.wire import BROKEN, TIMED_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from headway.testing.load.wire import Load, Outcome

_OK = 200
_MS = 1e3


@dataclasses.dataclass(frozen=True, slots=True)
class Samples:
    """Requests, in the order in which they were due.

    Attributes:
        due_s: When each was due.
        taken_s: When the generator came to it.
        done_s: When it was answered or given up.
        status: What became of it.
        n_rows: Number of rows of each.
        duration_s: How long requests were due.
        busy_ratio: Share of the time in which the generator was computing.
        n_connections: Most connections that were open.
        failure: The first reply that was no success.
    """

    due_s: NDArray[np.float64]
    taken_s: NDArray[np.float64]
    done_s: NDArray[np.float64]
    status: NDArray[np.int16]
    n_rows: NDArray[np.int64]
    duration_s: float
    busy_ratio: float
    n_connections: int
    failure: str | None

    @property
    def is_timed(self) -> NDArray[np.bool_]:
        """Which requests have a latency: the answered ones, and those that were given up, which took longer."""
        return np.isin(self.status, (_OK, TIMED_OUT))

    def latency_ms(self) -> NDArray[np.float64]:
        """Return the latency of each timed request from when it was due."""
        return (self.done_s - self.due_s)[self.is_timed] * _MS

    def latency_of_server_ms(self) -> NDArray[np.float64]:
        """Return the same from when the generator came to it: no more than the server's part."""
        return (self.done_s - self.taken_s)[self.is_timed] * _MS

    def lateness_ms(self) -> NDArray[np.float64]:
        """Return how late the generator itself was with each request."""
        return (self.taken_s - self.due_s) * _MS

    def count(self, status: int) -> int:
        """Return how many ended with a status."""
        return int(np.count_nonzero(self.status == status))

    @property
    def n_answered(self) -> int:
        """Replies with status 200."""
        return self.count(_OK)

    @property
    def error_ratio(self) -> float:
        """Share of the requests that were not answered with status 200."""
        return 1 - self.n_answered / max(1, len(self.status))

    def refused(self) -> dict[int, int]:
        """Return how many were refused, by HTTP status."""
        codes, counts = np.unique(self.status, return_counts=True)
        return {
            int(code): int(count)
            for code, count in zip(codes, counts, strict=True)
            if code not in {_OK, TIMED_OUT, BROKEN}
        }

    @property
    def offered_per_s(self) -> float:
        """Rate at which the generator came to its requests."""
        if not len(self.taken_s):
            return 0.0
        late_s = max(0.0, float(self.taken_s[-1] - self.due_s[-1]))
        return len(self.taken_s) / (self.duration_s + late_s)


def samples_of(load: Load, outcome: Outcome, n_rows: NDArray[np.int64], end_s: float) -> Samples:
    """Return what was due from the mark on.

    Args:
        load: The run.
        outcome: What became of it.
        n_rows: Number of rows of each different request.
        end_s: When the last request could have been due.
    """
    due_s = np.frombuffer(load.due_s)
    kept = slice(int(np.searchsorted(due_s, load.mark_s)), None)
    return Samples(
        due_s=due_s[kept] - load.mark_s,
        taken_s=np.frombuffer(outcome.taken_s)[kept] - load.mark_s,
        done_s=np.frombuffer(outcome.done_s)[kept] - load.mark_s,
        status=np.frombuffer(outcome.status, dtype=np.int16)[kept],
        n_rows=n_rows[np.frombuffer(load.order, dtype=np.uint32)][kept],
        duration_s=end_s - load.mark_s,
        busy_ratio=outcome.busy_ratio,
        n_connections=outcome.n_connections,
        failure=outcome.failure,
    )


def joined(parts: Sequence[Samples]) -> Samples:
    """Return rounds as one run, one after the other."""
    if len(parts) == 1:
        return parts[0]
    starts_s = np.cumsum([0.0, *(part.duration_s for part in parts[:-1])])
    total_s = sum(part.duration_s for part in parts)

    def one_after_another(name: str) -> NDArray[np.float64]:
        moved = [getattr(p, name) + start for p, start in zip(parts, starts_s, strict=True)]
        return np.concatenate(moved)

    return Samples(
        due_s=one_after_another("due_s"),
        taken_s=one_after_another("taken_s"),
        done_s=one_after_another("done_s"),
        status=np.concatenate([part.status for part in parts]),
        n_rows=np.concatenate([part.n_rows for part in parts]),
        duration_s=total_s,
        busy_ratio=sum(part.busy_ratio * part.duration_s for part in parts) / total_s,
        n_connections=max(part.n_connections for part in parts),
        failure=next((part.failure for part in parts if part.failure), None),
    )
