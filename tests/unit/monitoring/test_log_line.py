from __future__ import annotations

import json

import pytest

from headway.monitoring.log_line import LogLine, TimeStamps, level_of_status, line_writer

TS = "2026-01-02T03:04:05.678Z"


def predicted(**fields: object) -> LogLine:
    values = {
        "ts": TS,
        "level": "info",
        "event": "predict",
        "request_id": "r1",
        "prediction_id": "p1",
        "model": "credit",
        "version": "3",
        "status": 200,
        "rows": 1,
        "duration_ms": 0.25,
    }
    return LogLine(**(values | fields))  # type: ignore[arg-type]


def test_a_json_line_holds_what_is_known_and_nothing_else() -> None:
    line = line_writer("json")(predicted())
    assert line.endswith(b"\n")
    assert json.loads(line) == {
        "ts": TS,
        "level": "info",
        "event": "predict",
        "request_id": "r1",
        "prediction_id": "p1",
        "model": "credit",
        "version": "3",
        "status": 200,
        "rows": 1,
        "duration_ms": 0.25,
    }


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_what_a_client_sends_cannot_make_a_second_line(log_format: str) -> None:
    line = line_writer(log_format)(predicted(path="/a\nb\x1b[31m\r", method="GET"))  # type: ignore[arg-type]
    assert line.count(b"\n") == 1
    assert b"\x1b" not in line
    assert b"\r" not in line


def test_a_line_for_a_terminal_reads_from_left_to_right() -> None:
    line = line_writer("text")(predicted(rows=3, error="contract.violated", status=422))
    words = line.decode().split()
    assert words[:3] == ["03:04:05.678", "INFO", "422"]
    assert "credit:3" in words
    assert "rows" in words
    assert "contract.violated" in words
    assert words[-1] == "request=r1"


def test_the_name_of_the_key_is_in_both_forms() -> None:
    assert json.loads(line_writer("json")(predicted(key="batch")))["key"] == "batch"
    assert b"key=batch" in line_writer("text")(predicted(key="batch"))
    assert b"key" not in line_writer("text")(predicted())


def test_a_traceback_follows_its_line_on_a_terminal_and_is_a_field_in_json() -> None:
    line = predicted(traceback="Traceback\n  boom\n")
    assert line_writer("text")(line).decode().splitlines()[1:] == ["Traceback", "  boom"]
    assert json.loads(line_writer("json")(line))["traceback"] == "Traceback\n  boom\n"


@pytest.mark.parametrize(
    ("status", "level"),
    [(200, "info"), (307, "info"), (400, "warning"), (499, "warning"), (500, "error")],
)
def test_the_level_follows_the_status(status: int, level: str) -> None:
    assert level_of_status(status) == level


def test_time_stamps_are_utc_with_milliseconds() -> None:
    stamps = TimeStamps(1_700_000_000.0)
    assert stamps.text(0.0) == "2023-11-14T22:13:20.000Z"
    assert stamps.text(0.9994) == "2023-11-14T22:13:20.999Z"
    assert stamps.text(60.5) == "2023-11-14T22:14:20.500Z"
    assert stamps.text(0.001) == "2023-11-14T22:13:20.001Z"
