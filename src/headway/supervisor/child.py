"""A child process that reports on a channel, as its parent sees it."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from typing import IO, TYPE_CHECKING, Any, Generic

from headway.supervisor.channel import Incoming, ParentEnd
from headway.supervisor.messages import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

_END_TIMEOUT_S = 10.0


class ChildProcess(Generic[Incoming]):
    """A running child.

    It leads a process group of its own, so that a Ctrl-C at the terminal reaches it only through its
    parent.

    Args:
        command: Program and arguments; `--report-fd N` is added.
        pass_fds: Further descriptors that it inherits.
        output: Takes its standard output and error; by default they go where the parent's go.
        incoming: Type of what it says.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        pass_fds: Sequence[int] = (),
        output: IO[bytes] | None = None,
        incoming: Any = Report,
    ) -> None:
        ours, theirs = socket.socketpair()
        with contextlib.ExitStack() as unless_started, theirs:
            unless_started.enter_context(ours)
            self._process = subprocess.Popen(  # noqa: S603 (a command of our own making)
                [*command, "--report-fd", str(theirs.fileno())],
                pass_fds=(*pass_fds, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )
            unless_started.pop_all()
        self.reports: ParentEnd[Incoming] = ParentEnd(ours, incoming)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """Tell it to end when it has answered what is under way."""
        self._process.terminate()

    def kill(self) -> None:
        """End it now."""
        self._process.kill()

    def end(self, timeout_s: float = _END_TIMEOUT_S) -> str:
        """Close the channel, wait for the end, and say how it came.

        The closed channel tells the child to end, if it has not done so.

        Args:
            timeout_s: After which it is killed.

        Returns:
            For example `ended with exit code 1` or `was ended by SIGKILL`.
        """
        self.reports.close()
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"
