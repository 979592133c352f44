"""Brings what libraries say through `logging` into the one log of the server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from typing_extensions import override

from headway.monitoring.log_line import LogLine

if TYPE_CHECKING:
    from headway.monitoring.request_log import RequestLog


class LogHandler(logging.Handler):
    """Appends each record as a line of the event `log`.

    Args:
        log: Where lines go.
    """

    def __init__(self, log: RequestLog) -> None:
        super().__init__(level=logging.WARNING)
        self._log = log
        self._formatter = logging.Formatter()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        traceback = self._formatter.formatException(record.exc_info) if record.exc_info else None
        level = "error" if record.levelno >= logging.ERROR else "warning"
        self._log.append(
            LogLine(
                level=level,
                event="log",
                message=f"{record.name}: {record.getMessage().strip()}",
                traceback=traceback,
            )
        )
