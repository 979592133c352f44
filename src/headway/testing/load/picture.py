"""The picture of a report: one file of its own, as a page or as SVG, without anything from elsewhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from headway.errors import ConfigError
from headway.testing.load.mix import describe_mix
from headway.testing.load.percentiles import percentile_name, quantile
from headway.testing.load.report import shown_objective
from headway.testing.load.svg import STYLE, Axis, Chart, Series, document, linear_axis, log_axis

if TYPE_CHECKING:
    from pathlib import Path

    from headway.testing.load.report import BenchReport, Measurement

SUFFIXES = (".html", ".svg")
_N_SLICES = 120
_LEAST_MS = 1e-3
_PAGE_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem;
  background: #ffffff; color: #1c2733; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .9rem .2rem 0; text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; }
@media (prefers-color-scheme: dark) { body { background: #14191f; color: #e6eaee; } }
"""


def check_suffix(path: Path) -> None:
    """Refuse a file whose name says no kind of picture.

    Raises:
        ConfigError: It ends neither in `.html` nor in `.svg`.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ConfigError(f"`{path}` is no name of a picture", hint="end it in .html or .svg")


def write_picture(report: BenchReport, path: Path) -> None:
    """Write the picture of a report.

    Raises:
        ConfigError: The name says no kind, or the file cannot be written.
    """
    check_suffix(path)
    drawn = page(report) if path.suffix.lower() == ".html" else document(charts(report))
    try:
        path.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"`{path}` cannot be written: {error.strerror}") from error


def charts(report: BenchReport) -> tuple[Chart, Chart]:
    """Return latency over time, and its distribution."""
    ascending = [one.latency_ms() for one in report.measurements]
    all_ms = np.maximum(np.concatenate(ascending), _LEAST_MS)
    if not len(all_ms):
        all_ms = np.array([1.0])
    y = log_axis("latency in milliseconds", float(all_ms.min()), float(all_ms.max()))
    limits = tuple(
        (judgement.objective.required, judgement.objective.name)
        for judgement in report.measurements[0].judgements
        if judgement.objective.share is not None and y.low <= judgement.objective.required <= y.high
    )
    return _over_time(report, y, limits), _distribution(report, y, limits)


def page(report: BenchReport) -> str:
    """Return the report as a page."""
    drawn = "".join(chart.draw(f"chart-{i}") for i, chart in enumerate(charts(report)))
    title = " and ".join(one.label for one in report.measurements)
    plan = report.plan
    about = (
        f"{report.measurements[0].rate_per_s:,.4g} requests a second, {plan.arrivals} arrivals "
        f"(seed {plan.seed}), {describe_mix(plan.mix)} a request, {report.rows}"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} under load</title><style>{_PAGE_STYLE}{STYLE}</style></head>"
        f"<body><h1>{escape(title)} under load</h1><p>{escape(about)}</p>{drawn}"
        f"{_table(report)}{_objectives(report)}</body></html>\n"
    )


def _over_time(report: BenchReport, y: Axis, limits: tuple[tuple[float, str], ...]) -> Chart:
    duration_s = max(one.samples.duration_s for one in report.measurements)
    return Chart(
        title="Latency over time",
        description="The line is the median of the requests that were due in a slice of the time, "
        "the band reaches from the fastest to the slowest of them.",
        x=linear_axis("when the request was due, in seconds", duration_s),
        y=y,
        series=tuple(_slices(one, duration_s) for one in report.measurements),
        limits=limits,
    )


def _slices(measurement: Measurement, duration_s: float) -> Series:
    samples = measurement.samples
    latency_ms, due_s = samples.latency_ms(), samples.due_s[samples.is_timed]
    edges = np.searchsorted(due_s, np.linspace(0, duration_s, _N_SLICES + 1))
    points, band = [], []
    for i in range(_N_SLICES):
        inside = np.sort(latency_ms[edges[i] : edges[i + 1]])
        if len(inside):
            middle_s = (i + 0.5) / _N_SLICES * duration_s
            points.append((middle_s, quantile(inside, 0.5)))
            band.append((middle_s, float(inside[0]), float(inside[-1])))
    return Series(measurement.label, points, band)


def _distribution(report: BenchReport, y: Axis, limits: tuple[tuple[float, str], ...]) -> Chart:
    most = max(len(one.samples.status) for one in report.measurements)
    shares = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999]
    end = next((i for i, share in enumerate(shares) if most * (1 - share) < 1), len(shares))
    ticks = tuple((1 / (1 - share), percentile_name(share)) for share in shares[: end + 1])
    x = Axis("share of the requests that took no longer", 1.0, ticks[-1][0], ticks, is_log=True)
    return Chart(
        title="Distribution of the latency",
        description="Each step to the right leaves out a tenth as many of the slowest requests.",
        x=x,
        y=y,
        series=tuple(_curve(one) for one in report.measurements),
        limits=limits,
    )


def _curve(measurement: Measurement) -> Series:
    ascending = measurement.latency_ms()
    n = len(ascending)
    if not n:
        return Series(measurement.label, ())
    inverse = np.geomspace(1, max(n, 2), 200)
    points = [(float(one), quantile(ascending, 1 - 1 / one)) for one in inverse]
    return Series(measurement.label, [*points, (float(n), float(ascending[-1]))])


def _table(report: BenchReport) -> str:
    names = [percentile_name(one.share) for one in report.measurements[0].percentiles()]
    head = ["", *names, "max", "answered", "CPU of a prediction", "memory"]
    rows = [[one.label, *_cells(one)] for one in report.measurements]
    body = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>{body}</table>"


def _cells(measurement: Measurement) -> list[str]:
    figures = measurement.as_dict()
    values = [one.value_ms for one in measurement.percentiles()] + [figures["latency"]["max_ms"]]
    cpu_us, memory = measurement.cpu_us_per_prediction, measurement.memory_bytes
    return [
        *("too few" if value is None else f"{value:,.3g} ms" for value in values),
        f"{measurement.samples.n_answered:,} of {len(measurement.samples.status):,}",
        "" if cpu_us is None else f"{cpu_us:,.1f} µs",
        "" if memory is None else f"{memory / 1e6:,.0f} MB",
    ]


def _objectives(report: BenchReport) -> str:
    lines = [
        f"<li>{escape(one.label)}: {escape(judgement.objective.name)} "
        f"{shown_objective(judgement.objective, judgement.measured)}, at most "
        f"{shown_objective(judgement.objective, judgement.objective.required)}: "
        f"<b>{judgement.verdict}</b> {escape(judgement.reason)}</li>"
        for one in report.measurements
        for judgement in one.judgements
    ]
    return f"<ul>{''.join(lines)}</ul>" if lines else ""
