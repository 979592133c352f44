"""When a request is sent again, and how long is waited for that."""

from __future__ import annotations

import math
import time
from decimal import Decimal
from typing import Any

import pytest

from headway.client.attempts import (
    MAX_ATTEMPTS,
    Attempts,
    Deadline,
    backoff_s,
    check_timeout,
)
from headway.client.exchange import Answer, Call, Failure
from headway.errors import ConfigError, ServerError

PREDICTION = Call(verb="POST", path="/predict", body=b"{}")
READING = Call(verb="GET", path="/models")
PROBE = Call(verb="GET", path="/healthz", is_probe=True)
FULL = Answer(503, b"", {"retry-after": "0"})
UNSENT = Failure(ServerError("no connection"), is_unsent=True)
BROKEN = Failure(ServerError("broke"))
HOPELESS = Failure(ServerError("not trusted"), is_passing=False)


def wait_s(call: Call, outcome: Answer | Failure, n_sent: int = 0, timeout_s: float = 30) -> object:
    return Attempts(call, Deadline(timeout_s), n_sent).wait_s(outcome)


@pytest.mark.parametrize(
    ("call", "outcome", "is_repeated"),
    [
        (PREDICTION, FULL, True),
        (PREDICTION, Answer(429, b"", {"retry-after": "0"}), True),
        (PREDICTION, Answer(503, b""), False),
        (PREDICTION, Answer(503, b"", {"retry-after": "60"}), False),
        (PREDICTION, Answer(503, b"", {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), False),
        (PREDICTION, Answer(200, b"", {"retry-after": "0"}), False),
        (PREDICTION, Answer(500, b"", {"retry-after": "0"}), False),
        (PREDICTION, Answer(504, b"", {"retry-after": "0"}), False),
        (PREDICTION, UNSENT, True),
        (PREDICTION, BROKEN, False),
        (PREDICTION, HOPELESS, False),
        (READING, BROKEN, True),
        (READING, HOPELESS, False),
        (READING, Answer(500, b""), False),
        (PROBE, FULL, False),
        (PROBE, UNSENT, False),
        (PROBE, BROKEN, False),
    ],
)
def test_only_what_cannot_have_begun_is_sent_again(
    call: Call, outcome: Answer | Failure, is_repeated: bool
) -> None:
    assert (wait_s(call, outcome) is not None) is is_repeated


@pytest.mark.parametrize("outcome", [FULL, UNSENT])
def test_the_attempts_are_counted(outcome: Answer | Failure) -> None:
    attempts = Attempts(PREDICTION, Deadline(30))
    waits = [attempts.wait_s(outcome) for _ in range(MAX_ATTEMPTS)]
    assert [wait is None for wait in waits] == [False] * (MAX_ATTEMPTS - 1) + [True]


def test_what_the_server_asks_for_is_waited_at_least() -> None:
    waited_s = wait_s(PREDICTION, Answer(503, b"", {"retry-after": "2"}))
    assert isinstance(waited_s, float)
    assert 2 < waited_s < 2.2


@pytest.mark.parametrize(("timeout_s", "is_repeated"), [(1.9, False), (4.0, True)])
def test_nothing_is_waited_for_beyond_the_deadline(timeout_s: float, is_repeated: bool) -> None:
    outcome = Answer(503, b"", {"retry-after": "2"})
    assert (wait_s(PREDICTION, outcome, timeout_s=timeout_s) is not None) is is_repeated


def test_clients_that_were_refused_together_do_not_come_back_together() -> None:
    waits = {backoff_s(1) for _ in range(50)}
    assert len(waits) > 40
    assert all(0.05 <= wait <= 0.1 for wait in waits)
    assert all(0.1 <= backoff_s(2) <= 0.2 for _ in range(50))


@pytest.mark.parametrize("timeout_s", [0, -1, math.nan, math.inf, "5", True, None, 1j, Decimal(5)])
def test_what_is_no_time_is_refused(timeout_s: Any) -> None:
    with pytest.raises(ConfigError, match="above 0"):
        check_timeout(timeout_s)
    with pytest.raises(ConfigError, match="above 0"):
        Deadline(timeout_s)


def test_a_deadline_says_what_is_left_and_what_has_gone() -> None:
    deadline = Deadline(5)
    assert 4.5 < deadline.left_s <= 5
    assert 0 <= deadline.waited_s < 0.5
    assert deadline.end_s - time.monotonic() <= 5
