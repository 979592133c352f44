from __future__ import annotations

from typing import Any

import pytest

from headway.core.clock import SystemClock
from headway.errors import OverloadedError
from headway.serving.admission import LEAST_SHORT_S, SHORT_CALLS, STANDING_S, Admission
from headway.serving.plan import Limits

CALL_S = 0.05
SHORT_S = SHORT_CALLS * CALL_S


class Held(SystemClock):
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def monotonic_s(self) -> float:
        return self.seconds


def admission(call_s: float = CALL_S, **limits: Any) -> tuple[Admission, Held]:
    clock = Held()
    return Admission("credit:3", Limits(**limits), clock, call_s), clock


def test_as_many_as_may_are_answered_at_once() -> None:
    admitted, _ = admission(max_concurrency=2)
    admitted.enter(0)
    admitted.enter(0)
    with pytest.raises(OverloadedError, match="2 requests are being answered") as caught:
        admitted.enter(0)
    assert caught.value.reason == "concurrency"
    admitted.leave()
    admitted.enter(0)
    assert admitted.n_answering == 2


def test_without_a_limit_any_number_is() -> None:
    admitted, _ = admission()
    for _ in range(1000):
        admitted.enter(0)


def test_a_limit_of_waiting_is_kept_from_the_first_request_on() -> None:
    admitted, _ = admission(max_wait_ms=30)
    admitted.enter(0.029)
    with pytest.raises(OverloadedError, match="no more than 30 ms") as caught:
        admitted.enter(0.031)
    assert caught.value.reason == "wait"
    assert admitted.n_answering == 1


def test_a_crowd_may_wait_and_an_overload_may_not() -> None:
    admitted, clock = admission()
    for _ in range(10):
        admitted.enter(10)
        clock.seconds += STANDING_S / 10
    clock.seconds += 0.01
    with pytest.raises(OverloadedError, match="no more than 200 ms"):
        admitted.enter(10)
    admitted.enter(SHORT_S)


def test_crowds_that_come_apart_are_no_overload() -> None:
    admitted, clock = admission()
    for _ in range(20):
        admitted.enter(10)
        clock.seconds += 0.3


def test_an_overload_that_is_over_is_forgotten() -> None:
    admitted, clock = admission()
    for _ in range(11):
        admitted.check_wait(10)
        clock.seconds += STANDING_S / 10
    with pytest.raises(OverloadedError):
        admitted.check_wait(10)
    clock.seconds += 0.3
    admitted.check_wait(10)


def test_what_is_short_follows_from_the_latest_calls() -> None:
    admitted, _ = admission(call_s=1e-6)
    assert admitted._short_s == LEAST_SHORT_S
    admitted.note_call(1.0)
    assert admitted._short_s == SHORT_CALLS


def test_a_queue_is_full_at_some_length() -> None:
    admitted, _ = admission(max_waiting=3)
    admitted.check_queue(2, 0.0, 0.0)
    with pytest.raises(OverloadedError, match="3 requests wait") as caught:
        admitted.check_queue(3, 7.2, 0.0)
    assert (caught.value.reason, caught.value.retry_after_s) == ("queue", 8)


@pytest.mark.parametrize(
    ("timeout_ms", "hang_after_s", "stuck_after_s"),
    [(30_000, 60, 300), (100, 0.2, 60), (0, 60, 60)],
)
def test_a_call_that_does_not_end_closes_the_queue(
    timeout_ms: float, hang_after_s: float, stuck_after_s: float
) -> None:
    admitted, _ = admission(timeout_ms=timeout_ms)
    assert (admitted.hang_after_s, admitted.stuck_after_s) == (hang_after_s, stuck_after_s)
    admitted.check_queue(1, 0.0, hang_after_s)
    with pytest.raises(OverloadedError, match="one call for") as caught:
        admitted.check_queue(1, 0.0, hang_after_s + 0.01)
    assert (caught.value.reason, caught.value.retry_after_s) == ("stuck", 60)


@pytest.mark.parametrize(("wait_s", "retry_after_s"), [(0.0, 1), (1.5, 2), (1e6, 60)])
def test_when_to_come_back_follows_from_the_queue(wait_s: float, retry_after_s: float) -> None:
    admitted, _ = admission(max_waiting=1)
    with pytest.raises(OverloadedError) as caught:
        admitted.check_queue(1, wait_s, 0.0)
    assert caught.value.retry_after_s == retry_after_s
