"""What is said between the process that makes load and the one that asked for it."""

from __future__ import annotations

import msgspec

from headway.core.frames import MAX_FRAME_BYTES

# what became of a request that got no reply; every other status is HTTP's
PENDING, TIMED_OUT, BROKEN = -2, 0, -1
# of each request the outcome holds three times and a status
MAX_REQUESTS = MAX_FRAME_BYTES // 32


class Load(msgspec.Struct, frozen=True, tag="load"):
    """One run.

    Attributes:
        host: Where the server is.
        port: Its TCP port.
        requests: Different requests, ready to be sent.
        order: Which of them is sent at each time; `array("I")`.
        due_s: When each is due, in seconds from the start, ascending; `array("d")`.
        mark_s: When `Mark` is sent: the warm-up is over.
        timeout_s: How long after it was due a request is given up.
        n_connections: Connections that are open from the start.
        max_connections: Most connections; a request that is due while all are busy waits.
    """

    host: str
    port: int
    requests: list[bytes]
    order: bytes
    due_s: bytes
    mark_s: float = 0.0
    timeout_s: float = 10.0
    n_connections: int = 16
    max_connections: int = 1024


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """The warm-up of a run is over."""


class Outcome(msgspec.Struct, frozen=True, tag="outcome"):
    """What became of each request of a run, in the order in which they were due.

    Attributes:
        taken_s: When the generator came to it, `array("d")`: its own lateness is that less the due time.
        sent_s: When it was sent, which is later where no connection was free; `array("d")`.
        done_s: When its reply was whole, or it was given up; `array("d")`.
        status: HTTP status, `TIMED_OUT` or `BROKEN`; `array("h")`.
        busy_ratio: Share of the run in which the generator was computing.
        n_connections: Most connections that were open.
        n_opened: Connections that were opened in this run.
        failure: The first reply that was no success, or why there was none.
    """

    taken_s: bytes
    sent_s: bytes
    done_s: bytes
    status: bytes
    busy_ratio: float
    n_connections: int
    n_opened: int
    failure: str | None


Report = Mark | Outcome
