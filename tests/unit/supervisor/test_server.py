from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from crafted import ROW, crafted_plan
from headway.client import Client
from headway.errors import BundleCorruptError
from headway.serving.settings import WorkerSettings
from headway.supervisor.server import Server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


def test_a_server_answers_says_what_it_costs_and_leaves_nothing(tmp_path: Path) -> None:
    plan = crafted_plan(tmp_path)
    with Server(plan, "127.0.0.1", 0, WorkerSettings(), tmp_path / "log") as server:
        before_s = server.cpu_time_s()
        with Client(server.url) as client:
            for _ in range(200):
                assert client.predict("credit", ROW).prediction == "good"
        assert server.cpu_time_s() > before_s
        assert repr(server) == f"Server(credit at {server.url})"
        assert f'href="{server.url}/docs"' in server._repr_html_()
        pid = server.pid
    assert "/proc" not in server.log.read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(OSError, match="refused"):
        _connect(server.url)


def test_a_server_that_cannot_load_raises_the_workers_own_error(tmp_path: Path) -> None:
    plan = crafted_plan(tmp_path)
    graph = tmp_path / "credit" / "headway" / "compiled" / "graph.onnx"
    data = bytearray(graph.read_bytes())
    data[len(data) // 2] ^= 1
    graph.write_bytes(data)
    started = time.monotonic()
    with pytest.raises(BundleCorruptError, match=r"graph\.onnx"):
        Server(plan, "127.0.0.1", 0, WorkerSettings(), tmp_path / "log")
    assert time.monotonic() - started < 60


def test_its_end_may_take_longer_than_its_drain(tmp_path: Path) -> None:
    settings = WorkerSettings(drain_timeout_s=300)
    with Server(crafted_plan(tmp_path), "127.0.0.1", 0, settings, tmp_path / "log") as server:
        assert server._close_timeout_s > 300


def _connect(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    socket.create_connection((host, int(port)), timeout=2).close()
