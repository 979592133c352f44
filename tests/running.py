"""Real workers and supervisors in processes of their own, on free ports of the loopback."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client.parser import text_string_to_metric_families

from headway.serving.plan import write_plan
from headway.serving.settings import WorkerSettings
from headway.supervisor.background import BackgroundServer
from headway.supervisor.worker_settings import write_worker_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from headway.serving.plan import ServingPlan


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Running:
    """A server that runs."""

    def __init__(self, server: BackgroundServer, log: Path) -> None:
        self.server = server
        self.log = log
        self.port = int(server.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        return self.server.pid

    def end(self) -> str:
        """Wait for an end that was asked for, and say how it came."""
        return self.server._child.end(20)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request on a connection of its own; a body that is not bytes is sent as JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        given = {"Content-Type": "application/json"} if body is not None else {}
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body, given | dict(headers or {}))
            reply = connection.getresponse()
            return Answer(reply.status, dict(reply.headers.items()), reply.read())

    def predict(self, body: Any, path: str = "/predict", **fields: Any) -> Answer:
        return self.ask("POST", path, body, **fields)

    def metric(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of a metric that have these labels."""
        text = self.ask("GET", "/metrics").body.decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def lines(self) -> list[dict[str, Any]]:
        """Return what the worker has logged so far."""
        texts = self.log.read_text().splitlines()
        return [json.loads(text) for text in texts if text.startswith("{")]


@contextlib.contextmanager
def running(
    folder: Path,
    plan: ServingPlan,
    module: str = "headway.supervisor.worker",
    *,
    settings: WorkerSettings | None = None,
    more: Sequence[str] = (),
) -> Iterator[Running]:
    """Run a worker, or a supervisor with its workers, until the end of the block.

    Args:
        folder: Takes the plan and the log.
        plan: What is served.
        module: What is run.
        settings: How each worker runs.
        more: Arguments beside these.
    """
    path, log = folder / "plan.json", folder / "server.log"
    write_plan(path, plan)
    flag = "--worker" if module == "headway.supervisor" else "--settings"
    command = [
        *(sys.executable, "-m", module, "--plan", str(path), "--port", "0"),
        *(flag, write_worker_settings(folder / "worker.json", settings or WorkerSettings())),
        *more,
    ]
    with BackgroundServer(command, log=log) as server:
        yield Running(server, log)


def wait_until(condition: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    """Return the first true answer of `condition`."""
    end_s = time.monotonic() + timeout_s
    while not (answer := condition()):
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.02)
    return answer


def children(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                state, parent = (entry / "stat").read_text().rpartition(") ")[2].split()[:2]
                if int(parent) == pid and state != "Z":
                    found.append(int(entry.name))
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
