"""How what was measured under load is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from headway.testing.load.mix import describe_mix
from headway.testing.load.percentiles import percentile_name, quantile
from headway.testing.load.report import shown_objective
from headway.testing.load.wire import BROKEN, TIMED_OUT

if TYPE_CHECKING:
    from headway.cli.console import Console
    from headway.testing.load.comparison import Comparison, Estimate
    from headway.testing.load.percentiles import Bin
    from headway.testing.load.report import BenchReport, Measurement
    from headway.testing.load.search import Found

_BAR_WIDTH = 40
# of the time in which the generator was late, or of its own time; beyond it the figures are not the server's
_LATE_RATIO = 0.5
_LEAST_LATE_MS = 1.0


def print_report(console: Console, report: BenchReport) -> None:
    """Print a report as text."""
    plan = report.plan
    console.text(
        f"{describe_mix(plan.mix)} a request, {plan.arrivals} arrivals (seed {plan.seed}), {report.rows}"
    )
    for measurement in report.measurements:
        _print_measurement(console, measurement)
    if report.comparison is not None:
        _print_comparison(console, report, report.comparison)
    if report.found is not None:
        _print_found(console, report.found)
    for measurement in report.measurements:
        for judgement in measurement.judgements:
            objective, reason = judgement.objective, judgement.reason
            console.text(
                f"{measurement.label}: {objective.name} "
                f"{shown_objective(objective, judgement.measured)}, at most "
                f"{shown_objective(objective, objective.required)}: {judgement.verdict}"
                + (f" ({reason})" if reason else "")
            )


def _print_measurement(console: Console, measurement: Measurement) -> None:
    samples, figures = measurement.samples, measurement.as_dict()
    console.text(
        f"\n{measurement.label}: {figures['rate_answered_per_s']:,.1f} of {measurement.rate_per_s:,.4g} "
        f"requests/s answered for {samples.duration_s:.3g} s; {samples.n_answered:,} of "
        f"{len(samples.status):,}{_failures(measurement)}"
    )
    found = measurement.percentiles()
    console.table(
        ["LATENCY, ms", *(percentile_name(one.share) for one in found), "max"],
        [
            [
                "",
                *(_ms(one.value_ms) if one.value_ms is not None else "too few" for one in found),
                _ms(figures["latency"]["max_ms"]),
            ]
        ],
    )
    for one in found:
        if one.value_ms is None:
            console.note(f"note: {percentile_name(one.share)} needs {one.n_needed:,} replies")
    if measurement.cpu_us_per_request is not None:
        per_row = measurement.cpu_us_per_prediction
        rows = "" if per_row is None else f", {per_row:,.1f} us a prediction"
        console.text(
            f"server: {measurement.cpu_us_per_request:,.1f} us of CPU a request{rows}; "
            f"{(measurement.memory_bytes or 0) / 1e6:,.0f} MB"
        )
    _print_generator(console, measurement)
    for line in histogram_lines(measurement.histogram()):
        console.text(line)


def _failures(measurement: Measurement) -> str:
    samples = measurement.samples
    parts = [f"{count:,} with {code}" for code, count in samples.refused().items()]
    parts += [f"{n:,} given up"] if (n := samples.count(TIMED_OUT)) else []
    parts += [f"{n:,} broken"] if (n := samples.count(BROKEN)) else []
    if not parts:
        return ""
    return f" ({', '.join(parts)})\nfirst failure: {samples.failure}"


def _print_generator(console: Console, measurement: Measurement) -> None:
    lateness_ms = np.sort(measurement.samples.lateness_ms())
    latency_ms = measurement.latency_ms()
    if not len(lateness_ms):
        return
    late_ms = quantile(lateness_ms, 0.99)
    console.text(
        f"generator: late by {quantile(lateness_ms, 0.5):.3g} ms (p50), {late_ms:.3g} ms (p99), "
        f"{lateness_ms[-1]:.3g} ms (max); busy {measurement.samples.busy_ratio:.0%}"
    )
    is_late = len(latency_ms) and late_ms > _LATE_RATIO * quantile(latency_ms, 0.99)
    if is_late and late_ms > _LEAST_LATE_MS:
        console.note("note: much of the p99 is the generator's own lateness: this machine is busy")


def _print_comparison(console: Console, report: BenchReport, comparison: Comparison) -> None:
    first, second = (measurement.label for measurement in report.measurements)
    console.text(f"\n{second} beside {first}, {comparison.n_rounds} rounds in turns:")
    rows = [
        ("CPU, times", comparison.cpu_ratio),
        ("p50, ms more", comparison.p50_difference_ms),
        ("p99, ms more", comparison.p99_difference_ms),
    ]
    console.table(
        ["", "VALUE", "95 % FROM", "TO"],
        [[name, *_estimate(estimate)] for name, estimate in rows if estimate is not None],
    )


def _print_found(console: Console, found: Found) -> None:
    console.text("")
    console.table(
        ["REQUESTS/S", "VERDICT", "RUN"],
        [
            [f"{step.rate_per_s:,.1f}", step.verdict, "long" if step.is_long else ""]
            for step in found.steps
        ],
    )
    if found.rate_per_s is None:
        console.text("no rate keeps the objectives")
    else:
        limit = "" if found.limit == "server" else "; the generator was the limit, not the server"
        console.text(
            f"highest rate that keeps the objectives: {found.rate_per_s:,.1f} requests/s{limit}"
        )


def histogram_lines(bars: tuple[Bin, ...]) -> list[str]:
    """Return bars as text; a bar with any request in it is not empty."""
    most = max((one.count for one in bars), default=0)
    return [
        f"{one.low_ms:>10,.3g} ms {'#' * -(-_BAR_WIDTH * one.count // most):<{_BAR_WIDTH}} {one.count:,}"
        for one in bars
    ]


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:,.3g}"


def _estimate(estimate: Estimate) -> tuple[str, str, str]:
    return f"{estimate.value:,.3f}", f"{estimate.low:,.3f}", f"{estimate.high:,.3f}"
