"""Keys are made and revoked while a server runs, and what is live is seen from beside it."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from crafted import ROW, write_crafted_bundle
from e2e.terminal import Terminal
from running import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def beside(tmp_path: Path) -> Terminal:
    """Give a terminal with a release in a folder, and a free port for the admin API."""
    write_crafted_bundle(tmp_path / "credit")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environ = {
        "HEADWAY_SERVER__ADMIN": "true",
        "HEADWAY_SERVER__ADMIN_PORT": port,
        "HEADWAY_SERVER__WORKERS": "1",
        "HEADWAY_REGISTRY__POLL_INTERVAL_S": "0.1",
    }
    return Terminal(tmp_path, tmp_path / "home", environ)


@pytest.fixture
def url(beside: Terminal) -> Iterator[str]:
    with beside.serve("./credit") as (url, _):
        wait_until(lambda: beside.run("status").code == 0, 60)
        yield url


def test_keys_reach_a_server_that_runs(beside: Terminal, url: str) -> None:
    body = json.dumps(ROW).encode()

    def ask(key: str | None) -> int:
        headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if key else {})
        request = urllib.request.Request(f"{url}/predict", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                status: int = reply.status
                return status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    assert ask(None) == 200
    key = beside.run("keys", "create", "shop").out.strip()
    wait_until(lambda: ask(None) == 401)
    assert ask(key) == 200
    boss = beside.run("keys", "create", "boss", "--scope", "admin").out.strip()
    seen = wait_until(lambda: beside.run("status", "--json", HEADWAY_CLIENT__KEY=boss).out)
    status = json.loads(seen)
    assert (status["asks_for_key"], status["url"], len(status["workers"])) == (True, url, 1)
    assert beside.run("status").code == 5
    assert beside.run("keys", "revoke", "shop").code == 0
    wait_until(lambda: ask(key) == 401)
