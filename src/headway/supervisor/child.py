"""One worker process, as its parent sees it."""

from __future__ import annotations

import dataclasses
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec

from headway.supervisor.channel import ParentEnd

if TYPE_CHECKING:
    from pathlib import Path

    from headway.serving.settings import WorkerSettings

_END_TIMEOUT_S = 10.0


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What a worker is started with.

    Attributes:
        plan: File of the serving plan.
        settings: How the worker runs.
        listener: Socket that the worker answers on; it stays open in the parent, so that connections
            wait in its queue while a crashed worker is replaced.
    """

    plan: Path
    settings: WorkerSettings
    listener: socket.socket


class WorkerProcess:
    """A running worker and the channel that it reports on.

    The worker is the leader of a process group, so that a Ctrl-C at the terminal reaches it only
    through its parent.

    Args:
        spec: What to start it with.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [
                    sys.executable,
                    "-P",  # a folder that happens to be the current one adds no modules
                    "-m",
                    "headway.supervisor.worker",
                    *("--plan", str(spec.plan)),
                    *("--fd", str(spec.listener.fileno())),
                    *("--report-fd", str(theirs.fileno())),
                    *("--settings", msgspec.json.encode(spec.settings).decode()),
                ],
                pass_fds=(spec.listener.fileno(), theirs.fileno()),
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        self.reports = ParentEnd(ours)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """Tell it to end when it has answered what is under way."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it now."""
        self._process.kill()

    def reap(self) -> str:
        """Wait for its end and say how it came: `ended with exit code 1`, `was ended by SIGKILL`.

        Call it when the channel is over, which says that the process has ended or is about to.
        """
        self.reports.close()
        try:
            code = self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"
