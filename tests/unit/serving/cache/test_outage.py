from __future__ import annotations

import pytest

from clocks import ManualClock
from headway.serving.cache.outage import BREAK_S, Outage


def test_one_warning_an_outage_and_one_try_a_break(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    outage = Outage("the thing", clock)
    assert outage.may_try()
    assert outage.may_try()
    for _ in range(5):
        outage.note_failure(OSError("secret"))
    assert [outage.may_try() for _ in range(3)] == [False] * 3
    clock.at_s += BREAK_S
    assert [outage.may_try() for _ in range(3)] == [True, False, False]
    outage.note_failure(OSError("secret"))
    clock.at_s += BREAK_S
    assert outage.may_try()
    outage.note_success()
    outage.note_success()
    assert [outage.may_try() for _ in range(3)] == [True] * 3
    warning, recovery = caplog.records
    assert (warning.levelname, recovery.levelname) == ("WARNING", "WARNING")
    assert recovery.getMessage() == "the thing works again"
    assert "the thing does not work (OSError)" in warning.getMessage()
    assert "secret" not in caplog.text


def test_the_next_outage_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("the thing", ManualClock())
    for _ in range(2):
        outage.note_failure(OSError())
        outage.note_success()
    assert len(caplog.records) == 4
