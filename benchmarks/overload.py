"""A server that is asked for ten times what it can do: who is answered, how fast, and who is refused.

Four models: one of about 5 ms that computes outside of the interpreter, a pipeline of scikit-learn that
computes inside of it, one call a request and in batches, and the German credit model, which is answered on
the event loop. Each is asked at half of its capacity, at all of it, twice and ten times, open loop: a
latency counts from the time at which its request was due. The first seconds of a round are left out, in
which a crowd is still taken for one that ends soon. Server and generator have a CPU each.

Run it with `PYTHONPATH=tests python benchmarks/overload.py [WORD OF A MODEL]`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import statistics
import sys
import tempfile
from array import array
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from credit import NAME, NEIGHBOURS, credit_settings, neighbours_settings, single_bodies
from load_client import http_request, run_load
from process_tree import cpu_seconds, load_average

import headway
from crafted import ROW, crafted_plan
from headway.serving.plan import Limits
from headway.testing.load.arrivals import due_times_s
from headway.testing.load.process import GeneratorProcess
from headway.testing.load.process_tree import memory_bytes
from headway.testing.load.samples import samples_of
from headway.testing.load.wire import Load
from running import running

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from headway.config.settings import Settings
    from headway.testing.load.samples import Samples

FACTORS = (0.5, 1.0, 2.0, 10.0)
ROUNDS = 3
# more than one generator sends in time
MAX_RATE = 15_000
LEFT_OUT_S = 2.0
ROUND_S = 3.0
# fewer than a queue holds
N_CLIENTS = 32
N_CONNECTIONS = 1024
# turns of the crafted model that take about 5 ms on a slow core
SPIN = 1700
_MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Subject:
    """A server with one model.

    Attributes:
        name: Of the model, in words.
        pid: Of the server.
        port: Where it answers.
        requests: What it is asked.
    """

    name: str
    pid: int
    port: int
    requests: Sequence[bytes]


def main() -> None:
    """Measure the models whose names hold the word of the command line, all without one."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    cpus = sorted(os.sched_getaffinity(0))
    print(f"load average {load_average():.2f}")
    os.sched_setaffinity(0, cpus[-1:])
    with GeneratorProcess() as generator:
        for name, serve in _SUBJECTS.items():
            if word in name:
                os.sched_setaffinity(0, cpus[:1])
                with serve(name) as subject:
                    os.sched_setaffinity(0, cpus[-1:])
                    compare(subject, generator)
    print(f"load average {load_average():.2f}")


def compare(subject: Subject, generator: GeneratorProcess) -> None:
    """Measure the capacity of a server, and parts and multiples of it in turns, and print all."""
    run_load(subject.port, subject.requests, n_clients=N_CLIENTS, duration_s=0.5)
    alone = run_load(subject.port, subject.requests, n_clients=N_CLIENTS, duration_s=2.0)
    capacity = alone.n_requests / alone.duration_s
    print(f"{subject.name}: {capacity:,.0f} requests/s to {N_CLIENTS} clients", flush=True)
    rounds, memory = [], [memory_bytes(subject.pid)]
    factors = [factor for factor in FACTORS if factor * capacity <= MAX_RATE]
    for _ in range(ROUNDS):
        rounds.append([run_round(subject, generator, capacity * factor) for factor in factors])
        memory.append(memory_bytes(subject.pid))
    for factor, of_factor in zip(factors, zip(*rounds, strict=True), strict=True):
        print(f"  {factor:4.1f} x  {_shown(of_factor)}")
    shown = ", ".join(f"{n_bytes / _MIB:.1f}" for n_bytes in memory)
    print(f"  PSS at the start and after each turn: {shown} MiB", flush=True)


@dataclasses.dataclass(frozen=True)
class Round:
    """What one round saw."""

    samples: Samples
    cpu_ratio: float


def run_round(subject: Subject, generator: GeneratorProcess, rate: float) -> Round:
    """Ask for `rate` requests a second."""
    end_s = LEFT_OUT_S + ROUND_S
    due_s = due_times_s(rate, end_s, "poisson", seed=1)
    load = Load(
        host="127.0.0.1",
        port=subject.port,
        requests=list(subject.requests),
        order=array("I", (i % len(subject.requests) for i in range(len(due_s)))).tobytes(),
        due_s=due_s.tobytes(),
        mark_s=LEFT_OUT_S,
        max_connections=N_CONNECTIONS,
    )
    before_s: list[float] = []
    outcome = generator.run(load, lambda: before_s.append(cpu_seconds(subject.pid)))
    cpu_s = cpu_seconds(subject.pid) - before_s[0]
    n_rows = np.ones(len(subject.requests), dtype=np.int64)
    return Round(samples_of(load, outcome, n_rows, end_s), cpu_s / ROUND_S)


def _shown(rounds: Sequence[Round]) -> str:
    """Return the medians of rounds."""
    samples = [one.samples for one in rounds]
    accepted = statistics.median(s.n_answered / len(s.status) for s in samples)
    others = sorted({status for s in samples for status in s.refused()} - {503})
    return (
        f"{statistics.median(s.offered_per_s for s in samples):7,.0f}/s  "
        f"200: {accepted:4.0%} {_latency(samples, 200)}  503: {_latency(samples, 503)}"
        f"  generator: busy {statistics.median(s.busy_ratio for s in samples):3.0%}, late p99 "
        f"{statistics.median(_percentile(s.lateness_ms(), 99) for s in samples):.1f} ms, "
        f"{max(s.n_connections for s in samples)} connections"
        f"  server: CPU {statistics.median(one.cpu_ratio for one in rounds):.0%}"
        + (f"  OTHER STATUSES {others}" if others else "")
    )


def _latency(samples: Sequence[Samples], status: int) -> str:
    found = [(s.done_s - s.due_s)[s.status == status] * 1e3 for s in samples]
    p50, p99 = (
        statistics.median(_percentile(latency_ms, share) for latency_ms in found)
        for share in (50, 99)
    )
    return f"p50 {p50:6.1f}  p99 {p99:6.1f} ms"


def _percentile(values: NDArray[np.float64], share: float) -> float:
    return float(np.percentile(values, share)) if len(values) else float("nan")


@contextlib.contextmanager
def _slow(name: str) -> Iterator[Subject]:
    with tempfile.TemporaryDirectory() as folder:
        plan = crafted_plan(Path(folder), limits=Limits(max_batch_size=1), spin=SPIN)
        with running(Path(folder), plan) as server:
            body = json.dumps({**ROW, "spin": SPIN}).encode()
            yield Subject(name, server.pid, server.port, [http_request("/predict", body)])


@contextlib.contextmanager
def _registered(name: str, model: str, settings: Settings) -> Iterator[Subject]:
    requests = [http_request(f"/models/{model}/predict", body) for body in single_bodies()]
    with headway.serve(model, background=True, settings=settings) as server:
        yield Subject(name, server.pid, int(server.url.rpartition(":")[2]), requests)


_SUBJECTS = {
    "slow, outside of the interpreter": _slow,
    "native, one by one": lambda name: _registered(
        name, NEIGHBOURS, neighbours_settings(max_batch_size=1)
    ),
    "native, batched": lambda name: _registered(name, NEIGHBOURS, neighbours_settings()),
    "credit, inline": lambda name: _registered(name, NAME, credit_settings()),
}


if __name__ == "__main__":
    main()
