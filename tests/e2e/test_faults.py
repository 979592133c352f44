"""A whole server, controller included, when parts of it are taken away."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crafted import ROW, write_crafted_bundle
from e2e.terminal import Terminal
from running import children, is_alive, wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

BODY = json.dumps(ROW).encode()
SECRET = "swordfish-swordfish"
HEADERS = {"Content-Type": "application/json", "X-API-Key": SECRET}


@dataclasses.dataclass
class Whole:
    """A server with its controller."""

    terminal: Terminal
    url: str
    process: subprocess.Popen[str]
    admin_port: int

    def predict(self) -> int:
        return predict(self.url)

    def status(self) -> dict[str, Any]:
        """Return what the admin API says, nothing where it is not there."""
        url = f"http://127.0.0.1:{self.admin_port}/api/v1/status"
        try:
            request = urllib.request.Request(url, headers=HEADERS)
            with urllib.request.urlopen(request, timeout=20) as reply:
                document: dict[str, Any] = json.load(reply)
                return document
        except (urllib.error.URLError, ConnectionError):
            return {}

    def controller(self) -> int:
        (pid,) = [
            child
            for child in children(self.process.pid)
            if b"headway.controller" in Path(f"/proc/{child}/cmdline").read_bytes()
        ]
        return pid


def predict(url: str) -> int:
    request = urllib.request.Request(f"{url}/predict", BODY, HEADERS)
    with urllib.request.urlopen(request, timeout=20) as reply:
        status: int = reply.status
        return status


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("faults")
    write_crafted_bundle(folder / "credit")
    (folder / "tmp").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {
        "HEADWAY_SERVER__ADMIN": "true",
        "HEADWAY_SERVER__ADMIN_PORT": str(port),
        "HEADWAY_SERVER__API_KEY": SECRET,
        "HEADWAY_SERVER__WORKERS": "1",
        "HEADWAY_REGISTRY__POLL_INTERVAL_S": "0.1",
        "TMPDIR": str(folder / "tmp"),
    }
    terminal = Terminal(folder, folder / "home", environ)
    with terminal.serve("./credit") as (url, process):
        whole = Whole(terminal, url, process, port)
        wait_until(whole.status)
        yield whole


def test_no_secret_is_on_a_command_line(whole: Whole) -> None:
    assert whole.predict() == 200
    processes = [whole.process.pid, *children(whole.process.pid)]
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes]
    assert len(lines) == 3
    assert not [line for line in lines if SECRET.encode() in line]


def test_a_controller_that_is_killed_is_not_missed_and_comes_back(whole: Whole) -> None:
    killed = whole.controller()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not is_alive(killed))
    assert whole.predict() == 200
    wait_until(whole.status, 60)
    assert whole.controller() != killed


def test_predictions_need_no_database(whole: Whole) -> None:
    file, away = whole.terminal.home / "headway.db", whole.terminal.home / "away.db"
    file.rename(away)
    wait_until(lambda: whole.status().get("database") == "silent")
    assert whole.predict() == 200
    away.rename(file)
    wait_until(lambda: whole.status().get("database") == "answers")


def test_two_servers_share_a_home_but_not_a_port(whole: Whole) -> None:
    with whole.terminal.serve("./credit") as (url, other):
        assert predict(url) == 200
        # it has the same port for its admin API, which is not worth an end
        assert other.stderr is not None
        said = next(line for line in other.stderr if "admin API" in line)
        assert "there is no admin API" in said
        assert f"port {whole.admin_port}" in said
        assert [predict(url), whole.predict()] == [200, 200]
    assert whole.status()["url"] == whole.url


def test_sigterm_leaves_no_process_no_listener_and_no_file(whole: Whole) -> None:
    processes = children(whole.process.pid)
    assert len(processes) == 2
    whole.process.send_signal(signal.SIGTERM)
    assert whole.process.wait(60) == 0
    assert not any(map(is_alive, processes))
    for port in (whole.admin_port, int(whole.url.rpartition(":")[2])):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    assert list((whole.terminal.folder / "tmp").iterdir()) == []
