"""The endpoint that predicts: read, check, execute, reply, count, log.

Invariant: every request for a prediction ends in one reply (unless its client has left), one count and
one log line, whatever happens.
"""

from __future__ import annotations

import asyncio
import dataclasses
import traceback
from typing import TYPE_CHECKING

from headway.contract.request import BodyFormat
from headway.errors import DeadlineExceededError, OverloadedError, RateLimitedError
from headway.monitoring.log_line import LogLine, level_of_status
from headway.monitoring.metrics import Outcome
from headway.monitoring.records import PredictionRecord
from headway.security.keys import Scope
from headway.serving import problems
from headway.serving.asgi import JSON, http_reply, send_reply
from headway.serving.patience import ClientDisconnectedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.core.clock import Clock
    from headway.core.dtypes import Method
    from headway.monitoring.metrics import RequestMetrics, RequestSeries
    from headway.monitoring.records import RecordRing
    from headway.monitoring.request_log import RequestLog
    from headway.monitoring.slots import Board
    from headway.security.gate import Gate
    from headway.security.keys import ApiKey
    from headway.serving.asgi import Header, Send
    from headway.serving.executor import Executor
    from headway.serving.release import Answer
    from headway.serving.request import Request

DIALECT = "headway"
# a client may send any length
MAX_LOGGED_PATH = 200
STATUS_CLIENT_LEFT = 499
CODE_CLIENT_LEFT = "client.left"
_UNEXPECTED = 500
# how late the time is that an event loop remembers of the beginning of its turn
_COARSE_S = 0.005


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """What answers the requests of one path.

    Attributes:
        executor: Of the release.
        series: Where its requests are counted.
    """

    executor: Executor
    series: RequestSeries


@dataclasses.dataclass(frozen=True, slots=True)
class Surroundings:
    """What the endpoints of one server share.

    Attributes:
        gate: Who may ask.
        board: The memory that the workers of the server share.
        metrics: Counts requests.
        log: Takes a line for each request.
        records: Takes a record of each answer.
        clock: Measures how long a request takes.
        locks_metrics: Whether `/metrics` asks for a key.
    """

    gate: Gate
    board: Board
    metrics: RequestMetrics
    log: RequestLog
    records: RecordRing
    clock: Clock
    locks_metrics: bool = False


