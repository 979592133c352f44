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


def both(whole: ParityReport, part: ParityReport, *, inner: str) -> ParityReport:
    """Return one report of two comparisons, the second of which was of a part of the model.

    Args:
        whole: From end to end.
        part: Of a part, which passed.
        inner: What its kinds of rows are called behind their own names.
    """
    rows = whole.rows | {f"{kind}, {inner}": coverage for kind, coverage in part.rows.items()}
    n_rows = sum(coverage.compared for coverage in rows.values())
    greatest = max(whole.max_tolerance_ratio or 0.0, part.max_tolerance_ratio or 0.0)
    return msgspec.structs.replace(
        whole,
        reason=praise(n_rows, greatest) if whole.passed else whole.reason,
        max_abs_difference=_greater(whole.max_abs_difference, part.max_abs_difference),
        max_tolerance_ratio=_greater(whole.max_tolerance_ratio, part.max_tolerance_ratio),
        rows=rows,
        single_rows=whole.single_rows + part.single_rows,
        small_blocks=whole.small_blocks + part.small_blocks,
        label_ties=whole.label_ties + part.label_ties,
        refused_rows=whole.refused_rows + part.refused_rows,
        elapsed_s=round(whole.elapsed_s + part.elapsed_s, 3),
        tests=Coverage(
            whole.tests.planned + part.tests.planned, whole.tests.compared + part.tests.compared
        ),
    )


def praise(n_rows: int, max_tolerance_ratio: float) -> str:
    """Return what is said of a comparison that was passed."""
    return (
        f"the same answers on {n_rows:,} rows; the largest difference takes "
        f"{max_tolerance_ratio:.2%} of the tolerance"
    )


def _greater(one: float | None, other: float | None) -> float | None:
    """Return the greater of two numbers of which `None` is an infinity."""
    return None if one is None or other is None else max(one, other)
