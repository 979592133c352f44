from __future__ import annotations

import json

import msgspec

from headway.optimize.comparison import Tolerance
from headway.optimize.report import Coverage, Failure, ParityReport
from headway.optimize.timing import Timing


def report(failure=None, *, passed=False, largest=None):
    return ParityReport(
        passed=passed,
        reason="the reason",
        tolerance=Tolerance(),
        max_abs_difference=largest,
        max_tolerance_ratio=largest,
        rows={"real": Coverage(10, 10)},
        single_rows=2,
        small_blocks=3,
        label_ties=0,
        refused_rows=1,
        timings=(Timing("native", 1, 12.5),),
        elapsed_s=0.5,
        failure=failure,
    )


def failure(difference):
    return Failure("threshold", 7, "predict", "values", "1.0", "2.0", difference, 1e-12)


def test_json_is_strict_and_reads_back():
    written = report(failure(None)).to_json()
    assert "Infinity" not in written.decode()
    assert json.loads(written)["rows"] == {"real": {"planned": 10, "compared": 10}}
    assert msgspec.json.decode(written, type=ParityReport) == report(failure(None))