class PredictEndpoint:
    """Answers requests for a prediction.

    Args:
        surroundings: Shared with the other endpoints.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._gate = surroundings.gate
        self._metrics = surroundings.metrics
        self._log = surroundings.log
        self._records = surroundings.records
        self._clock = surroundings.clock

    async def answer(
        self, request: Request, send: Send, find: Callable[[str, ApiKey | None], Target]
    ) -> None:
        """Answer one request.

        Args:
            request: The request, whose body has not been read.
            send: Of ASGI.
            find: Returns the target of a path for a key, or raises why there is none.
        """
        work = _Work(self._clock.monotonic_s())
        try:
            request.check_http_method(("POST",))
            if not self._gate.is_open:
                await self._admit(request, work)
            work.target = target = find(request.path, work.key)
            method = request.method()
            body_format = request.body_format()
            body = await request.body(target.executor.release.limits.max_body_bytes)
            work.started_s = request.received_s or self._clock.monotonic_s()
            work.answer = await target.executor.answer(
                body, method, request.request_id, request.client_left, body_format, work.started_s
            )
        except ClientDisconnectedError:
            self._record(request, work, STATUS_CLIENT_LEFT, CODE_CLIENT_LEFT)
        except asyncio.CancelledError:
            # the server ends and has waited as long as it may; the task ends with this reply
            await self._refuse(request, send, work, problems.stopping())
        except Exception as error:  # noqa: BLE001 (the edge of HTTP: counted, logged, answered)
            await self._refuse(request, send, work, error)
        else:
            self._record(request, work, 200)
            self._keep(request, target, work.answer, body, body_format)
            identity = (b"x-request-id", request.request_id.encode())
            await send_reply(send, 200, JSON, work.answer.payload, (identity,))

    def begin(
        self,
        request: Request,
        asked: tuple[Target, Method],
        body: bytes,
        arrived_s: float,
        reply: Callable[[bytes], None],
    ) -> bool:
        """Answer one request that has just arrived, where it is of the ordinary, quick kind.

        Args:
            request: The request.
            asked: What answers it, and what is asked.
            body: Its whole body.
            arrived_s: When the event loop learned of it, by a clock that may be `_COARSE_S` late.
            reply: Called once with the whole reply, where the request was begun.

        Returns:
            Whether it was begun; if not, nothing has happened, and `answer` has to be called.
        """
        target, method = asked
        now_s = self._clock.monotonic_s()
        waited_s = now_s - arrived_s - _COARSE_S
        work = _Work(now_s if waited_s <= 0 else arrived_s)
        work.target = target
        if not self._gate.is_open:
            work.key = key = self._gate.known(request.key)
            if key is None or not key.allows(Scope.PREDICT, target.series.model):
                return False
        if not request.is_plain_json:
            return False

        def answered(answer: Answer | Exception) -> None:
            identity = (b"x-request-id", request.request_id.encode())
            if isinstance(answer, Exception):
                problem = self._note_refusal(request, work, answer)
                text = problem.encode(instance=request.path, request_id=request.request_id)
                headers = (identity, *problems.headers_of(answer))
                reply(http_reply(problem.status, problems.CONTENT_TYPE, text, headers))
                return
            work.answer = answer
            self._record(request, work, 200)
            self._keep(request, target, answer, body, BodyFormat.JSON)
            reply(http_reply(200, JSON, answer.payload, (identity,)))

        return target.executor.begin(body, method, request.request_id, answered, max(waited_s, 0.0))

    async def _admit(self, request: Request, work: _Work) -> None:
        # noted before it is refused, so that the log says whose it was
        work.key = await self._gate.identify(request.key)
        if work.key is not None:
            self._gate.check(work.key, Scope.PREDICT)

    async def _refuse(self, request: Request, send: Send, work: _Work, error: Exception) -> None:
        problem = self._note_refusal(request, work, error)
        await send_problem(request, send, problem, problems.headers_of(error))

    def _note_refusal(self, request: Request, work: _Work, error: Exception) -> problems.Problem:
        problem = problems.problem_of(error)
        trace = (
            "".join(traceback.format_exception(error)) if problem.status == _UNEXPECTED else None
        )
        self._record(request, work, problem.status, problem.code, trace)
        if (reason := _rejection(error)) is not None:
            series = work.target.series if work.target else self._metrics.series()
            series.count_rejection(reason)
        return problem

    def _keep(
        self,
        request: Request,
        target: Target,
        answer: Answer,
        body: bytes,
        body_format: BodyFormat,
    ) -> None:
        series = target.series
        self._records.append(
            PredictionRecord(
                at_s=self._clock.monotonic_s(),
                model=series.model,
                version=series.version,
                variant=target.executor.release.variant,
                request_id=request.request_id,
                body=body,
                body_format=body_format,
                reply=answer.payload,
                n_rows=answer.n_rows,
            )
        )

    def _record(
        self,
        request: Request,
        work: _Work,
        status: int,
        code: str | None = None,
        trace: str | None = None,
    ) -> None:
        duration_s = self._clock.monotonic_s() - work.started_s
        target, answer = work.target, work.answer
        n_rows = answer.n_rows if answer else 0
        line = LogLine(
            level=level_of_status(status),
            event="predict",
            request_id=request.request_id,
            prediction_id=answer.prediction_id if answer else None,
            status=status,
            rows=n_rows,
            duration_ms=round(duration_s * 1000, 3),
            error=code,
            traceback=trace,
        )
        if target is None:
            series, variant = self._metrics.series(), ""
            line.method, line.path = request.http_method, request.path[:MAX_LOGGED_PATH]
        else:
            series, variant = target.series, target.executor.release.variant
            line.model, line.version = series.model, series.version
        if work.key is not None:
            line.key = work.key.name
        series.observe(Outcome(variant, DIALECT, status, code, duration_s, n_rows))
        if answer is not None and answer.noted:
            series.count_warnings(answer.noted)
        self._log.append(line)


class _Work:
    """How far a request has come."""

    __slots__ = ("answer", "key", "started_s", "target")

    def __init__(self, started_s: float) -> None:
        self.started_s = started_s
        self.target: Target | None = None
        self.key: ApiKey | None = None
        self.answer: Answer | None = None


def _rejection(error: Exception) -> str | None:
    """Return why a request was not begun or given up, where it was."""
    if isinstance(error, OverloadedError):
        return error.reason or None
    if isinstance(error, DeadlineExceededError):
        return "deadline"
    return "rate" if isinstance(error, RateLimitedError) else None


async def send_problem(
    request: Request, send: Send, problem: problems.Problem, headers: tuple[Header, ...] = ()
) -> None:
    """Send a problem document."""
    body = problem.encode(instance=request.path, request_id=request.request_id)
    identity = (b"x-request-id", request.request_id.encode())
    if request.waits_for_continue:
        # its body was never asked for, so what comes next on this connection cannot be told
        headers = (*headers, (b"connection", b"close"))
    await send_reply(send, problem.status, problems.CONTENT_TYPE, body, (identity, *headers))
