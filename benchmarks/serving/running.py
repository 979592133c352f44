"""A contestant that runs: started, asked, and ended with all that it started."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.process_tree import cpu_seconds, pin_tree
from benchmarks.serving.formats import Question
from benchmarks.serving.places import HERE, RESULTS, WORK
from benchmarks.serving.venvs import UnavailableError, programs

import headway

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.serving.contestants import Contestant
    from benchmarks.serving.data import Data

_START_TIMEOUT_S = 240.0
_END_TIMEOUT_S = 20.0
_PORTS = range(20_000, 28_000, 10)
_TAIL_BYTES = 600


@dataclasses.dataclass(frozen=True)
class Setting:
    """How a server is run.

    Attributes:
        cpus: That it may use.
        workers: Processes that answer.
        variables: Added to its environment variables.
    """

    cpus: tuple[int, ...]
    workers: int = 1
    variables: tuple[tuple[str, str], ...] = ()


class Server:
    """A running contestant.

    Attributes:
        contestant: Which one.
        data: Of the model that it serves.
        setting: How it is run.
        pid: Of the process above its whole tree.
        port: Where it listens, on loopback.
        start_cpu_s: CPU of the tree until its first answer.
    """

    def __init__(self, contestant: Contestant, data: Data, setting: Setting) -> None:
        self.contestant, self.data, self.setting = contestant, data, setting
        self.port = _free_port()
        self.start_cpu_s = 0.0
        self.format = contestant.format(data) if contestant.format else None
        self._folder = WORK / f"{contestant.name}-{self.port}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._log = WORK / f"{contestant.name}.log"
        words = {
            "port": self.port,
            "workers": setting.workers,
            "bin": programs(contestant.environment),
            "folder": self._folder,
            "model": data.model,
            "files": data.folder,
            "home": RESULTS / f"home-{headway.__version__}",
            "short": tempfile.gettempdir(),
        }
        variables = {
            "BENCH_MODEL": str(data.folder),
            "BENCH_WORKERS": str(setting.workers),
            "PATH": f"{words['bin']}:{os.environ['PATH']}",
            **dict(setting.variables),
        }
        variables |= {name: text.format(**words) for name, text in contestant.variables.items()}
        self._environment = os.environ | variables
        if contestant.prepare:
            self._prepare(shlex.split(contestant.prepare.format(**words)))
        first = range(os.cpu_count() or 1) if contestant.starts_anywhere else setting.cpus
        cpus = ",".join(map(str, first))
        command = shlex.split(contestant.command.format(**words))
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "launch.py"), cpus, *command],
            cwd=HERE / "servers",
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        self.pid = self._process.pid

    def _prepare(self, command: list[str]) -> None:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UnavailableError(f"its files are not written: {done.stderr.strip()[-300:]}")

    def wait_until_it_answers(self) -> None:
        """Return after the first right answer.

        Raises:
            UnavailableError: There is none.
        """
        question = self.single()[0]
        end_s = time.monotonic() + _START_TIMEOUT_S
        last: object = "nothing"
        while time.monotonic() < end_s:
            if self._process.poll() is not None:
                raise UnavailableError(f"ended while it started: {self._tail()}")
            try:
                status, reply = self.ask(question)
            except (OSError, http.client.HTTPException) as error:
                last = error
            else:
                if status == HTTPStatus.OK:
                    self.start_cpu_s = cpu_seconds(self.pid)
                    pin_tree(self.pid, self.setting.cpus)
                    return
                last = f"{status} {reply[:200]!r}"
            time.sleep(0.02)
        raise UnavailableError(f"does not answer: {last}; {self._tail()}")

    def single(self) -> Sequence[Question]:
        """Return each row as a request."""
        if self.format is None:
            return [
                Question("/predict", "application/json", json.dumps(self.data.rows[0]).encode())
            ]
        return [self.format.one(row) for row in self.data.rows]

    def ask(self, question: Question) -> tuple[int, bytes]:
        """Return status and body of one reply."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            headers = {"Content-Type": question.content_type}
            connection.request("POST", question.path, question.body, headers)
            response = connection.getresponse()
            return response.status, response.read()

    def read(self, reply: bytes) -> list[list[float]]:
        """Return the probabilities of a reply."""
        read: Any = self.format and self.format.probabilities(json.loads(reply))
        return read or []

    def _tail(self) -> str:
        return self._log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace").replace("\n", " ")

    def end(self) -> int | None:
        """End it, and return the exit code of the process above its tree."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.rmtree(Path(tempfile.gettempdir()) / f"ray{self.port}", ignore_errors=True)
        return self._process.returncode


@contextlib.contextmanager
def running(contestant: Contestant, data: Data, setting: Setting) -> Iterator[Server]:
    """Run a contestant until the end of the block; it answers when the block begins."""
    server = Server(contestant, data, setting)
    try:
        server.wait_until_it_answers()
        yield server
    finally:
        server.end()


def _free_port() -> int:
    """Return the first of three free ports: a server may want one for metrics, and one for gRPC."""
    for port in _PORTS:
        with contextlib.ExitStack() as taken, contextlib.suppress(OSError):
            for beside in range(3):
                taken.enter_context(socket.create_server(("127.0.0.1", port + beside)))
            return port
    raise UnavailableError("no free port")
