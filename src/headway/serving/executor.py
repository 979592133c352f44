"""Runs predictions for asynchronous code: the only place where it calls a runtime.

A lowered model answers a small request in less time than it takes to hand it to a thread, so such a
request is answered on the event loop itself, together with those that arrive in the same turn of it
(`headway.serving.batcher`). Everything else goes to the one thread of its release: large bodies, slow
models, bodies that break the contract (to find every reason in 400 bytes can take 30 ms), contracts with
code of the user's, and every native model, because a native runtime may be called from one thread only.

Invariants: the event loop is never held for longer than about `INLINE_LIMIT_S`; a request waits in a
queue of bounded length and no longer than its deadline; a request whose client has left or whose
deadline has passed is not started.
"""

from __future__ import annotations

import asyncio
import dataclasses
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from headway.contract.request import BodyFormat
from headway.errors import DeadlineExceededError, OverloadedError
from headway.serving.batcher import TurnBatcher
from headway.serving.release import encode_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future

    from headway.core.dtypes import Method
    from headway.serving.release import Answer, LoadedRelease

# Measured on a slow core: a call that is handed to a thread, waited for with a deadline and watched for
# the client's leaving costs 0.2 ms more than the call itself, and twice that where the two threads fight
# for the interpreter. Below this limit the thread costs more than it saves anybody.
INLINE_LIMIT_S = 0.5e-3
# The cost is measured once and on a small body; beyond this size it would be extrapolated too far.
MAX_INLINE_BYTES = 65_536
MAX_WAITING_REQUESTS = 64
_LONGEST_RETRY_S = 60


class ClientDisconnectedError(Exception):
    """The client left before its reply was ready."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """What an answer costs, measured when the release was loaded.

    Attributes:
        base_s: Of a request, whatever its size.
        byte_s: Of each byte of the body.
    """

    base_s: float
    byte_s: float

    def of(self, n_bytes: int) -> float:
        """Return the expected time in seconds to answer a body of `n_bytes`."""
        return self.base_s + self.byte_s * n_bytes

    def bytes_within(self, limit_s: float) -> int:
        """Return the largest body that is answered within `limit_s`, or -1 where none is.

        It is `MAX_INLINE_BYTES` at most.
        """
        if self.base_s > limit_s or self.byte_s <= 0:
            return -1
        return int(min((limit_s - self.base_s) / self.byte_s, MAX_INLINE_BYTES))


class Executor:
    """Answers the requests of one release.

    Use it from one event loop.

    Args:
        release: What answers.
        cost: Measured; `None` where it could not be, which sends every request to the thread.
        max_waiting: Most requests that wait or are being answered outside of the event loop.
    """

    def __init__(
        self,
        release: LoadedRelease,
        cost: Cost | None,
        *,
        max_waiting: int = MAX_WAITING_REQUESTS,
    ) -> None:
        self.waiting = 0
        # a user's own code takes the time that it takes, whatever was measured
        may_be_inline = release.form == "lowered" and release.validator is None
        self.inline_max_bytes = cost.bytes_within(INLINE_LIMIT_S) if cost and may_be_inline else -1
        self.release = release
        self._name = f"{release.name}:{release.version}"
        self._timeout_s = release.limits.timeout_ms / 1000 or None
        self._cost = cost or Cost(base_s=1.0, byte_s=0.0)
        self._max_waiting = max_waiting
        self._batcher = TurnBatcher(release.runtime.predict)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"headway-{self._name}")

    async def answer(
        self,
        body: bytes,
        method: Method,
        request_id: str,
        client_left: Callable[[], Awaitable[None]],
        body_format: BodyFormat = BodyFormat.JSON,
    ) -> Answer:
        """Answer the body of a request.

        Args:
            body: The whole body.
            method: What the model is asked for.
            request_id: Goes into the reply.
            client_left: Called where the request has to wait; returns when nobody wants the reply.
            body_format: What the body is. Only JSON is answered on the event loop: the cost of a table
                is not what was measured, and the first one imports pyarrow.

        Raises:
            OverloadedError: Too many requests wait already.
            DeadlineExceededError: The time limit passed. A model that is running is not stopped, but
                the request no longer waits for it.
            ClientDisconnectedError: The client left.
            HeadwayError: As `LoadedRelease.predict`.
        """
        if body_format is BodyFormat.JSON and len(body) <= self.inline_max_bytes:
            rows = self.release.reader.read_accepted(body)
            if rows is not None:
                prediction = await self._batcher.predict(rows.batch, method)
                reply = self.release.reply(rows, prediction, request_id)
                return encode_answer(reply, rows.notices)
        if self.waiting >= self._max_waiting:
            raise OverloadedError(
                f"{self.waiting} requests wait for `{self._name}`, and no more may",
                retry_after_s=self._retry_after_s(len(body)),
            )
        job = self._thread.submit(self.release.answer, body, method, request_id, body_format)
        return await self._result_of(job, client_left)

    def close(self) -> None:
        """Drop what waits; do not wait for what runs."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _result_of(
        self, job: Future[Answer], client_left: Callable[[], Awaitable[None]]
    ) -> Answer:
        answering = self._watch(job)
        leaving = asyncio.ensure_future(client_left())
        try:
            waited_for: set[asyncio.Future[Any]] = {answering, leaving}
            await asyncio.wait(
                waited_for,
                timeout=self._timeout_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            # no effect on a job that is done; one that has not been started never will be
            job.cancel()
            leaving.cancel()
        if answering.done() and not answering.cancelled():
            return answering.result()
        if leaving.done() and not leaving.cancelled():
            raise ClientDisconnectedError
        raise DeadlineExceededError(
            f"`{self._name}` did not answer within {(self._timeout_s or 0) * 1000:g} ms",
            hint="send fewer rows, or try again when the server has less to do",
        )

    def _watch(self, job: Future[Answer]) -> asyncio.Future[Answer]:
        """Count a job as waiting until it ends, even where nobody waits for it any more."""
        self.waiting += 1
        answering = asyncio.wrap_future(job)

        def ended(done: asyncio.Future[Answer]) -> None:
            self.waiting -= 1
            if not done.cancelled():
                done.exception()  # seen, so that asyncio does not report it as lost

        answering.add_done_callback(ended)
        return answering

    def _retry_after_s(self, n_bytes: int) -> float:
        expected_s = self._max_waiting * self._cost.of(n_bytes)
        return float(min(max(1, math.ceil(expected_s)), _LONGEST_RETRY_S))
