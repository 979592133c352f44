"""A long load on two workers: `python -m benchmarks.soak [--for 10m]`.

At 70 % of the highest rate, with requests of one, ten and a thousand rows, 1,000 idle connections beside them and the
version swapped every few seconds, memory must not grow by 2 %, and no request may fail. Then, for a third of that
time, a worker is killed every ten seconds: no more requests may fail than were on its connections. The end must be clean.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from benchmarks.credit import (
    NAME,
    bulk_body,
    credit_settings,
    fit_credit,
    read_credit,
    single_bodies,
)
from benchmarks.load_client import LoadResult, http_request, run_load
from benchmarks.open_loop import Pace, run_open_loop
from benchmarks.process_tree import command_line, load_average, processes, pss_mb

import headway.api
from headway.serving.plan import write_plan
from headway.serving.planning import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from headway.serving.plan import ServingPlan

WORKERS = 2
CLIENTS = 32
IDLE = 1_000
SHARE = 0.7
GROWTH_MOST = 0.02
SWAP_EVERY_S = 5.0
KILL_EVERY_S = 10.0
_PATH = f"/models/{NAME}/predict"
_READY_S = 60.0
_END_S = 40.0
_FIND_RATE_S = 5.0
_WORKER = "headway.supervisor.worker"
# of a hundred requests, by number of rows
_MIX = {1: 95, 10: 4, 1_000: 1}


class Swaps:
    """Makes the two versions live in turn, by the file of the plan.

    Args:
        path: Of that file.
        plans: One for each version.
    """

    def __init__(self, path: Path, plans: Sequence[ServingPlan]) -> None:
        self._path = path
        self._plans = itertools.cycle(plans)
        self.n_made = 0
        self.swap()

    def swap(self) -> None:
        """Make the other version live."""
        self.n_made += 1
        plan = msgspec.structs.replace(next(self._plans), revision=self.n_made)
        beside = self._path.with_suffix(".new")
        write_plan(beside, plan)
        beside.replace(self._path)


class Every:
    """Calls a function when a time has passed since the last call.

    Args:
        interval_s: That time.
        call: The function.
    """

    def __init__(self, interval_s: float, call: Callable[[], None]) -> None:
        self._interval_s, self._call = interval_s, call
        self._next_s = time.monotonic() + interval_s
        self.n_calls = 0

    def __call__(self) -> None:
        """Call it if it is due."""
        if time.monotonic() >= self._next_s:
            self._next_s += self._interval_s
            self.n_calls += 1
            self._call()


def main() -> None:
    """Run both phases, print what was found, and end with 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for", dest="duration_s", type=seconds, default=600.0, metavar="TIME")
    duration_s = parser.parse_args().duration_s
    allow_files(IDLE + 2 * CLIENTS + 100)
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        swaps = Swaps(plan, versions())
        with running(plan, Path(folder) / "log") as (server, port):
            with idle_connections(port) as idle:
                pace = find_pace(port, duration_s)
                broken += steady(server.pid, port, pace, swaps)
                n_open = sum(map(is_open, idle))
                broken += [f"{IDLE - n_open} idle connections were closed"] if n_open < IDLE else []
                broken += killed(
                    server.pid, port, dataclasses.replace(pace, duration_s=duration_s / 3)
                )
                print(f"of {IDLE} idle connections {n_open} were open before the first kill")
            broken += end(server)
    print(f"load average {load_average():.2f}")
    for line in broken:
        print(f"BROKEN: {line}")
    sys.exit(1 if broken else 0)


def find_pace(port: int, duration_s: float) -> Pace:
    """Return 70 % of the highest rate, after a first load that warms everything up."""
    found = run_load(port, mixed_requests(), n_clients=CLIENTS, duration_s=_FIND_RATE_S)
    most = found.n_requests / found.duration_s
    print(f"highest rate {most:,.0f} requests/s, load {SHARE * most:,.0f} requests/s")
    return Pace(SHARE * most, duration_s, CLIENTS)


def steady(pid: int, port: int, pace: Pace, swaps: Swaps) -> list[str]:
    """Load the server while the version is swapped, and return what it has broken."""
    every = Every(SWAP_EVERY_S, swaps.swap)
    # both versions have been live before memory is compared
    warm = dataclasses.replace(pace, duration_s=max(4 * SWAP_EVERY_S, pace.duration_s / 10))
    before = run_open_loop(port, mixed_requests(), warm, every)
    before_mb = pss_mb(processes(pid))
    result = run_open_loop(port, mixed_requests(), pace, every)
    after_mb = pss_mb(processes(pid))
    growth = after_mb / before_mb - 1
    print(f"steady: {summary(result)}; {every.n_calls} swaps")
    print(f"memory {before_mb:.1f} MB, then {after_mb:.1f} MB: {growth:+.2%}")
    n_errors = before.n_errors + result.n_errors
    return [
        *([f"{n_errors} requests failed"] if n_errors else []),
        *([f"memory grew by {growth:.1%}"] if growth >= GROWTH_MOST else []),
    ]


