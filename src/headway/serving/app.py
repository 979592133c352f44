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
from headway.monitoring.slots import SlotState
from headway.serving import problems
from headway.serving.asgi import closing
from headway.serving.description import list_versions
from headway.serving.live import PREDICT_PATHS, is_predict_path
from headway.serving.pages import Pages
from headway.serving.predict import MAX_LOGGED_PATH, send_problem
from headway.serving.readiness import Readiness
from headway.serving.request import Request
from headway.serving.succession import Succession

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from headway.monitoring.slots import Board, Slot
    from headway.security.keys import ApiKey
    from headway.serving.asgi import App, Header, Message, Receive, Scope, Send
    from headway.serving.live import LiveReleases
    from headway.serving.plan import ServingPlan
    from headway.serving.pool import ReleasePool
    from headway.serving.predict import Surroundings, Target

_UNEXPECTED = 500


class ServingApp:
    """Answers HTTP for the models of one serving plan, and of those that follow it.

    Until `load` has returned, the probes answer and predictions are refused with 503. A server that
    speaks ASGI's lifespan protocol loads in it what is not loaded yet; `headway.supervisor.worker`
    loads while the probes already answer.

    Args:
        plan: The first plan.
        pool: Loads releases.
        surroundings: Makes what the endpoints of a plan share: its keys, and metrics, log and clock,
            which are the same for all.
        place: The shared memory of the server, and this app's slot of it.
        door: What every request goes through first.

    Raises:
        ConfigError: The plan holds something else than key hashes.
    """

    def __init__(
        self,
        plan: ServingPlan,
        pool: ReleasePool,
        surroundings: Callable[[ServingPlan], Surroundings],
        place: tuple[Board, Slot],
        door: Callable[[App], App],
    ) -> None:
        board, self._slot = place
        self.readiness = Readiness(plan.revision, board)
        self._succession = Succession(plan, pool, surroundings, self._refuse)
        shared = surroundings(plan)
        self.log = shared.log
        self._records = shared.records
        self._pages = Pages(shared, self.readiness, lambda: self._succession.live)
        self._is_draining = False
        self._slot.state = SlotState.LOADING
        self._gate = shared.gate
        unguarded = self._answer_http
        self._answer = door(unguarded)
        self._is_guarded = self._answer is not unguarded

    @property
    def revision(self) -> int:
        """Revision of the plan that is live, or about to be."""
        return self._succession.live.plan.revision

    @property
    def releases(self) -> LiveReleases:
        """What is live."""
        return self._succession.live.releases

    def load(self) -> None:
        """Load the first plan; predictions are answered from here on. Call it from any thread.

        Raises:
            HeadwayError: One of its releases cannot be served. `/readyz` says so too.
        """
        self._gate.start()
        plan = self._succession.live.plan
        try:
            self._succession.stage(plan)
        except Exception as error:
            self.readiness.note_failed(error)
            raise
        self.activate(plan.revision)

    def stage(self, plan: ServingPlan) -> bool:
        """Load another plan beside the live one, and return whether anything had to be loaded.

        Call it from any thread.

        Raises:
            HeadwayError: It cannot be served; nothing of it stays loaded.
        """
        return self._succession.stage(plan)

    def activate(self, revision: int) -> bool:
        """Answer by a plan that was staged, and return whether there was one.

        Requests under way end as they began.
        """
        if not self._succession.activate(revision):
            return False
        self.readiness.note_loaded(revision, list_versions(self.releases.service))
        self._slot.revision = revision
        if not self._is_draining:
            self._slot.state = SlotState.READY
        return True

    def discard(self, revision: int) -> None:
        """Let go of a plan that was staged."""
        self._succession.discard(revision)

    def paths(self) -> dict[str, str]:
        """Return what is answered at each path; `NAME` and `VERSION` stand for any of them."""
        return {**PREDICT_PATHS, **self._pages.paths()}

    async def drain(self, timeout_s: float) -> None:
        """Say on `/readyz` that the end is near, and wait for the predictions that are under way.

        What comes in the meantime is still answered, and its connection is closed after it.

        Args:
            timeout_s: Longest time to wait.
        """
        under_way = self._succession.begin_phase()
        self._is_draining = True
        self.readiness.note_draining()
        self._slot.state = SlotState.DRAINING
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                for in_flight in under_way:
                    ended = asyncio.Event()
                    in_flight.when_ended(ended.set)
                    await ended.wait()

    def close(self) -> None:
        """Write the rest of the log and end every thread. The app answers nothing after this."""
        self._succession.close()
        self._records.close()
        self._gate.close()
        self.log.close()

    @property
    def direct_urls(self) -> Container[bytes]:
        """URLs at which `begin` may answer."""
        return () if self._is_guarded else self._succession.live.releases.direct

    def begin(
        self,
        url: bytes,
        headers: list[Header],
        body: bytes,
        arrived_s: float,
        reply: Callable[[bytes], None],
    ) -> bool:
        """Take a request on without ASGI: see `headway.supervisor.direct.DirectApp`."""
        live = self._succession.live
        asked = live.releases.direct.get(url)
        if asked is None or self._is_draining:
            return False
        path = url.partition(b"?")[0].decode()
        request = Request({"headers": headers, "method": "POST", "path": path}, _nothing_more)
        return live.predict.begin(request, asked, body, arrived_s, reply)

    def end_turn(self) -> None:
        """Reply to everything that was taken on."""
        for executor in self._succession.live.releases.executors:
            executor.end_turn()

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
        live = self._succession.live
        in_flight = live.in_flight
        in_flight.enter()
        try:
            await live.predict.answer(request, send, live.find)
        finally:
            in_flight.leave()

    def _refuse(self, _path: str, _key: ApiKey | None) -> Target:
        raise problems.not_ready(self.readiness.own_status)

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


async def _nothing_more() -> Message:
    """Receive nothing: the whole body was there from the start."""
    return {"type": "http.disconnect"}
