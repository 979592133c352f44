"""The page of the documentation: one table for each model, and the targets."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from benchmarks.serving.contestants import CONSTANT, HEADWAY, Kind
from benchmarks.serving.measure import CLIENTS
from benchmarks.serving.targets import median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.serving.contestants import Contestant
    from benchmarks.serving.results import Results
    from benchmarks.serving.targets import Verdict

_TITLES = {
    "credit": "German credit: 20 mixed columns, 100 boosted trees",
    "digits": "A net of PyTorch on digits: 64 numbers, three layers",
}
_INTRO = """\
# What serving costs: measured

`make peers WRITE=1` makes this page (`QUICK=1`: one short round). Every server runs with one worker on one of two shared cores, and the client on
the other. The unit is CPU microseconds of all processes of a server for each request that it answered; it moves less
than latency does when other work runs beside, and the ratios, which come of turns one after the other, move least. In brackets
the least and the most of all turns. Each server first had to answer the model's own probabilities, alone, in a request of 1,000 rows, and to
16 clients at once; Headway runs through `headway serve` with the contract checked, ids, metrics and the log on.

The peers' settings are those of their documentation: batching of 64 requests and 2 ms (BentoML: 1,000 and adaptive),
HAProxy in front of Ray Serve. They were chosen once and not searched for. `benchmarks/serving/servers` holds their code,
`benchmarks/serving/requirements` their versions.
"""


def page(results: Results, contestants: Sequence[Contestant], verdicts: Sequence[Verdict]) -> str:
    """Return the page."""
    parts = [_INTRO]
    for model, title in _TITLES.items():
        serving = [contestant for contestant in contestants if model in contestant.models]
        parts.append(f"## {title}\n\n{_table(results, serving, model)}")
    parts += [_replies(results, contestants), _ours(results), _targets(verdicts)]
    loads = [sample.load for sample in results.samples]
    parts.append(
        f"Load average of the machine during the turns: {min(loads):.1f} to {max(loads):.1f}; server and client alone "
        f"make about 1.5. Python {platform.python_version()}.\n"
    )
    return "\n".join(parts)


def _table(results: Results, contestants: Sequence[Contestant], model: str) -> str:
    heads = ["server", *(f"{n} client{'s' if n > 1 else ''}" for n in CLIENTS)]
    heads += [f"of the constant, {n}" for n in CLIENTS]
    heads += [f"of Headway, {n}" for n in CLIENTS]
    heads += ["1,000 rows: us a row", "start, s of CPU", "PSS, MB"]
    lines = [_row(heads), "|---|" + "---:|" * (len(heads) - 1)]
    lines += [_line(results, contestant, model, len(heads)) for contestant in contestants]
    return "\n".join(lines) + "\n"


def _line(results: Results, contestant: Contestant, model: str, width: int) -> str:
    whats = [str(n) for n in CLIENTS]
    failure = results.failures.get((contestant.name, model))
    if failure is not None and not results.of(contestant.name, model, whats[0]):
        words = " ".join(failure.split())[:200].replace("|", "/")
        return _row([contestant.label, words, *[""] * (width - 2)])
    cells = [contestant.label]
    cells += [_spread(_cpu(results, contestant, model, what)) for what in whats]
    for under in (CONSTANT, HEADWAY):
        of = [results.ratios(contestant.name, under.name, model, what) for what in whats]
        cells += ["1" if contestant is under else _figure(median(ratios)) for ratios in of]
    cells.append(_many(results, contestant, model))
    key = contestant.name, model
    cells.append(_figure(median(results.start_cpu_s.get(key, []))))
    cells.append(_figure(median(results.pss_mb.get(key, []))))
    return _row(cells)


def _many(results: Results, contestant: Contestant, model: str) -> str:
    cell = _figure(median(_cpu(results, contestant, model, "many")))
    if contestant.kind is Kind.OURS:
        arrow = _figure(median(_cpu(results, contestant, model, "arrow")))
        return f"{cell}; Arrow {arrow}"
    return cell


def _cpu(results: Results, contestant: Contestant, model: str, what: str) -> list[float]:
    return results.figures(contestant.name, model, what, lambda sample: sample.cpu_us)


def _replies(results: Results, contestants: Sequence[Contestant]) -> str:
    heads = ["server", *(f"{n}: requests/s, p50, p99 in ms" for n in CLIENTS)]
    lines = ["## Rates and replies\n", "German credit; they move with the load of the machine.\n"]
    lines += [_row(heads), "|---|" + "---:|" * len(CLIENTS)]
    for contestant in contestants:
        cells = [contestant.label]
        for n in CLIENTS:
            samples = results.of(contestant.name, "credit", str(n))
            rate = median([sample.rate for sample in samples])
            p50 = median([sample.p50_ms for sample in samples])
            p99 = median([sample.p99_ms for sample in samples])
            cells.append(f"{rate:,.0f}, {p50:.1f}, {p99:.1f}" if samples else "-")
        lines.append(_row(cells))
    return "\n".join(lines) + "\n"


def _ours(results: Results) -> str:
    p99 = results.ours.half_load_p99_ms
    return (
        f"At half of its own highest rate, requests due at fixed times, 99 % of Headway's replies took at most "
        f"{p99[HEADWAY.name]:.1f} ms, of the constant's {p99[CONSTANT.name]:.1f} ms. The graph alone takes "
        f"{results.ours.graph_us:.2f} us a row in calls of 1,000.\n"
    )


def _targets(verdicts: Sequence[Verdict]) -> str:
    lines = ["## Targets\n", "| target | measured | |", "|---|---:|---|"]
    for verdict in verdicts:
        word = "kept" if verdict.is_kept else "BROKEN"
        lines.append(_row([verdict.target, verdict.measured, word]))
    return "\n".join(lines) + "\n"


def _spread(figures: Sequence[float]) -> str:
    if not figures:
        return "-"
    middle = _figure(median(figures))
    if len(figures) == 1:
        return middle
    return f"{middle} ({_figure(min(figures))}-{_figure(max(figures))})"


def _figure(figure: float) -> str:
    if figure != figure:  # noqa: PLR0124 - NaN
        return "-"
    if figure >= 100:  # noqa: PLR2004
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}"  # noqa: PLR2004


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
