from __future__ import annotations

import threading
from collections import deque

import pytest

from headway.monitoring.drain import Drain


def test_what_is_put_in_comes_out_soon_and_the_rest_at_the_end() -> None:
    buffer: deque[int] = deque()
    taken: list[list[int]] = []
    is_taken = threading.Event()

    def empty() -> None:
        found = [buffer.popleft() for _ in range(len(buffer))]
        if found:
            taken.append(found)
            is_taken.set()

    drain = Drain("test", 0.01, empty)
    for number in range(3):
        is_taken.clear()
        buffer.append(number)
        drain.notify()
        assert is_taken.wait(10)
    # nobody was told of this one
    buffer.append(3)
    drain.close()
    assert taken == [[0], [1], [2], [3]]


def test_what_takes_for_ever_is_not_waited_for_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("headway.monitoring.drain._CLOSE_TIMEOUT_S", 0.05)
    gate = threading.Event()
    drain = Drain("test", 0.0, lambda: wait(gate))
    drain.notify()
    drain.close()
    assert not gate.is_set()
    gate.set()


def wait(gate: threading.Event) -> None:
    gate.wait(10)
