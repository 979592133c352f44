"""What Headway has to keep: each target with what was measured."""

from __future__ import annotations

import dataclasses
import math
import statistics
from typing import TYPE_CHECKING

from benchmarks.serving.contestants import CONSTANT, HEADWAY, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.serving.contestants import Contestant
    from benchmarks.serving.results import OurFacts, Results

_CONSTANT_MOST = {"1": 3.2, "16": 3.0, "64": 3.0}
_BATCHING_LEAST = {"16": 10.0, "64": 7.0}
_DEFAULTS_LEAST = 80.0
_BY_HAND_LEAST = 3.0
_MANY_MOST_US = {"many": 3.5, "arrow": 1.5}
_START_MOST_S = 0.8
_PSS_MOST_MB = 120.0
_TWO_WORKERS_MOST = 1.15
_SHARES = (35.0, 65.0)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One target.

    Attributes:
        target: What is asked for, with its limit.
        measured: In words.
        is_kept: Whether it is kept; what could not be measured is not.
    """

    target: str
    measured: str
    is_kept: bool


def judge(results: Results, peers: Sequence[Contestant]) -> list[Verdict]:
    """Hold what was measured against every target; a target about peers needs one that was measured."""
    return [
        *_against_constant(results),
        *_against_peers(results, peers),
        *_against_graph(results),
        *_worker(results.ours),
        *_two_workers(results.ours),
    ]


def _against_constant(results: Results) -> Iterator[Verdict]:
    for what, most in _CONSTANT_MOST.items():
        ratios = results.ratios(HEADWAY.name, CONSTANT.name, "credit", what)
        target = f"CPU a request, {_clients(what)}: at most {most} times the constant"
        yield at_most(target, median(ratios), most)


def _against_peers(results: Results, peers: Sequence[Contestant]) -> Iterator[Verdict]:
    for what, least in _BATCHING_LEAST.items():
        yield _least_of(results, peers, Kind.BATCHING, what, least)
    yield _least_of(results, peers, Kind.DEFAULTS, "16", _DEFAULTS_LEAST)
    for what in ("1", "16", "64"):
        ratio = median(results.ratios("by_hand", HEADWAY.name, "digits", what))
        target = (
            f"net on digits, {_clients(what)}: at least {_BY_HAND_LEAST} times less than by hand"
        )
        yield at_least(target, ratio, _BY_HAND_LEAST)


def _least_of(
    results: Results, peers: Sequence[Contestant], kind: Kind, what: str, least: float
) -> Verdict:
    ratios = {
        peer.name: median(results.ratios(peer.name, HEADWAY.name, "credit", what))
        for peer in peers
        if peer.kind is kind
    }
    known = {name: ratio for name, ratio in ratios.items() if not math.isnan(ratio)}
    target = f"CPU a request, {_clients(what)}: at least {least:.0f} times less than any peer's {kind.value}"
    if not known:
        return Verdict(target, "no such peer was measured", is_kept=False)
    name = min(known, key=known.__getitem__)
    verdict = at_least(target, known[name], least)
    return dataclasses.replace(verdict, measured=f"{verdict.measured} ({name})")


def _against_graph(results: Results) -> Iterator[Verdict]:
    for what, most_us in _MANY_MOST_US.items():
        samples = results.figures(HEADWAY.name, "credit", what, lambda sample: sample.cpu_us)
        above_us = median(samples) - results.ours.graph_us
        name = "JSON" if what == "many" else "Arrow"
        yield at_most(
            f"1,000 rows in {name}: at most {most_us} us a row above the graph", above_us, most_us
        )


def _worker(facts: OurFacts) -> Iterator[Verdict]:
    yield at_most(
        f"CPU of a worker until its first answer: at most {_START_MOST_S} s",
        facts.worker_start_s,
        _START_MOST_S,
    )
    yield Verdict(
        f"memory (PSS) of one worker: at most {_PSS_MOST_MB:.0f} MB",
        f"{facts.worker_pss_mb:.0f} (RSS {facts.worker_rss_mb:.0f})",
        facts.worker_pss_mb <= _PSS_MOST_MB,
    )
    early = ", ".join(facts.early_imports) or "none of them"
    yield Verdict(
        "FastAPI, SQLAlchemy and scipy are not imported before a worker is ready",
        early,
        not facts.early_imports,
    )


def _two_workers(facts: OurFacts) -> Iterator[Verdict]:
    target = f"CPU a request of two workers: at most {_TWO_WORKERS_MOST} times one worker's"
    shares = f"each of two workers answers {_SHARES[0]:.0f} to {_SHARES[1]:.0f} % (by CPU)"
    if facts.two_workers_ratio is None:
        yield Verdict(target, "two workers did not run", is_kept=False)
        yield Verdict(shares, "two workers did not run", is_kept=False)
        return
    yield at_most(target, facts.two_workers_ratio, _TWO_WORKERS_MOST)
    is_even = all(_SHARES[0] <= share <= _SHARES[1] for share in facts.two_workers_shares)
    words = " and ".join(f"{share:.0f} %" for share in facts.two_workers_shares)
    yield Verdict(shares, words, is_even)


def at_most(target: str, measured: float, limit: float) -> Verdict:
    """Return whether a figure is small enough."""
    return Verdict(target, f"{measured:.2f}", measured <= limit)


def at_least(target: str, measured: float, limit: float) -> Verdict:
    """Return whether a figure is large enough."""
    return Verdict(target, f"{measured:.1f}", measured >= limit)


def _clients(what: str) -> str:
    return f"{what} client{'' if what == '1' else 's'}"


def median(figures: Sequence[float]) -> float:
    """Return the median; NaN, which keeps no target, of nothing."""
    return statistics.median(figures) if figures else math.nan
