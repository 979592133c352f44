from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from headway.core.clock import SystemClock
from headway.monitoring.log_handler import LogHandler
from headway.monitoring.request_log import LogDrops, RequestLog
from headway.monitoring.slots import Board

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_library_says_becomes_a_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    logger = logging.getLogger("some.library")
    with path.open("wb") as file:
        log = RequestLog(file.fileno(), "json", SystemClock(), LogDrops(Board.private().slot(0)))
        handler = LogHandler(log)
        logger.addHandler(handler)
        logger.info("not wanted")
        logger.warning("low on %s", "memory")
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            logger.exception("it failed")
        logger.removeHandler(handler)
        log.close()
    first, second = map(json.loads, path.read_text().splitlines())
    assert (first["level"], first["event"]) == ("warning", "log")
    assert first["message"] == "some.library: low on memory"
    assert second["level"] == "error"
    assert "ZeroDivisionError" in second["traceback"]
