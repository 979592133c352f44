"""A server in a process of its own, for a notebook or a script: ready when it is made, gone when closed."""

from __future__ import annotations

import atexit
import contextlib
import selectors
from typing import TYPE_CHECKING, Self

from headway.errors import ServerError
from headway.supervisor.child import ChildProcess
from headway.supervisor.messages import Failed, Ready, Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

READY_TIMEOUT_S = 120.0
CLOSE_TIMEOUT_S = 40.0


class BackgroundServer:
    """A running server. It lives until it is closed or this process ends, even where that is killed.

    It lives on where nobody holds this object.

    Args:
        command: Starts a supervisor in the foreground. `--report-fd N` is added to it.
        log: File that its output is appended to; by default it goes where this process's goes.
        ready_timeout_s: Longest time to wait until it answers.
        close_timeout_s: Longest time that its end may take; it is killed after that.

    Attributes:
        url: Where it answers.

    Raises:
        HeadwayError: It could not start; the error is its own.
        ServerError: It ended without a word, or was not ready in time.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path | None = None,
        ready_timeout_s: float = READY_TIMEOUT_S,
        close_timeout_s: float = CLOSE_TIMEOUT_S,
    ) -> None:
        self._close_timeout_s = close_timeout_s
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(log.open("ab")) if log else None
            self._child: ChildProcess[Report] = ChildProcess(command, output=output)
        try:
            self.url = self._wait_until_ready(ready_timeout_s)
        except BaseException:
            self.close()
            raise
        # this also holds the object, whose channel would else close when nobody names it any more
        atexit.register(self.close)

    @property
    def pid(self) -> int:
        """Process id of the supervisor."""
        return self._child.pid

    def close(self) -> None:
        """End the server; requests under way are answered first. Closing twice is fine."""
        atexit.unregister(self.close)
        self._child.stop()
        self._child.end(self._close_timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _wait_until_ready(self, timeout_s: float) -> str:
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.reports, selectors.EVENT_READ)
            while selector.select(timeout_s):
                reports, is_over = self._child.reports.receive()
                for report in reports:
                    if isinstance(report, Ready):
                        return report.url
                    if isinstance(report, Failed):
                        raise report.error()
                if is_over:
                    raise ServerError("the server ended before it was ready", hint="see its log")
        raise ServerError(f"the server was not ready within {timeout_s:g} s", hint="see its log")
