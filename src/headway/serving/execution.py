"""Where and how a release is executed, decided by what was measured when it was loaded.

- `inline`: on the event loop, where an answer costs less than the way to a thread and back.
- `batched`: in the thread of the release, together with what queued while it was busy.
- `one by one`: in that thread, each request with a call of its own.

Rows of several requests share a call, in either place, only where that was measured to pay and where a
row was answered as it is alone.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from headway.serving.plan import Limits

Mode = Literal["inline", "batched", "one by one"]

# Measured on a slow core: a call that is handed to a thread, waited for with a deadline and watched for
# the client's leaving costs 0.2 ms more than the call itself, and twice that where the two threads fight
# for the interpreter. Below this limit the thread costs more than it saves anybody.
INLINE_LIMIT_S = 0.5e-3
# The cost is measured once and on a small body; beyond this size it would be extrapolated too far.
MAX_INLINE_BYTES = 65_536
# Of the cost of a row alone. What is saved beyond it outweighs that the first one of a batch has to wait
# for the last, and is no noise of the measurement.
MAX_BATCH_SHARE = 0.8


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """What something costs that is done to a body.

    Attributes:
        base_s: Whatever its size.
        byte_s: Of each byte of the body.
    """

    base_s: float
    byte_s: float

    def of(self, n_bytes: int) -> float:
        """Return the expected time in seconds for a body of `n_bytes`."""
        return self.base_s + self.byte_s * n_bytes

    def bytes_within(self, limit_s: float) -> int:
        """Return the largest body that costs no more than `limit_s`, or -1 where none does.

        It is `MAX_INLINE_BYTES` at most.
        """
        if self.base_s > limit_s or self.byte_s <= 0:
            return -1
        return int(min((limit_s - self.base_s) / self.byte_s, MAX_INLINE_BYTES))


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a release when it was loaded.

    Attributes:
        answering: A request from body to reply.
        reading: The reading of a body that keeps the contract.
        row_bytes: Size of a body of one row.
        row_s: A call of the model with one row.
        batch_s: A call of the model with `n_rows` rows.
        n_rows: Rows of that batch; 1 where no more are allowed.
        lookup_s: A look-up of the answer to one row in this process; infinite where it cannot be kept.
        differs: Why rows may not share a call; empty where each is answered as it is alone.
    """

    answering: Cost
    reading: Cost
    row_bytes: int
    row_s: float
    batch_s: float
    n_rows: int
    lookup_s: float = math.inf
    differs: str = ""


class Execution(msgspec.Struct, frozen=True):
    """How requests reach the model, and why so.

    Attributes:
        mode: `inline`, `batched` or `one by one`.
        reason: Why, with what was measured.
        batch_rows: Most rows that requests share one call with; 1 where each has its own.
    """

    mode: Mode
    reason: str
    batch_rows: int = 1


_ALONE = "each request has a call of its own"
UNMEASURED = Execution("one by one", "no known row is answered, so that nothing could be measured")


def decide(
    measured: Measured | None, limits: Limits, *, is_lowered: bool, has_own_code: bool
) -> Execution:
    """Return how a release is executed.

    Args:
        measured: What was measured; `None` where nothing could be.
        limits: Of the model.
        is_lowered: Whether it is served in a lowered form.
        has_own_code: Whether code of the user's checks each row: it takes the time that it takes,
            whatever was measured, and so never runs on the event loop.
    """
    if measured is None:
        return UNMEASURED
    if has_own_code:
        return Execution("one by one", f"{_ALONE}: the contract's own code checks the rows")
    shares, why = _shares_calls(measured, limits)
    batch_rows = limits.max_batch_size if shares else 1
    answer_s = measured.answering.of(measured.row_bytes)
    if is_lowered and answer_s <= INLINE_LIMIT_S:
        place = f"an answer costs {_shown(answer_s)}, less than the way to a thread ({_shown(INLINE_LIMIT_S)})"
        return Execution("inline", f"{place}; {why}", batch_rows)
    return Execution("batched" if shares else "one by one", why, batch_rows)


def _shares_calls(measured: Measured, limits: Limits) -> tuple[bool, str]:
    if limits.max_batch_size == 1:
        return False, f"`max_batch_size` is 1, so {_ALONE}"
    if measured.differs or measured.n_rows == 1:
        return False, f"{_ALONE}: {measured.differs or '`max_rows` is 1'}"
    if measured.reading.bytes_within(INLINE_LIMIT_S) < measured.row_bytes:
        reading = _shown(measured.reading.of(measured.row_bytes))
        return False, f"{_ALONE}: a row takes {reading} to read ({measured.row_bytes:,} bytes)"
    each_s = measured.batch_s / measured.n_rows
    figures = (
        f"a row costs {_shown(each_s)} in a batch of {measured.n_rows} and "
        f"{_shown(measured.row_s)} alone"
    )
    if each_s > MAX_BATCH_SHARE * measured.row_s:
        return False, f"{_ALONE}: {figures}, which saves too little"
    return True, f"requests share calls: {figures}"


def _shown(duration_s: float) -> str:
    return f"{duration_s * 1e3:.3g} ms"
