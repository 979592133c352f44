"""What is measured of Headway alone: its start, its memory, two workers, the graph, and replies at half load."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.load_client import run_load
from benchmarks.open_loop import Pace, run_open_loop
from benchmarks.process_tree import (
    command_line,
    cpu_seconds,
    own_cpu_seconds,
    processes,
    pss_mb,
    rss_mb,
)
from benchmarks.serving.contestants import CONSTANT, HEADWAY
from benchmarks.serving.data import Data, read_data
from benchmarks.serving.places import HERE, ROOT, WORK
from benchmarks.serving.running import Server, Setting, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.serving.results import OurFacts

_WORKER = "headway.supervisor.worker"
_CLIENTS = 16
_STARTS = 3
_LOAD_S = 2.0
_TURNS = 5
_SETTLE_S = 2.0


def measure(facts: OurFacts, cpus: list[int]) -> None:
    """Measure all of it."""
    data = read_data("credit")
    facts.graph_us = graph_us(cpus)
    measure_start(facts, data, cpus)
    measure_two_workers(facts, data, cpus)
    measure_half_load(facts, data, cpus)


def graph_us(cpus: list[int]) -> float:
    """Return the CPU a row of the graph alone."""
    command = [sys.executable, "-m", "benchmarks.serving.graph"]
    with pinned(cpus[:1]):
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout)


def measure_start(facts: OurFacts, data: Data, cpus: list[int]) -> None:
    """Measure a worker: its start, what it has imported by then, and its memory after load."""
    noted = WORK / "imports.txt"
    starts = []
    for _ in range(_STARTS):
        noted.unlink(missing_ok=True)
        variables = {"PYTHONPATH": str(HERE / "watch"), "BENCH_IMPORTS": str(noted)}
        with running(
            HEADWAY, data, Setting(tuple(cpus[:1]), 1, tuple(variables.items()))
        ) as server:
            (worker,) = workers(server)
            starts.append(own_cpu_seconds(worker))
            lines = [line.split() for line in noted.read_text().splitlines()]
            seen = {name for pid, name in lines if int(pid) == worker}
            if "headway" not in seen:
                raise SystemExit("the watch of imports does not work")
            facts.early_imports = tuple(sorted(seen - {"headway"}))
            load(server, _LOAD_S)
            facts.worker_pss_mb, facts.worker_rss_mb = pss_mb([worker]), rss_mb([worker])
    facts.worker_start_s = min(starts)


def measure_two_workers(facts: OurFacts, data: Data, cpus: list[int]) -> None:
    """Measure two workers against one, in turns; servers and client share both CPUs."""
    one, two = Setting(tuple(cpus), 1), Setting(tuple(cpus), 2)
    with running(HEADWAY, data, one) as single, running(HEADWAY, data, two) as double:
        end_s = time.monotonic() + 30
        while len(workers(double)) < two.workers and time.monotonic() < end_s:
            time.sleep(0.1)
        pids = workers(double)
        if len(pids) != two.workers:
            return
        time.sleep(_SETTLE_S)
        ratios = []
        before = [own_cpu_seconds(pid) for pid in pids]
        for _ in range(_TURNS):
            least = load(single, _LOAD_S)
            ratios.append(load(double, _LOAD_S) / least)
        used = [own_cpu_seconds(pid) - was for pid, was in zip(pids, before, strict=True)]
    facts.two_workers_ratio = sorted(ratios)[len(ratios) // 2]
    facts.two_workers_shares = tuple(100 * cpu_s / sum(used) for cpu_s in used)


def measure_half_load(facts: OurFacts, data: Data, cpus: list[int]) -> None:
    """Measure replies at half of the highest rate of each, the constant's in turn with Headway's."""
    setting = Setting(tuple(cpus[:1]))
    with (
        pinned(cpus[1:2] or cpus),
        running(CONSTANT, data, setting) as constant,
        running(HEADWAY, data, setting) as ours,
    ):
        for server in (constant, ours):
            requests = [question.as_http() for question in server.single()]
            most = run_load(server.port, requests, n_clients=_CLIENTS, duration_s=_LOAD_S)
            rate = most.n_requests / most.duration_s / 2
            found = run_open_loop(server.port, requests, Pace(rate, 2 * _LOAD_S))
            facts.half_load_p99_ms[server.contestant.name] = found.quantile_s(0.99) * 1e3


def load(server: Server, duration_s: float) -> float:
    """Load a server, and return its CPU a request."""
    requests = [question.as_http() for question in server.single()]
    before_s = cpu_seconds(server.pid)
    done = run_load(server.port, requests, n_clients=_CLIENTS, duration_s=duration_s)
    return (cpu_seconds(server.pid) - before_s) / done.n_requests


def workers(server: Server) -> list[int]:
    """Return the processes that answer."""
    return [pid for pid in processes(server.pid) if _WORKER in command_line(pid)]


@contextlib.contextmanager
def pinned(cpus: list[int]) -> Iterator[None]:
    """Let this process, and what it starts in the block, run on these CPUs only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
