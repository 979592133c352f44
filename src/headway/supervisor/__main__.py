"""`python -m headway.supervisor --plan FILE`: a supervisor without the command line of Headway.

This is what `BackgroundServer` starts. `--report-fd` names a socket on which it says that it is
ready; the end of that socket's other side ends it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from headway.core.clock import SystemClock
from headway.errors import HeadwayError
from headway.supervisor.channel import ChildEnd
from headway.supervisor.controllers import ControllerCommand
from headway.supervisor.messages import Ready, failed_report
from headway.supervisor.supervise import SupervisorSettings, supervise
from headway.supervisor.supervisor import Audience
from headway.supervisor.worker_settings import read_worker_settings

FAILED = 1


def main() -> int:
    """Supervise as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m headway.supervisor")
    parser.add_argument("--plan", type=Path, required=True, help="file of the serving plan")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0: a free one")
    parser.add_argument("--insecure", action="store_true", help="listen to a network without a key")
    parser.add_argument(
        "--worker", default="{}", help="worker settings: JSON, or @ and a file of it"
    )
    parser.add_argument("--workers", type=int, default=1, help="how many workers")
    parser.add_argument(
        "--poll-interval-s", type=float, default=1.0, help="how often to look at it"
    )
    parser.add_argument("--controller", help="command that starts a controller, as JSON")
    parser.add_argument("--report-fd", type=int, help="socket that the parent reads")
    options = parser.parse_args()
    parent = ChildEnd(options.report_fd)
    audience = Audience(
        on_ready=lambda url: parent.send(Ready(url)),
        on_event=lambda line: print(line, file=sys.stderr),  # noqa: T201 (it is for people)
        parent=parent,
    )
    try:
        settings = SupervisorSettings(
            plan=options.plan,
            host=options.host,
            port=options.port,
            insecure=options.insecure,
            worker=read_worker_settings(options.worker),
            workers=options.workers,
            poll_interval_s=options.poll_interval_s,
            controller=_controller(options.controller),
        )
        supervise(settings, audience, SystemClock())
    except HeadwayError as error:
        parent.send(failed_report(error))
        return FAILED
    return 0


def _controller(text: str | None) -> ControllerCommand | None:
    if text is None:
        return None
    return ControllerCommand(msgspec.json.decode(text, type=tuple[str, ...]))


if __name__ == "__main__":
    sys.exit(main())
