"""A controller in a few lines, which a test tells what to say and asks what it was told.

It is run as a program of its own: `controlling.py FOLDER --report-fd N`.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
from pathlib import Path
from typing import Any

import msgspec

from headway.core.frames import FrameReader, frame
from headway.serving.control import AdminReady, FromController
from headway.supervisor.controllers import ControllerCommand
from running import wait_until

_TURN_S = 0.005


class Controlled:
    """What a test holds of the controller.

    Args:
        folder: Through which they talk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._n_said = 0

    @property
    def command(self) -> ControllerCommand:
        """Starts it."""
        return ControllerCommand((sys.executable, str(Path(__file__)), str(self._folder)))

    @property
    def pid(self) -> int:
        """Its process id."""
        return int(wait_until(lambda: self._read("pid")))

    def say(self, message: FromController) -> None:
        """Have it tell the supervisor something."""
        self._n_said += 1
        draft = self._folder / "draft"
        draft.write_bytes(msgspec.json.encode(message))
        draft.rename(self._folder / f"say-{self._n_said:03}")

    def heard(self, kind: str) -> list[Any]:
        """Return the messages of a kind that it has heard so far."""
        lines = self._read("heard").splitlines(keepends=True)
        documents = [json.loads(line) for line in lines if line.endswith("\n")]
        return [document for document in documents if document["type"] == kind]

    def outcome(self, proposal_id: str) -> Any:
        """Wait for the outcome of a proposal."""
        return wait_until(
            lambda: next(
                (o for o in self.heard("outcome") if o["proposal_id"] == proposal_id), None
            )
        )

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text() if path.exists() else ""


def main(folder: Path, fd: int) -> None:
    """Say and hear until the supervisor is gone."""
    end = socket.socket(fileno=fd)
    (folder / "pid").write_text(str(os.getpid()))
    end.sendall(frame(msgspec.json.encode(AdminReady("http://admin"))))
    reader = FrameReader()
    with (folder / "heard").open("ab", buffering=0) as heard:
        while True:
            for path in sorted(folder.glob("say-*")):
                end.sendall(frame(path.read_bytes()))
                path.unlink()
            if select.select([end], [], [], _TURN_S)[0]:
                data = end.recv(65_536)
                if not data:
                    return
                heard.write(b"".join(message + b"\n" for message in reader.feed(data)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[-1]))
