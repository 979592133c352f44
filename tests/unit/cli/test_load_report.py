from __future__ import annotations

import io

from headway.cli.console import Console
from headway.cli.load_report import histogram_lines, print_report
from headway.testing.load.comparison import Comparison, Estimate
from headway.testing.load.objectives import judge, read_objectives
from headway.testing.load.percentiles import Bin
from headway.testing.load.report import BenchReport
from headway.testing.load.search import Found, Step
from unit.testing.load.made import PLAN, measurement, samples


def printed(report: BenchReport) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    print_report(Console(color=False, out=out, err=err), report)
    return out.getvalue(), err.getvalue()


def test_a_report_says_what_was_measured_and_what_was_not():
    found = samples([2] * 500 + [0.1] * 20, status=[200] * 500 + [503] * 20)
    judged = tuple(judge(read_objectives(["p50=1ms", "p99.9=1s"]), found, 1_000))
    out, err = printed(BenchReport(PLAN, (measurement(found, judgements=judged),), rows="9 rows"))
    assert "500 of 520 (20 with 503)" in out
    assert "p50 2 ms, at most 1 ms: missed" in out
    assert "p99.9 ?, at most 1,000 ms: not measured (p99.9 needs 3,688 replies" in out
    assert "errors 3.85%, at most 0.1%: missed" in out
    assert "961.5 us of CPU a request, 500.0 us a prediction; 90 MB" in out
    assert "p99.9 needs 3,688 replies" in err


def test_lateness_of_the_generator_is_told():
    out, err = printed(BenchReport(PLAN, (measurement(samples([30] * 500, late_ms=25)),)))
    assert "late by 25 ms (p50)" in out
    assert "this machine is busy" in err
    _, quiet = printed(BenchReport(PLAN, (measurement(samples([30] * 500, late_ms=2)),)))
    assert "busy" not in quiet


def test_versions_and_searches_have_tables():
    both = tuple(measurement(samples([2] * 9), label) for label in ("credit:1", "credit:2"))
    comparison = Comparison(6, Estimate(1.5, 1.25, 1.75), None, None)
    out, _ = printed(BenchReport(PLAN, both, comparison=comparison))
    assert "credit:2 beside credit:1, 6 rounds" in out
    assert out.split("CPU, times")[1].split()[:3] == ["1.500", "1.250", "1.750"]
    found = Found(800.0, "generator", (Step(400, "kept", False), Step(800, "kept", True)))
    out, _ = printed(BenchReport(PLAN, both[:1], found=found))
    assert "highest rate that keeps the objectives: 800.0 requests/s; the generator" in out
    out, _ = printed(BenchReport(PLAN, both[:1], found=Found(None, "none found", ())))
    assert "no rate keeps" in out


def test_a_bar_with_one_request_is_seen():
    lines = histogram_lines((Bin(1, 2, 10_000), Bin(2, 4, 1), Bin(4, 8, 0)))
    assert [line.count("#") for line in lines] == [40, 1, 0]
    assert histogram_lines(()) == []
