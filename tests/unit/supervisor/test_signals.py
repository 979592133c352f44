from __future__ import annotations

import os
import select
import signal

import pytest

from headway.supervisor.signals import ending_signals, receive_endings


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_becomes_readable_and_ends_nothing(number: signal.Signals) -> None:
    with ending_signals() as signals:
        assert not select.select([signals], [], [], 0)[0]
        os.kill(os.getpid(), number)
        assert select.select([signals], [], [], 5)[0]
        assert receive_endings(signals) == 1


def test_what_was_there_before_is_put_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with ending_signals():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_only_the_signals_that_end_are_counted() -> None:
    previous = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with ending_signals() as signals:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert select.select([signals], [], [], 5)[0]
            assert receive_endings(signals) == 0
            for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
                os.kill(os.getpid(), number)
            assert receive_endings(signals) == 2
    finally:
        signal.signal(signal.SIGUSR1, previous)
