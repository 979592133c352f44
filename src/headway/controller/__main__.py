"""`python -m headway.controller --settings-fd N --report-fd N`: what a supervisor starts beside its workers.

`--settings-fd` names memory that holds `ControllerSettings` as JSON (`settings.share_settings`),
`--report-fd` the socket on which supervisor and controller talk: frames of `headway.serving.control`.
The end of that socket's other side ends the process, as SIGTERM does.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
from typing import TYPE_CHECKING

from headway.controller.controller import run_controller
from headway.controller.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a controller as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m headway.controller")
    parser.add_argument("--settings-fd", type=int, required=True, help="memory with the settings")
    parser.add_argument("--report-fd", type=int, required=True, help="socket of the supervisor")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    end = socket.socket(fileno=options.report_fd)
    end.set_inheritable(False)
    return asyncio.run(run_controller(read_settings(options.settings_fd), end))


if __name__ == "__main__":
    sys.exit(main())
