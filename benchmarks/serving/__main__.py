"""CPU of a prediction over HTTP, Headway beside its peers: `python -m benchmarks.serving [--peers a,b] [--quick]`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.process_tree import load_average, processes, pss_mb
from benchmarks.serving import facts
from benchmarks.serving.contestants import CONSTANT, HEADWAY, PEERS, Contestant
from benchmarks.serving.data import Data, read_data
from benchmarks.serving.formats import Headway
from benchmarks.serving.measure import FailedError, Sample, measure_many, take_turns
from benchmarks.serving.places import PAGE, RESULTS, WORK
from benchmarks.serving.results import Results
from benchmarks.serving.running import Server, Setting, running
from benchmarks.serving.table import page
from benchmarks.serving.targets import judge
from benchmarks.serving.validate import validate
from benchmarks.serving.venvs import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Pace:
    """How long the benchmark takes.

    Attributes:
        rounds: Times that each peer is started and measured.
        turn_s: Length of one turn.
    """

    rounds: int
    turn_s: float


_TRIES = 2
_STARTED_S = time.perf_counter()
FULL, QUICK = Pace(rounds=3, turn_s=2.0), Pace(rounds=1, turn_s=1.0)


def main() -> None:
    """Measure, print and keep the table, and end with 1 where a target is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="names, joined by commas; none of them: `none`")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    arguments = parser.parse_args()
    asked = arguments.peers.split(",") if arguments.peers else [peer.name for peer in PEERS]
    peers = [peer for peer in PEERS if peer.name in asked]
    pace = QUICK if arguments.quick else FULL
    WORK.mkdir(parents=True, exist_ok=True)
    cpus = sorted(os.sched_getaffinity(0))
    results = Results(load_before=load_average())
    facts.measure(results.ours, cpus)
    measure_peers(results, peers, pace, cpus)
    results.load_after = load_average()
    verdicts = judge(results, peers)
    text = page(results, (CONSTANT, HEADWAY, *peers), verdicts)
    print(text)
    results.write(RESULTS / "serving.json", verdicts)
    (RESULTS / "serving.md").write_text(text)
    if arguments.write:
        PAGE.write_text(text)
    sys.exit(0 if all(verdict.is_kept for verdict in verdicts) else 1)


def measure_peers(
    results: Results, peers: Sequence[Contestant], pace: Pace, cpus: list[int]
) -> None:
    """Measure each peer beside the constant and Headway, which run all the time."""
    setting = Setting(tuple(cpus[:1]))
    for model in HEADWAY.models:
        data = read_data(model)
        with (
            facts.pinned(cpus[1:2] or cpus),
            running(CONSTANT, data, setting) as constant,
            running(HEADWAY, data, setting) as ours,
        ):
            results.differences[HEADWAY.name, model] = validate(ours)
            for number in range(pace.rounds):
                add(results, take_turns((constant, ours), f"{number}", pace.turn_s))
                add(results, [arrow(ours, f"{number}", pace.turn_s)])
                for peer in peers:
                    if model in peer.models:
                        name = f"{number} {peer.name}"
                        measure_one(results, peer, (constant, ours), name, pace.turn_s)


def arrow(ours: Server, name: str, turn_s: float) -> Sample:
    """Measure a table of Arrow."""
    assert isinstance(ours.format, Headway)
    return measure_many(ours, name, "arrow", ours.format.arrow().as_http(), turn_s)


def measure_one(
    results: Results,
    peer: Contestant,
    beside: tuple[Server, Server],
    name: str,
    turn_s: float,
) -> None:
    """Measure a peer, and note why where that fails.

    It is tried twice: a busy machine keeps some from starting in their own time.
    """
    key = peer.name, beside[0].data.model
    for _ in range(_TRIES):
        try:
            samples = try_one(results, peer, beside, name, turn_s)
        except (UnavailableError, FailedError, OSError, ValueError) as error:
            results.failures[key] = f"{type(error).__name__.removesuffix('Error')}: {error}"
            print(f"{peer.name}: {results.failures[key]}", flush=True)
        else:
            add(results, samples)
            return


def try_one(
    results: Results,
    peer: Contestant,
    beside: tuple[Server, Server],
    name: str,
    turn_s: float,
) -> list[Sample]:
    """Start a peer, hold its answers to the model's, and measure it in turns with the others."""
    data: Data = beside[0].data
    key = peer.name, data.model
    with running(peer, data, beside[0].setting) as server:
        if key not in results.differences:
            results.differences[key] = validate(server)
        samples = take_turns((*beside, server), name, turn_s)
        results.start_cpu_s.setdefault(key, []).append(server.start_cpu_s)
        results.pss_mb.setdefault(key, []).append(pss_mb(processes(server.pid)))
    return samples


def add(results: Results, samples: Sequence[Sample]) -> None:
    """Keep samples, and say what they were."""
    results.samples += samples
    with contextlib.suppress(IndexError):
        last = samples[-1].contestant
        elapsed_s = time.perf_counter() - _STARTED_S
        figures = "  ".join(
            f"{sample.what}: {sample.cpu_us:.1f}" for sample in samples if sample.contestant == last
        )
        print(f"{elapsed_s:5.0f} s  {samples[-1].model} {last}, us of CPU  {figures}", flush=True)


if __name__ == "__main__":
    main()
