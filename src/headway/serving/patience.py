"""How long a request is waited for: until its client has left, or its time is out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType


class ClientDisconnectedError(Exception):
    """The client left before its reply was ready."""


class Patience:
    """Ends what the current task waits for in its block, and raises why.

    Args:
        client_left: Returns when nobody wants the reply any more.
        left_s: Seconds that are left; `None` for no limit.
        time_is_out: Makes the error to raise then.

    Raises:
        ClientDisconnectedError: The client left.
    """

    __slots__ = (
        "_client_left",
        "_leaving",
        "_left_s",
        "_n_cancels",
        "_task",
        "_time_is_out",
        "_timer",
        "_why",
    )

    def __init__(
        self,
        client_left: Callable[[], Awaitable[None]],
        left_s: float | None,
        time_is_out: Callable[[], Exception],
    ) -> None:
        self._client_left = client_left
        self._left_s = left_s
        self._time_is_out = time_is_out
        self._why: Callable[[], Exception] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("nothing runs here that could wait")
        self._task = task
        self._n_cancels = task.cancelling()
        if self._left_s is not None:
            self._timer = task.get_loop().call_later(self._left_s, self._end, self._time_is_out)
        self._leaving = asyncio.ensure_future(self._client_left())
        self._leaving.add_done_callback(self._note_leaving)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._leaving.remove_done_callback(self._note_leaving)
        self._leaving.cancel()
        # as `asyncio.timeout` does: somebody else may have cancelled the task as well
        if (
            self._why is not None
            and self._task.uncancel() <= self._n_cancels
            and kind is asyncio.CancelledError
        ):
            raise self._why() from None

    def _note_leaving(self, leaving: asyncio.Future[None]) -> None:
        if not leaving.cancelled():
            leaving.exception()  # seen, so that asyncio does not report it as lost
            self._end(ClientDisconnectedError)

    def _end(self, why: Callable[[], Exception]) -> None:
        if self._why is None:
            self._why = why
            self._task.cancel()
