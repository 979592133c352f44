"""CPU of a prediction over HTTP, against the least that uvicorn can do.

Serves the German credit model with everything on (contract, ids, metrics, log) and, in the same run
and in turns, a constant reply by the same uvicorn. The unit is CPU time of all processes of a server,
which other load disturbs less than latency; the ratio of the two is what the budget holds. Of large
requests it holds what a row costs above the graph alone, which is measured in turns with them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgets import Budgets
from credit import NAME, bulk_body, bulk_table, credit_settings, read_credit, single_bodies
from load_client import http_request, run_load
from process_tree import cpu_seconds, load_average

import headway
from headway.releases.rows import LabelledRows, array_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from headway.config.settings import Settings

PATH = f"/models/{NAME}/predict"
ROUNDS = 5
ROUND_S = 2.0
WARM_UP_S = 0.3
CLIENTS = (1, 16, 64)
BULK_ROWS = 1_000
BULK_PATH = f"{PATH}?method=predict_proba"
BULK_CLIENTS = 2
GRAPH_CALLS = 100


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A running server."""

    name: str
    pid: int
    port: int


@dataclasses.dataclass(frozen=True)
class Figures:
    """What one round measured, per request."""

    cpu_us: float
    rate: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    """Measure, print, and end with 1 where the budget is broken."""
    settings = credit_settings()
    budgets = Budgets("http_credit")
    cpus = sorted(os.sched_getaffinity(0))
    _pin(cpus[:1])
    with (
        constant_server() as constant,
        headway.serve(NAME, background=True, settings=settings) as server,
    ):
        ours = Contestant("headway", server.pid, int(server.url.rpartition(":")[2]))
        _pin(cpus[1:2] or cpus)
        print(f"load average {load_average():.2f}; servers on CPU {cpus[0]}")
        requests = [http_request(PATH, body) for body in single_bodies()]
        for n_clients in CLIENTS:
            ratio = compare(constant, ours, requests, n_clients)
            print("  budget:", budgets.check(f"ratio_{n_clients}_clients", ratio))
        for name, above_us in above_graph(ours, settings).items():
            print(f"  {name} budget:", budgets.check(f"{name}_above_graph_us", above_us))
        print(f"load average {load_average():.2f}")
    budgets.end()


def compare(
    constant: Contestant, ours: Contestant, requests: Sequence[bytes], n_clients: int
) -> float:
    """Measure both in turns, print medians, and return the median ratio of CPU."""
    rounds = [
        (measure(constant, requests, n_clients), measure(ours, requests, n_clients))
        for _ in range(ROUNDS)
    ]
    print(f"1 row a request, {n_clients} client{'s' if n_clients > 1 else ''}:")
    for contestant, figures in zip((constant, ours), zip(*rounds, strict=True), strict=True):
        cpu_us, rate, p50_ms, p99_ms = (
            statistics.median(getattr(one, field.name) for one in figures)
            for field in dataclasses.fields(Figures)
        )
        print(
            f"  {contestant.name:9} {cpu_us:6.1f} us of CPU  {rate:7,.0f} requests/s  "
            f"p50 {p50_ms:.2f} ms  p99 {p99_ms:.2f} ms"
        )
    ratios = [mine.cpu_us / least.cpu_us for least, mine in rounds]
    print(f"  ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    return statistics.median(ratios)


def above_graph(ours: Contestant, settings: Settings) -> dict[str, float]:
    """Measure large requests and the graph in turns, print medians, and return what is above the graph."""
    asked = {
        "json": http_request(BULK_PATH, bulk_body(BULK_ROWS)),
        "arrow": http_request(
            BULK_PATH, bulk_table(BULK_ROWS), "application/vnd.apache.arrow.stream"
        ),
    }
    run_graph = graph_of(settings)
    rounds: dict[str, list[float]] = {"graph": [], **{name: [] for name in asked}}
    for _ in range(ROUNDS):
        rounds["graph"].append(graph_us(run_graph))
        for name, request in asked.items():
            cpu_us = measure(ours, [request], BULK_CLIENTS).cpu_us
            rounds[name].append(cpu_us / BULK_ROWS)
    print(f"{BULK_ROWS} rows a request, {BULK_CLIENTS} clients, us of CPU a row:")
    for name, figures in rounds.items():
        print(
            f"  {name:9} {statistics.median(figures):6.2f} ({min(figures):.2f} to {max(figures):.2f})"
        )
    return {
        name: statistics.median(
            whole - graph for whole, graph in zip(rounds[name], rounds["graph"], strict=True)
        )
        for name in asked
    }


def graph_of(settings: Settings) -> Callable[[], Any]:
    """Return what runs the graph alone on encoded rows."""
    predictor = headway.load(NAME, settings=settings)
    runtime: Any = predictor._runtime  # noqa: SLF001 - there is no way to ask the graph alone
    rows = LabelledRows(read_credit()[0][:BULK_ROWS], None)
    feeds = {"features": runtime.encoder.encode(rows.batch(array_names(predictor.contract)))}
    return lambda: runtime._run(["label", "probabilities"], feeds)  # noqa: SLF001 - as above


def graph_us(run_graph: Callable[[], Any]) -> float:
    """Return the CPU microseconds a row of one round."""
    before_s = time.process_time()
    for _ in range(GRAPH_CALLS):
        run_graph()
    return (time.process_time() - before_s) / GRAPH_CALLS / BULK_ROWS * 1e6


def measure(contestant: Contestant, requests: Sequence[bytes], n_clients: int) -> Figures:
    """Run one round."""
    run_load(contestant.port, requests, n_clients=n_clients, duration_s=WARM_UP_S)
    before_s = cpu_seconds(contestant.pid)
    result = run_load(contestant.port, requests, n_clients=n_clients, duration_s=ROUND_S)
    cpu_s = cpu_seconds(contestant.pid) - before_s
    if result.n_errors:
        raise SystemExit(f"{contestant.name} refused {result.n_errors} requests")
    return Figures(
        cpu_us=cpu_s / result.n_requests * 1e6,
        rate=result.n_requests / result.duration_s,
        p50_ms=result.quantile_s(0.5) * 1e3,
        p99_ms=result.quantile_s(0.99) * 1e3,
    )


@contextlib.contextmanager
def constant_server() -> Iterator[Contestant]:
    """Run the constant reply under uvicorn, with the options that a worker uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = str(Path(__file__).parent)
    command = [
        *(sys.executable, "-m", "uvicorn", "constant:app", "--app-dir", folder),
        *("--port", str(port), "--log-level", "warning", "--no-access-log"),
        *("--no-proxy-headers", "--no-server-header", "--timeout-keep-alive", "75"),
    ]
    process = subprocess.Popen(command)
    try:
        _wait_until_it_answers(port)
        yield Contestant("constant", process.pid, port)
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            return
        time.sleep(0.05)
    raise SystemExit("the constant server does not answer")


def _pin(cpus: list[int]) -> None:
    """Let this process, and what it starts from now on, run on these CPUs."""
    os.sched_setaffinity(0, cpus)


if __name__ == "__main__":
    main()
