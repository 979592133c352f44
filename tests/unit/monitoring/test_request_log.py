from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING

from headway.core.clock import SystemClock
from headway.monitoring.log_line import LogLine
from headway.monitoring.request_log import LogDrops, RequestLog
from headway.monitoring.slots import Board

if TYPE_CHECKING:
    from pathlib import Path


def line(number: int = 0) -> LogLine:
    return LogLine(level="info", event="predict", rows=number)


def wait_until(condition: object, timeout_s: float = 5.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_lines_come_out_in_order_with_a_time(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        log = RequestLog(file.fileno(), "json", SystemClock(), LogDrops(Board.private().slot(0)))
        for number in range(1, 500):
            log.append(line(number))
        log.close()
    written = [json.loads(text) for text in path.read_text().splitlines()]
    assert [entry["rows"] for entry in written] == list(range(1, 500))
    assert all(entry["ts"].endswith("Z") for entry in written)
    assert [entry["ts"] for entry in written] == sorted(entry["ts"] for entry in written)
    assert log.dropped == 0


def test_a_line_is_written_soon_without_being_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        log = RequestLog(file.fileno(), "json", SystemClock(), LogDrops(Board.private().slot(0)))
        log.append(line(1))
        wait_until(lambda: path.stat().st_size)
        log.append(line(2))
        wait_until(lambda: len(path.read_bytes().splitlines()) == 2)
        log.close()


def test_a_reader_that_stalls_delays_nobody_and_what_is_lost_is_counted() -> None:
    reader, writer = os.pipe()
    log = RequestLog(writer, "json", SystemClock(), LogDrops(Board.private().slot(0)), capacity=100)
    message = "x" * 10_000
    started_s = time.monotonic()
    for _ in range(1_000):
        log.append(LogLine(level="info", event="log", message=message))
    assert time.monotonic() - started_s < 1
    assert log.dropped >= 800
    received = []
    drain = threading.Thread(target=lambda: received.append(read_all(reader)))
    drain.start()
    log.close()
    os.close(writer)
    drain.join()
    os.close(reader)
    assert received[0].count(b"\n") + log.dropped == 1_000


def read_all(fd: int) -> bytes:
    chunks = []
    while chunk := os.read(fd, 65_536):
        chunks.append(chunk)
    return b"".join(chunks)


def test_a_reader_that_is_gone_is_counted() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log = RequestLog(writer, "text", SystemClock(), LogDrops(Board.private().slot(0)))
    log.append(line(1))
    log.append(line(2))
    log.close()
    os.close(writer)
    assert log.dropped == 2


def test_text_that_utf_8_cannot_hold_costs_one_line_at_most(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        log = RequestLog(file.fileno(), "json", SystemClock(), LogDrops(Board.private().slot(0)))
        log.append(LogLine(level="info", event="log", message="\ud800"))
        log.append(line(2))
        log.close()
    assert [json.loads(text)["rows"] for text in path.read_text().splitlines()] == [2]
    assert log.dropped == 1


def test_closing_twice_is_fine(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        log = RequestLog(file.fileno(), "json", SystemClock(), LogDrops(Board.private().slot(0)))
        log.close()
        log.close()
