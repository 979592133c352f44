"""The ASGI app of a worker.

It is a plain ASGI app because a framework would cost more than the model does (`benchmarks/`).
"""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from typing import TYPE_CHECKING

from headway.errors import HeadwayError
from headway.monitoring.log_line import LogLine, level_of_status
from headway.serving import problems
from headway.serving.asgi import closing
from headway.serving.description import list_versions
from headway.serving.live import PREDICT_PATHS, LiveReleases, is_predict_path
from headway.serving.pages import Pages
from headway.serving.predict import MAX_LOGGED_PATH, PredictEndpoint, send_problem
from headway.serving.readiness import Readiness
from headway.serving.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.security.keys import ApiKey
    from headway.serving.asgi import App, Message, Receive, Scope, Send
    from headway.serving.executor import Executor
    from headway.serving.predict import Surroundings, Target

_UNEXPECTED = 500


class ServingApp:
    """Answers HTTP for the models of one serving plan.

    Until `load` has returned, the probes answer and predictions are refused with 503. A server that
    speaks ASGI's lifespan protocol loads in it what is not loaded yet; `headway.supervisor.worker`
    loads while the probes already answer.

    Args:
        load: Loads the releases, each with its executor. It may take seconds; it is called once.
        surroundings: Keys, metrics, log and clock.
        door: What every request goes through first.
        revision: Of the serving plan.
    """

    def __init__(
        self,
        load: Callable[[], Sequence[Executor]],
        surroundings: Surroundings,
        door: Callable[[App], App],
        *,
        revision: int,
    ) -> None:
        self.readiness = Readiness(revision)
        self.log = surroundings.log
        self._load = load
        self._surroundings = surroundings
        self._live = LiveReleases((), surroundings.metrics)
        self._predict = PredictEndpoint(surroundings)
        self._pages = Pages(surroundings, self.readiness, lambda: self._live)
        self._in_flight = _InFlight()
        self._is_draining = False
        self._answer = door(self._answer_http)

    def load(self) -> None:
        """Load the releases; predictions are answered from here on. Call it from any thread.

        Raises:
            HeadwayError: One of them cannot be served. `/readyz` says so too.
        """
        self._surroundings.gate.start()
        try:
            self._live = LiveReleases(self._load(), self._surroundings.metrics)
        except Exception as error:
            self.readiness.note_failed(error)
            raise
        self.readiness.note_loaded(list_versions(self._live.service))

    def paths(self) -> dict[str, str]:
        """Return what is answered at each path; `NAME` and `VERSION` stand for any of them."""
        return {**PREDICT_PATHS, **self._pages.paths()}

    async def drain(self, timeout_s: float) -> None:
        """Say on `/readyz` that the end is near, and wait for the predictions that are under way.

        What comes in the meantime is still answered, and its connection is closed after it.

        Args:
            timeout_s: Longest time to wait.
        """
        under_way, self._in_flight = self._in_flight, _InFlight()
        self._is_draining = True
        self.readiness.note_draining()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await under_way.ended()

    def close(self) -> None:
        """Write the rest of the log and end every thread. The app answers nothing after this."""
        self._live.close()
        self._surroundings.gate.close()
        self.log.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or speak the lifespan protocol."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live_and_die(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _answer_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if self._is_draining:
            send = closing(send)
        if not is_predict_path(request.path):
            await self._show_page(request, send)
            return
        in_flight = self._in_flight
        in_flight.enter()
        try:
            await self._predict.answer(request, send, self._target)
        finally:
            in_flight.leave()

    def _target(self, path: str, key: ApiKey | None) -> Target:
        if not self.readiness.is_loaded:
            raise problems.not_ready(self.readiness.report().status)
        return self._live.target(path, key)

    async def _show_page(self, request: Request, send: Send) -> None:
        try:
            await self._pages.show(request, send)
        except Exception as error:  # noqa: BLE001 (the edge of HTTP: logged and answered)
            problem = problems.problem_of(error)
            self.log.append(
                LogLine(
                    level=level_of_status(problem.status),
                    event="request",
                    request_id=request.request_id,
                    method=request.http_method,
                    path=request.path[:MAX_LOGGED_PATH],
                    status=problem.status,
                    error=problem.code,
                    traceback=traceback.format_exc() if problem.status == _UNEXPECTED else None,
                )
            )
            await send_problem(request, send, problem, problems.headers_of(error))

    async def _live_and_die(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send(await self._start())
            else:
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> Message:
        try:
            if not self.readiness.is_loaded:
                await asyncio.to_thread(self.load)
        except HeadwayError as error:
            return {"type": "lifespan.startup.failed", "message": error.message}
        return {"type": "lifespan.startup.complete"}


class _InFlight:
    """The predictions that began in one phase of the server's life."""

    __slots__ = ("_count", "_end")

    def __init__(self) -> None:
        self._count = 0
        self._end: asyncio.Event | None = None

    def enter(self) -> None:
        self._count += 1

    def leave(self) -> None:
        self._count -= 1
        if self._end is not None and not self._count:
            self._end.set()

    async def ended(self) -> None:
        """Return when all have left; nothing may enter any more."""
        if self._count:
            self._end = asyncio.Event()
            await self._end.wait()
