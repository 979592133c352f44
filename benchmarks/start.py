"""CPU of starting: `import headway`, a client, `headway --help`, and a worker until its first answer."""

from __future__ import annotations

import contextlib
import http
import http.client
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from budgets import Budgets
from credit import NAME, credit_settings, single_bodies
from process_tree import cpu_seconds, load_average

import headway.api
from headway.serving.plan import write_plan
from headway.serving.planning import plan_of

REPEATS = 5


def main() -> None:
    """Measure, print, and end with 1 where a budget is broken."""
    budgets = Budgets("start")
    print(f"load average {load_average():.2f}; seconds of CPU, the least of {REPEATS}")
    print(f"  python -c pass        {cpu_of([sys.executable, '-c', 'pass']):.2f}")
    imported = cpu_of([sys.executable, "-c", "import headway"])
    print("  import headway       ", budgets.check("import_headway_s", imported))
    client = cpu_of([sys.executable, "-c", "import headway; headway.Client()"])
    print("  headway.Client()     ", budgets.check("client_s", client))
    command = shutil.which("headway", path=str(Path(sys.executable).parent)) or "headway"
    helped = cpu_of([command, "--help"])
    print("  headway --help       ", budgets.check("headway_help_s", helped))
    settings = credit_settings()
    release = headway.api.resolve(NAME, settings=settings)
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.json"
        write_plan(plan, plan_of([release], settings))
        first = min(worker_until_first_answer(plan) for _ in range(REPEATS))
    print("  worker, first answer ", budgets.check("worker_first_answer_s", first))
    budgets.end()


def cpu_of(command: list[str]) -> float:
    """Return the least user and system time of a command, in seconds."""
    times = []
    for _ in range(REPEATS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(times)


def worker_until_first_answer(plan: Path) -> float:
    """Start a worker, ask it until it answers, and return the CPU that it has used until then."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "headway.supervisor.worker"),
            *("--plan", str(plan), "--port", str(port)),
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        while not is_answered(port):
            time.sleep(0.02)
        return cpu_seconds(worker.pid)
    finally:
        worker.terminate()
        worker.wait()


def is_answered(port: int) -> bool:
    """Whether a prediction is answered now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("POST", "/predict", single_bodies()[0])
        return connection.getresponse().status == http.HTTPStatus.OK
    return False


if __name__ == "__main__":
    main()
