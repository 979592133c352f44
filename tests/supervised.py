"""A real controller in a process of its own, and a supervisor that a test plays."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import msgspec

from headway.controller.settings import ControllerSettings, share_settings
from headway.core.frames import FrameReader, frame
from headway.serving.control import (
    AdminReady,
    FromController,
    FromSupervisor,
    ServerStatus,
    WorkerStatus,
)
from headway.serving.plan import Route, ServedModel, ServingPlan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUTE = Route("3", "a" * 64, "/srv/bundles/a")
PLAN = ServingPlan(1, (ServedModel("credit", (ROUTE,)),))


def status_of(plan: ServingPlan, refusal: str = "") -> ServerStatus:
    return ServerStatus(
        "http://127.0.0.1:8000", plan, (WorkerStatus(0, 77, "ready", plan.revision),), refusal
    )


@dataclasses.dataclass
class PlayedSupervisor:
    """The other side of a controller."""

    process: subprocess.Popen[bytes]
    end: socket.socket
    log: Path
    url: str = ""

    def __post_init__(self) -> None:
        self._frames = FrameReader()
        self._heard: list[FromController] = []

    def say(self, message: FromSupervisor) -> None:
        self.end.sendall(frame(msgspec.json.encode(message)))

    def hear(self, kind: type[Any], timeout_s: float = 20.0) -> Any:
        """Return the next message of a kind; others are dropped."""
        end_s = time.monotonic() + timeout_s
        while True:
            while self._heard:
                message = self._heard.pop(0)
                if isinstance(message, kind):
                    return message
            left_s = max(end_s - time.monotonic(), 0)
            assert select.select([self.end], [], [], left_s)[0], f"no {kind.__name__} came"
            chunk = self.end.recv(65_536)
            assert chunk, self.log.read_text()
            self._heard += [
                msgspec.json.decode(payload, type=FromController)
                for payload in self._frames.feed(chunk)
            ]

    def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


@contextlib.contextmanager
def supervised(settings: ControllerSettings, log: Path) -> Iterator[PlayedSupervisor]:
    """Run a controller until the end of the block; it has said nothing yet."""
    descriptor = share_settings(settings)
    ours, theirs = socket.socketpair()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "headway.controller"),
                *("--settings-fd", str(descriptor), "--report-fd", str(theirs.fileno())),
            ],
            pass_fds=(descriptor, theirs.fileno()),
            stderr=output,
        )
    theirs.close()
    os.close(descriptor)
    try:
        yield PlayedSupervisor(process, ours, log)
    finally:
        ours.close()
        try:
            assert process.wait(20) is not None
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def administered(settings: ControllerSettings, log: Path) -> Iterator[PlayedSupervisor]:
    """Run a controller whose admin API answers, and which knows that `PLAN` is live."""
    with supervised(settings, log) as supervisor:
        supervisor.say(status_of(PLAN))
        supervisor.url = supervisor.hear(AdminReady).url
        yield supervisor
