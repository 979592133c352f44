"""`ParityReport`: what the parity gate found, as the bundle keeps it."""

from __future__ import annotations

import msgspec

from headway.optimize.comparison import Tolerance
from headway.optimize.timing import Timing


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of one kind, or tests: how many there are, and how many the gate compared in time."""

    planned: int
    compared: int = 0


class Failure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first row that failed.

    Attributes:
        kind: Kind of the row.
        row: Its index among the rows of that kind.
        method: What was asked for.
        what: Which part of the answer.
        lowered: What the lowered form answered, or that it raised.
        native: What the native model answered, or that it raised.
        difference: Absolute difference; `None` where it is none of two numbers.
        allowed: What the tolerance allows.
    """

    kind: str
    row: int
    method: str
    what: str
    lowered: str
    native: str
    difference: float | None
    allowed: float


class ParityReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the gate found.

    Attributes:
        passed: Whether the lowered form may be served.
        reason: One sentence for people.
        tolerance: What was allowed.
        max_abs_difference: Largest absolute difference of two numbers; `None` where it is infinite.
        max_tolerance_ratio: Largest share of the tolerance that a difference takes; `None` likewise.
        rows: Coverage by kind of row, in blocks of 1,000.
        single_rows: Rows that were compared one by one.
        small_blocks: Blocks of 8 rows that were compared.
        label_ties: Labels that differ where the native margin is within the tolerance.
        refused_rows: Rows on which both raised.
        timings: CPU time per row of each form.
        elapsed_s: Wall time of the comparison.
        failure: The first row that failed, `None` where the gate passed.
        tests: Tests of trees that rows were made for, to lie on their thresholds.
    """

    passed: bool
    reason: str
    tolerance: Tolerance
    max_abs_difference: float | None
    max_tolerance_ratio: float | None
    rows: dict[str, Coverage]
    single_rows: int
    small_blocks: int
    label_ties: int
    refused_rows: int
    timings: tuple[Timing, ...]
    elapsed_s: float
    failure: Failure | None = None
    tests: Coverage = Coverage(0)

    def to_json(self) -> bytes:
        """Return the report as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)
