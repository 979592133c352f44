"""The generator as whoever needs load sees it: a process of its own, asked for one run after the other."""

from __future__ import annotations

import contextlib
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Self

import msgspec

from headway.core.frames import FrameReader, frame
from headway.errors import HeadwayError
from headway.testing.load.wire import Load, Mark, Outcome, Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_READ_BYTES = 1 << 20
_TICK_S = 0.2


class GeneratorProcess:
    """A process that makes load. It ends when it is closed, or with this process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "headway.testing.load.generator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # a Ctrl-C at the terminal is for this process, which then ends it
        )
        self._decoder = msgspec.msgpack.Decoder(Report)
        self._reader = FrameReader()

    def run(
        self,
        load: Load,
        on_mark: Callable[[], object] = lambda: None,
        on_tick: Callable[[], object] = lambda: None,
    ) -> Outcome:
        """Run a load to its end.

        Args:
            load: What is sent, and when.
            on_mark: Called when the warm-up is over.
            on_tick: Called a few times in a second.

        Raises:
            HeadwayError: The process has ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 (for the type: it is a pipe)
        assert stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            stdin.write(frame(msgspec.msgpack.encode(load)))
            stdin.flush()
        while True:
            if not select.select([stdout], [], [], _TICK_S)[0]:
                on_tick()
                continue
            data = stdout.read1(_READ_BYTES)  # type: ignore[attr-defined]
            if not data:
                code = self._process.wait()
                raise HeadwayError(f"the process that makes load ended with exit code {code}")
            for message in self._reader.feed(data):
                report: Report = self._decoder.decode(message)
                if isinstance(report, Mark):
                    on_mark()
                else:
                    return report

    def close(self) -> None:
        """End the process, also in the middle of a run. Closing twice is fine."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