def killed(pid: int, port: int, pace: Pace) -> list[str]:
    """Load the server while workers are killed, and return what it has broken."""

    def kill() -> None:
        found = workers(pid)
        if len(found) == WORKERS:
            os.kill(found[every.n_calls % WORKERS], signal.SIGKILL)

    every = Every(KILL_EVERY_S, kill)
    result = run_open_loop(port, mixed_requests(), pace, every)
    allowed = every.n_calls * CLIENTS
    print(f"workers killed {every.n_calls} times: {summary(result)}, {allowed} allowed")
    wait_until(lambda: len(workers(pid)) == WORKERS)
    alone = run_load(port, mixed_requests(), n_clients=CLIENTS, duration_s=1.0)
    return [
        *([f"{result.n_errors} requests failed"] if result.n_errors > allowed else []),
        *([f"{alone.n_errors} requests failed after the last kill"] if alone.n_errors else []),
    ]


def end(server: subprocess.Popen[bytes]) -> list[str]:
    """End the server, and return what it has left behind."""
    tree = processes(server.pid)
    server.terminate()
    code = server.wait(_END_S)
    left = [pid for pid in tree if command_line(pid)]
    print(f"exit code {code}, {len(left)} processes left")
    return [
        *([f"exit code {code}"] if code else []),
        *([f"{len(left)} processes are left"] if left else []),
    ]


@contextlib.contextmanager
def running(plan: Path, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a server of two workers until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "headway.supervisor", "--plan", str(plan)),
        *("--port", str(port), "--workers", str(WORKERS)),
    ]
    with log.open("wb") as file:
        server = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        wait_until(lambda: is_ready(port) and len(workers(server.pid)) == WORKERS)
        yield server, port
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(_END_S)


@contextlib.contextmanager
def idle_connections(port: int) -> Iterator[list[socket.socket]]:
    """Hold connections on which nothing is asked."""
    with contextlib.ExitStack() as opened:
        address = ("127.0.0.1", port)
        yield [opened.enter_context(socket.create_connection(address)) for _ in range(IDLE)]


def is_open(connection: socket.socket) -> bool:
    """Whether the server has kept a connection."""
    connection.setblocking(False)  # noqa: FBT003 - the name is Python's
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


def is_ready(port: int) -> bool:
    """Whether a prediction is answered."""
    try:
        result = run_load(
            port, [http_request(_PATH, single_bodies()[0])], n_clients=1, duration_s=0.01
        )
    except OSError:
        return False
    return result.n_errors == 0


def workers(pid: int) -> list[int]:
    """Return the processes that answer."""
    return [member for member in processes(pid) if _WORKER in command_line(member)]


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end_s = time.monotonic() + _READY_S
    while not is_so():
        if time.monotonic() > end_s:
            raise SystemExit("the server does not become ready")
        time.sleep(0.1)


def mixed_requests() -> list[bytes]:
    """Return requests of one row, of ten and of a thousand, well mixed."""
    singles = itertools.cycle(single_bodies())
    bodies = [
        next(singles) if n_rows == 1 else bulk_body(n_rows)
        for n_rows, n_requests in _MIX.items()
        for _ in range(n_requests)
    ]
    # a step that has no factor in common with the hundred visits each of them once
    return [http_request(_PATH, bodies[37 * i % len(bodies)]) for i in range(len(bodies))]


def versions() -> list[ServingPlan]:
    """Return a plan for each of two versions; the first call registers the second one."""
    settings = credit_settings()
    if len(headway.api.versions(NAME, settings=settings)) == 1:
        features, target = read_credit()
        print("registering a second version ...", flush=True)
        headway.register(
            fit_credit(features, target), features, target, name=NAME, settings=settings
        )
    return [
        plan_of([headway.api.resolve(f"{NAME}:{number}", settings=settings)], settings)
        for number in (1, 2)
    ]


def summary(result: LoadResult) -> str:
    """Return what a run did, in words."""
    return (
        f"{result.n_requests:,} answered, {result.n_errors} failed, p50 {result.quantile_s(0.5) * 1e3:.1f} ms, "
        f"p99 {result.quantile_s(0.99) * 1e3:.1f} ms"
    )


def seconds(text: str) -> float:
    """Return `90s` or `10m` in seconds."""
    found = re.fullmatch(r"(\d+)([sm])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"`{text}` is no time such as `60s` or `10m`")
    return float(found[1]) * (60 if found[2] == "m" else 1)


def allow_files(n_files: int) -> None:
    """Let this process, and what it starts, hold so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(2 * n_files, hard)), hard))


if __name__ == "__main__":
    main()
