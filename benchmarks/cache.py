"""What a cache of answers costs and saves: for each form of a model and each tier, and for a whole request.

Loads the German credit model lowered and as it was fitted, with a real Valkey beside it, and prints what
was decided. Then it asks a worker over one connection, with the cache off and on, for rows that are found
and for rows that are not, and prints the worker's CPU for a request. At last it compares the store in the
process with those of cachetools.

Run it with `PYTHONPATH=tests python benchmarks/cache.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import tempfile
import time
import timeit
from pathlib import Path
from typing import TYPE_CHECKING

import cachetools
import msgspec
from credit import NAME, credit_settings, single_bodies
from process_tree import cpu_seconds

import headway
from headway.contract.reader import BodyReader
from headway.core.clock import SystemClock
from headway.monitoring.metrics import CacheSeries, RequestMetrics
from headway.monitoring.slots import Board
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_native_runtime, load_runtime
from headway.runtimes.validator import load_validator
from headway.serving.cache.loader import load_redis
from headway.serving.cache.memory import ENTRY_OVERHEAD_BYTES, MemoryTier
from headway.serving.caches import AnswerCaches
from headway.serving.loading import ReleaseLoader
from headway.serving.plan import CachePolicy
from headway.serving.planning import plan_of
from running import running
from valkey_server import Valkey

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.serving.plan import ServedModel, ServingPlan
    from running import Running

N_REQUESTS = 1500
N_ROUNDS = 5
N_KEPT = 10_000
TIMEOUT_MS = 20.0


def main() -> None:
    """Measure and print."""
    settings = credit_settings()
    plan = plan_of([headway.api.resolve(NAME, settings=settings)], settings)
    with tempfile.TemporaryDirectory() as folder, Valkey(Path(folder)) as valkey:
        print_decisions(plan.models[0], valkey.url)
        print_requests(plan, Path(folder))
    print_stores()


def print_decisions(model: ServedModel, url: str) -> None:
    """Print for each form of a model whether its answers are kept, and where."""
    clock = SystemClock()
    caches = AnswerCaches(
        RequestMetrics(Board.private().slot(0)), clock, load_redis(url, TIMEOUT_MS, clock)
    )
    print("| form | in the worker | in Redis | why |\n|---|---|---|---|")
    route = msgspec.structs.replace(model.routes[0], trust_code=True)
    for form, load in (("lowered", load_runtime), ("native", load_native_runtime)):
        loader = ReleaseLoader(load, load_validator, BodyReader, replay_golden, clock, caches)
        caching = loader.load(model, route).release.caching
        words = ["yes" if kept else "no" for kept in (caching.is_on, caching.is_shared)]
        print(f"| {form} | {words[0]} | {words[1]} | {caching.reason} |")


def print_requests(plan: ServingPlan, folder: Path) -> None:
    """Print the CPU of a worker for a request with the cache off, found, and not found."""
    times_us: dict[str, list[float]] = {"off": [], "found": [], "not found": []}
    with contextlib.ExitStack() as stack:
        servers = {}
        for mode in ("off", "on"):
            (folder / mode).mkdir()
            (model,) = plan.models
            models = (msgspec.structs.replace(model, cache=CachePolicy(mode)),)
            served = running(folder / mode, msgspec.structs.replace(plan, models=models))
            servers[mode] = stack.enter_context(served)
        row = json.loads(single_bodies()[0])
        bodies = iter(range(10**9))
        for _ in range(N_ROUNDS):
            times_us["off"].append(ask(servers["off"], lambda: row))
            times_us["found"].append(ask(servers["on"], lambda: row))
            # a number that a row has not had
            new = row | {}
            times_us["not found"].append(
                ask(servers["on"], lambda new=new: new | {"credit_amount": next(bodies) + 250})
            )
    print("\n| request for one row of the lowered model | CPU of the worker |\n|---|---|")
    for name, found in times_us.items():
        print(f"| {name} | {statistics.median(found):.0f} us |")


def ask(server: Running, row: Callable[[], object]) -> float:
    """Return the CPU of a worker for each of many requests on one connection, in microseconds."""
    bodies = [json.dumps(row()).encode() for _ in range(N_REQUESTS)]
    with contextlib.closing(server.connect()) as connection:
        before_s = cpu_seconds(server.pid)
        for body in bodies:
            connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
            connection.getresponse().read()
        return (cpu_seconds(server.pid) - before_s) / N_REQUESTS * 1e6


def print_stores() -> None:
    """Print what it costs to find and to keep an entry, beside cachetools."""
    keys = [os.urandom(24) for _ in range(N_KEPT)]
    entry = os.urandom(60)
    size = len(keys[0]) + len(entry) + ENTRY_OVERHEAD_BYTES
    series = CacheSeries(Board.private().slot(0), {}, "local")
    ours = MemoryTier(N_KEPT * size, 600.0, SystemClock())
    theirs = cachetools.TTLCache(
        N_KEPT * size, 600.0, timer=time.monotonic, getsizeof=lambda _: size
    )
    ours.put([(key, entry) for key in keys], series)
    for key in keys:
        theirs[key] = entry
    one = keys[N_KEPT // 2]
    unused = iter([os.urandom(24) for _ in range(400_000)])
    rows = {
        "find": (lambda: ours.find([one]), lambda: theirs.get(one)),
        "keep, in the place of another": (
            lambda: ours.put([(next(unused), entry)], series),
            lambda: theirs.update([(next(unused), entry)]),
        ),
    }
    print("\n| store in the process | ours | `cachetools.TTLCache` |\n|---|---|---|")
    for name, steps in rows.items():
        figures = [min(timeit.repeat(step, number=10_000, repeat=5)) / 10_000 for step in steps]
        print(f"| {name} | {figures[0] * 1e6:.2f} us | {figures[1] * 1e6:.2f} us |")


if __name__ == "__main__":
    main()
