from __future__ import annotations

import os
import select
import signal

import pytest

from headway.supervisor.signals import ending_signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_becomes_readable_and_ends_nothing(number: signal.Signals) -> None:
    with ending_signals() as signals:
        assert not select.select([signals], [], [], 0)[0]
        os.kill(os.getpid(), number)
        assert select.select([signals], [], [], 5)[0]
        assert signals.recv(16) == bytes([number])


def test_what_was_there_before_is_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with ending_signals():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert signal.set_wakeup_fd(-1) == -1
