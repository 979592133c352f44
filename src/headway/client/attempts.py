"""How long a question may take, and when it may be sent again.

Invariant: a request is sent again only where the server cannot have begun it, or where it changes
nothing; and nothing is waited for beyond the deadline.

A prediction gives the same answer however often it is asked, yet it is recorded each time: sent twice,
it counts twice in metrics, drift and experiments, and the client learns only one of the two ids. So a
prediction is sent again only

- where no connection was made;
- where the connection broke before the last byte of the request was handed to it: the server reads the
  whole body before it begins, so it cannot have begun;
- where the server, or a proxy before it, says that it did not begin, and when to come back: 429 or 503
  with `Retry-After`.

What breaks after the last byte may have been answered, and is an error. That includes the connection
that was kept and that the server closes in the very moment in which it is used again: from here it looks
the same as a server that died over the answer. It is made rare instead. Before a connection is used again
it is looked at whether the server has closed it, and it is given up after less time than servers keep it.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
import os
import time
from typing import Any

from headway.client.exchange import Answer, Call, Failure
from headway.errors import ConfigError

MAX_ATTEMPTS = 3
MAX_RETRY_AFTER_S = 5.0
FIRST_BACKOFF_S = 0.1
_NOT_BEGUN = frozenset({429, 503})


class Deadline:
    """The time that a call may take, all of its attempts together; it begins now.

    Args:
        timeout_s: Seconds, above 0.

    Attributes:
        timeout_s: The same.
        end_s: When it ends, on the monotonic clock.

    Raises:
        ConfigError: The time is not one.
    """

    __slots__ = ("end_s", "timeout_s")

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = check_timeout(timeout_s)
        self.end_s = time.monotonic() + timeout_s

    @property
    def left_s(self) -> float:
        """Seconds that are left; negative when it has passed."""
        return self.end_s - time.monotonic()

    @property
    def waited_s(self) -> float:
        """Seconds that have gone by."""
        return self.timeout_s - self.left_s


def check_timeout(timeout_s: Any) -> float:
    """Return a time limit that is one.

    Raises:
        ConfigError: It is no number, not above 0, or not finite.
    """
    is_number = isinstance(timeout_s, numbers.Real) and not isinstance(timeout_s, bool)
    if not is_number or not 0 < timeout_s < math.inf:
        raise ConfigError(
            f"`timeout_s` is a number of seconds above 0, not {timeout_s!r}",
            hint="for example 2.5; there is no call without a limit",
        )
    return float(timeout_s)


@dataclasses.dataclass(slots=True)
class Attempts:
    """Decides after each attempt whether there is another.

    Attributes:
        call: What is asked.
        deadline: Of the whole.
        n_sent: How often it has been sent.
    """

    call: Call
    deadline: Deadline
    n_sent: int = 0

    def wait_s(self, outcome: Answer | Failure) -> float | None:
        """Return how long to wait before it is sent again, `None` where it is not.

        Args:
            outcome: Of the attempt that has just ended.
        """
        self.n_sent += 1
        if self.n_sent >= (1 if self.call.is_probe else MAX_ATTEMPTS):
            return None
        asked_s = _asked_wait_s(outcome) if isinstance(outcome, Answer) else self._pause_s(outcome)
        if asked_s is None:
            return None
        wait_s = asked_s + backoff_s(self.n_sent)
        return wait_s if wait_s < self.deadline.left_s else None

    def _pause_s(self, failure: Failure) -> float | None:
        may_repeat = failure.is_unsent or (self.call.verb == "GET" and failure.is_passing)
        return 0.0 if may_repeat else None


def backoff_s(n_sent: int) -> float:
    """Return a random wait, so that clients that were refused together do not come back together.

    Args:
        n_sent: How often the request has been sent, from 1; the longest wait doubles each time.
    """
    share = int.from_bytes(os.urandom(4)) / 2**32
    longest_s: float = FIRST_BACKOFF_S * 2 ** (n_sent - 1)
    return longest_s * (0.5 + 0.5 * share)


def _asked_wait_s(answer: Answer) -> float | None:
    wait_s = answer.retry_after_s if answer.status in _NOT_BEGUN else None
    return wait_s if wait_s is not None and wait_s <= MAX_RETRY_AFTER_S else None
