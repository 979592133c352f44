"""The thread of a release, and the queue before it.

It takes all rows that queued while it was busy, up to a bound and with one method, and asks the model
once. While the model is idle nothing waits, unless `max_queue_delay_ms` says so. Whole bodies (large
ones, tables, what breaks the contract) go through the same thread, one at a time.

Invariants: a model is asked from this thread only, and for one method at a time; whatever a model raises
reaches those who asked for it, and the thread lives on; a request that nobody waits for is not begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from headway.errors import OverloadedError
from headway.serving.sharing import as_error, ask_together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from headway.core.batch import FeatureBatch
    from headway.core.clock import Clock
    from headway.core.dtypes import Method
    from headway.core.prediction import Prediction
    from headway.monitoring.metrics import RequestSeries
    from headway.serving.admission import Admission
    from headway.serving.sharing import Predict

    T = TypeVar("T")

# how much the latest call changes what a call is expected to take
_WEIGHT = 0.2


class _Job:
    """What the thread is asked for one request: rows, or a whole piece of work."""

    __slots__ = ("answer", "batch", "method", "n_rows", "queued_s", "work")

    def __init__(
        self,
        batch: FeatureBatch | None = None,
        method: Method | None = None,
        work: Callable[[], Any] | None = None,
    ) -> None:
        self.batch = batch
        self.method = method
        self.work = work
        self.n_rows = 0 if batch is None else batch.n_rows
        self.queued_s = 0.0
        self.answer: asyncio.Future[Any]


class ModelThread:
    """Asks the model of one release. Use it from one event loop.

    Args:
        name: Of model and version.
        predict: Asks the model.
        admission: Says what may queue, and is told what a call takes.
        clock: Measures it.
        max_rows: Most rows that requests share one call with; 1 lets each have its own.
        delay_s: How long a batch may wait for company while the model is idle.

    Attributes:
        series: Counts calls and what waits; from the event loop, because nothing is counted in threads.
    """

    def __init__(
        self,
        name: str,
        predict: Predict,
        admission: Admission,
        clock: Clock,
        *,
        max_rows: int,
        delay_s: float,
    ) -> None:
        self._name = name
        self._predict = predict
        self._admission = admission
        self._clock = clock
        self._max_rows = max_rows
        self._delay_s = delay_s
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._n_running = 0
        self._begun_s: float | None = None
        self._is_closed = False
        self.series: RequestSeries | None = None

    @property
    def waiting(self) -> int:
        """Requests that wait or are being answered, those included that nobody waits for any more."""
        return len(self._jobs) + self._n_running

    @property
    def running_s(self) -> float:
        """How long the current call has been running; 0 for none."""
        begun_s = self._begun_s
        return 0.0 if begun_s is None else self._clock.monotonic_s() - begun_s

    async def predict(self, batch: FeatureBatch, method: Method) -> Prediction:
        """Answer every row of `batch`, together with others that wait.

        Raises:
            OverloadedError: There is no room.
            As the model does for these rows.
        """
        answer: Prediction = await self._answer_to(_Job(batch, method))
        return answer

    async def run(self, work: Callable[[], T]) -> T:
        """Do a whole piece of work in the thread.

        Raises:
            OverloadedError: There is no room.
            As `work`.
        """
        done: T = await self._answer_to(_Job(work=work))
        return done

    def check(self) -> None:
        """Raise where there is no room.

        Raises:
            OverloadedError: There is none.
        """
        running_s = self.running_s
        self._admission.check_queue(self.waiting, self._expected_wait_s(), running_s)

    def close(self) -> None:
        """Drop what waits; do not wait for what runs."""
        with self._changed:
            self._is_closed = True
            dropped, self._jobs = self._jobs, deque()
            self._changed.notify()
        for job in dropped:
            job.answer.cancel()

    async def _answer_to(self, job: _Job) -> Any:
        self.check()
        job.answer = asyncio.get_running_loop().create_future()
        job.queued_s = self._clock.monotonic_s()
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        self._note_depth()
        if self._thread is None:
            # a daemon: a model that never ends must not hold the end of the process
            self._thread = threading.Thread(
                target=self._live, name=f"headway-{self._name}", daemon=True
            )
            self._thread.start()
        try:
            return await job.answer
        finally:
            self._forget(job)
            self._note_depth()

    def _note_depth(self) -> None:
        if self.series is not None:
            self.series.queue_depth.set(self.waiting)

    def _forget(self, job: _Job) -> None:
        if job.answer.cancelled():
            with self._changed, contextlib.suppress(ValueError):
                self._jobs.remove(job)

    def _expected_wait_s(self) -> float:
        n_rows = sum(job.n_rows or self._max_rows for job in tuple(self._jobs))
        n_calls = n_rows // self._max_rows + bool(self._n_running)
        return n_calls * self._admission.call_s

    def _live(self) -> None:
        while jobs := self._next():
            jobs = self._in_time(jobs)
            if jobs and jobs[0].work is not None:
                self._deliver(jobs, [_done(jobs[0].work)], is_call=True)
            elif jobs:
                self._deliver(jobs, self._asked(jobs), is_call=True)

    def _next(self) -> list[_Job]:
        """Return what is to be done next; nothing at the end."""
        with self._changed:
            self._n_running, self._begun_s = 0, None
            while not self._is_closed:
                if not self._jobs:
                    self._changed.wait()
                elif (left_s := self._time_for_company_s()) > 0:
                    self._changed.wait(left_s)
                else:
                    return self._take()
        return []

    def _time_for_company_s(self) -> float:
        head = self._jobs[0]
        if not self._delay_s or head.work is not None:
            return 0.0
        n_rows = sum(job.n_rows for job in self._jobs if job.method is head.method)
        if n_rows >= self._max_rows:
            return 0.0
        return head.queued_s + self._delay_s - self._clock.monotonic_s()

    def _take(self) -> list[_Job]:
        head = self._jobs.popleft()
        taken, left, n_rows = [head], deque[_Job](), head.n_rows
        if head.work is None:
            for job in self._jobs:
                # work of its own has no method
                if job.method is head.method and n_rows + job.n_rows <= self._max_rows:
                    taken.append(job)
                    n_rows += job.n_rows
                else:
                    left.append(job)
            self._jobs = left
        self._n_running, self._begun_s = len(taken), self._clock.monotonic_s()
        return taken

    def _in_time(self, jobs: list[_Job]) -> list[_Job]:
        """Refuse what has waited too long, and return the others."""
        now_s = self._clock.monotonic_s()
        late: list[_Job] = []
        refusals: list[Any] = []
        for job in jobs:
            try:
                self._admission.check_wait(now_s - job.queued_s)
            except OverloadedError as refusal:
                late.append(job)
                refusals.append(refusal)
        if late:
            self._deliver(late, refusals, is_call=False)
        return [job for job in jobs if job not in late] if late else jobs

    def _deliver(self, jobs: Sequence[_Job], outcomes: Sequence[Any], *, is_call: bool) -> None:
        n_rows = 0
        if is_call:
            n_rows = sum(job.n_rows for job in jobs)
            with self._changed:
                self._n_running, self._begun_s = 0, None
        # the loop may have ended, and then nobody waits
        with contextlib.suppress(RuntimeError):
            jobs[0].answer.get_loop().call_soon_threadsafe(self._hand_out, jobs, outcomes, n_rows)

    def _hand_out(self, jobs: Sequence[_Job], outcomes: Sequence[Any], n_rows: int) -> None:
        for job, outcome in zip(jobs, outcomes, strict=True):
            if job.answer.done():
                continue
            if isinstance(outcome, Exception):
                job.answer.set_exception(outcome)
            else:
                job.answer.set_result(outcome)
        if n_rows and self.series is not None:
            self.series.call_rows.observe(n_rows)
        self._note_depth()

    def _asked(self, jobs: list[_Job]) -> Sequence[Any]:
        method = jobs[0].method
        batches = [job.batch for job in jobs if job.batch is not None]
        started_s = self._clock.monotonic_s()
        outcomes = [] if method is None else ask_together(self._predict, method, batches)
        took_s = self._clock.monotonic_s() - started_s
        expected_s = self._admission.call_s
        self._admission.note_call(expected_s + _WEIGHT * (took_s - expected_s))
        return outcomes


def _done(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except BaseException as raised:  # noqa: BLE001 (told to the request that waits for it)
        return as_error(raised)
