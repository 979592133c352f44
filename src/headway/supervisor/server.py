"""`Server`: a server in the background, as a notebook or a script holds it."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from headway.serving.plan import write_plan
from headway.supervisor.background import BackgroundServer
from headway.supervisor.worker_settings import write_worker_settings

if TYPE_CHECKING:
    from headway.serving.plan import ServingPlan
    from headway.serving.settings import WorkerSettings

_PROC = Path("/proc")
# beside the drain time: what the supervisor gives its worker, and its own end
_CLOSE_MARGIN_S = 10.0


class Server(BackgroundServer):
    """A server that answers. It lives until it is closed or this process ends, whoever holds it.

    Args:
        plan: What it serves.
        host: Address to listen on; whoever calls has checked that it may be.
        port: TCP port; 0 takes a free one.
        worker: How each worker runs.
        log: File that its log is appended to.
        workers: How many there are.

    Attributes:
        url: Where it answers.
        log: File of its log.

    Raises:
        HeadwayError: It could not start; the error is its own.
        ServerError: It ended without a word, or was not ready in time.
    """

    def __init__(
        self,
        plan: ServingPlan,
        host: str,
        port: int,
        worker: WorkerSettings,
        log: Path,
        *,
        workers: int = 1,
    ) -> None:
        self.log = log
        self._models = [model.name for model in plan.models]
        self._folder = tempfile.TemporaryDirectory(prefix="headway-")
        path = Path(self._folder.name) / "plan.json"
        write_plan(path, plan)
        command = [
            *(sys.executable, "-P", "-m", "headway.supervisor"),
            *("--plan", str(path)),
            *("--host", host, "--port", str(port), "--insecure"),
            *("--worker", write_worker_settings(path.with_name("worker.json"), worker)),
            *("--workers", str(workers)),
        ]
        close_timeout_s = worker.drain_timeout_s + _CLOSE_MARGIN_S
        super().__init__(command, log=log, close_timeout_s=close_timeout_s)

    def cpu_time_s(self) -> float:
        """Return the CPU time that the server's processes have used so far, in seconds. Linux only."""
        ticks = sum(_ticks(pid) for pid in (self.pid, *_children(self.pid)))
        return ticks / os.sysconf("SC_CLK_TCK")

    @override
    def close(self) -> None:
        super().close()
        self._folder.cleanup()

    @override
    def __repr__(self) -> str:
        return f"Server({', '.join(self._models)} at {self.url})"

    def _repr_html_(self) -> str:
        links = " · ".join(
            f'<a href="{self.url}{path}">{text}</a>'
            for path, text in (("/docs", "API page"), ("/metrics", "metrics"), ("/readyz", "state"))
        )
        return f"<b>{', '.join(self._models)}</b> at {self.url}: {links}"


def _children(pid: int) -> list[int]:
    text = (_PROC / str(pid) / "task" / str(pid) / "children").read_text()
    return [int(child) for child in text.split()]


def _ticks(pid: int) -> int:
    """Return the clock ticks in user and system mode of a process and of the children it has reaped."""
    # the name of the program comes in brackets before the numbers, and may hold blanks
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])
