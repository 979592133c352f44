"""Real processes: how they start, crash, drain and end, and what they leave behind."""

from __future__ import annotations

import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from crafted import ROW, crafted_plan
from headway.errors import BundleCorruptError, ConfigError, ServerError
from headway.serving.plan import ServingPlan, write_plan
from headway.serving.settings import WorkerSettings
from headway.supervisor.background import BackgroundServer
from headway.supervisor.listener import bind_listener
from running import children, is_alive, running, wait_until

if TYPE_CHECKING:
    from pathlib import Path

SUPERVISOR = "headway.supervisor"
SLOW = {"spin": 400_000}
FORBIDDEN = ("mlflow", "pandas", "sklearn", "fastapi", "pydantic", "sqlalchemy", "scipy", "onnx")


def test_sigterm_answers_what_is_under_way_and_ends_with_0(tmp_path: Path) -> None:
    with (
        running(tmp_path, crafted_plan(tmp_path, spin=500)) as server,
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        slow = [pool.submit(server.predict, ROW | SLOW) for _ in range(2)]
        wait_until(lambda: server.metric("headway_queue_depth") == 2)
        os.kill(server.pid, signal.SIGTERM)
        draining = wait_until(
            lambda: (ready := server.ask("GET", "/readyz")).status == 503 and ready
        )
        assert draining.json()["status"] == "draining"
        late = server.predict(ROW)
        assert (late.status, late.headers["connection"]) == (200, "close")
        assert [answer.result().status for answer in slow] == [200, 200]
        assert server.end() == "ended with exit code 0"
        assert {line["status"] for line in server.lines()} == {200}
        assert len(server.lines()) == 3


def test_a_drain_has_a_limit(tmp_path: Path) -> None:
    settings = WorkerSettings(drain_timeout_s=0.2)
    with (
        running(tmp_path, crafted_plan(tmp_path, spin=500), settings=settings) as server,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        slow = pool.submit(server.predict, ROW | {"spin": 10_000_000})
        wait_until(lambda: server.metric("headway_queue_depth") == 1)
        started_s = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        assert server.end() == "ended with exit code 0"
        assert time.monotonic() - started_s < 5
        answer = slow.result()
        assert (answer.status, answer.json()["code"]) == (503, "server.stopping")
        assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_supervisor_ends_its_worker_and_itself(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, crafted_plan(tmp_path), SUPERVISOR) as server:
        (worker,) = children(server.pid)
        assert server.predict(ROW).status == 200
        os.kill(server.pid, number)
        assert server.end() == "ended with exit code 0"
        assert not is_alive(worker)
        assert len(server.lines()) == 1


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    with running(tmp_path, crafted_plan(tmp_path), SUPERVISOR) as server:
        for _ in range(2):
            (worker,) = children(server.pid)
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda gone=worker: not is_alive(gone))
            # the socket is still there, so a client waits instead of being turned away
            assert server.ask("GET", "/healthz").status == 200
            wait_until(lambda: server.ask("GET", "/readyz").status == 200)
            assert server.predict(ROW).status == 200
        assert server.log.read_text().count("was ended by SIGKILL; another one starts in") == 2


def test_no_worker_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, crafted_plan(tmp_path), SUPERVISOR) as server:
        (worker,) = children(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(worker))


def test_no_process_outlives_the_one_that_started_the_server(tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", crafted_plan(tmp_path))
    script = (
        "import sys, time\n"
        "from headway.supervisor.background import BackgroundServer\n"
        "command = [sys.executable, '-m', 'headway.supervisor', '--plan', 'plan.json', '--port', '0']\n"
        "server = BackgroundServer(command)\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    supervisor = int(owner.stdout.readline())
    (worker,) = children(supervisor)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    wait_until(lambda: not is_alive(worker) and not is_alive(supervisor))


def test_a_server_that_nobody_holds_answers_until_its_process_ends(tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", crafted_plan(tmp_path))
    script = (
        "import gc, time, urllib.request\n"
        "from pathlib import Path\n"
        "from headway.serving.plan import read_plan\n"
        "from headway.serving.settings import WorkerSettings\n"
        "from headway.supervisor.server import Server\n"
        "plan = read_plan(Path('plan.json'))\n"
        "url = Server(plan, '127.0.0.1', 0, WorkerSettings(), Path('log')).url\n"
        "gc.collect()\n"
        "time.sleep(1)\n"
        "print(urllib.request.urlopen(url + '/readyz').status, url)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    status, url = done.stdout.split()
    assert status == "200"
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url + "/readyz", timeout=2)


def test_a_release_that_cannot_be_served_is_one_clear_error(tmp_path: Path) -> None:
    plan = crafted_plan(tmp_path)
    graph = next(tmp_path.rglob("graph.onnx"))
    graph.write_bytes(graph.read_bytes() + b"x")
    for module in ("headway.supervisor.worker", SUPERVISOR):
        with (
            pytest.raises(BundleCorruptError, match=r"`credit:3`.*graph\.onnx"),
            running(tmp_path, plan, module),
        ):
            pass
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def test_a_worker_that_is_started_by_hand_says_what_is_wrong_and_ends_with_1(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "headway.supervisor.worker", "--plan", "nowhere.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: no serving plan at `nowhere.json`\n"


def supervisor_command(tmp_path: Path, *more: str) -> list[str]:
    write_plan(tmp_path / "plan.json", ServingPlan(1, ()))
    return [sys.executable, "-m", SUPERVISOR, "--plan", str(tmp_path / "plan.json"), *more]


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with bind_listener("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
        with pytest.raises(ServerError, match=f"port {port} .* is taken"):
            BackgroundServer(supervisor_command(tmp_path, "--port", port))


def test_a_network_is_not_listened_on_without_a_key(tmp_path: Path) -> None:
    command = supervisor_command(tmp_path, "--port", "0", "--host", "0.0.0.0")
    with pytest.raises(ConfigError, match="no key is asked for"):
        BackgroundServer(command)
    with BackgroundServer([*command, "--insecure"]) as server:
        assert server.url.startswith("http://127.0.0.1:")


def test_a_worker_imports_nothing_that_only_training_or_the_api_page_needs(tmp_path: Path) -> None:
    """What costs a worker its start is not there, also after it has answered."""
    write_plan(tmp_path / "plan.json", crafted_plan(tmp_path))
    script = (
        "import json, os, sys, threading, urllib.request\n"
        "from headway.supervisor import worker\n"
        "from headway.supervisor.channel import ChildEnd\n"
        "def ask(self, report):\n"
        "    def run():\n"
        f"        body = {json.dumps(ROW)!r}.encode()\n"
        "        url, headers = report.url + '/predict', {'Content-Type': 'application/json'}\n"
        "        request = urllib.request.Request(url, body, headers)\n"
        "        assert urllib.request.urlopen(request).status == 200\n"
        f"        loaded = [name for name in {FORBIDDEN!r} if name in sys.modules]\n"
        "        print(loaded, flush=True)\n"
        "        os.kill(os.getpid(), 15)\n"
        "    threading.Thread(target=run).start()\n"
        "ChildEnd.send = ask\n"
        "worker.main(['--plan', 'plan.json', '--port', '0'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr
    assert done.returncode == 0
