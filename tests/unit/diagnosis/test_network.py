"""A port is free, ours, or somebody else's; a server that is configured answers or does not."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from headway.config.settings import ClientSettings, ServerSettings
from headway.diagnosis.finding import examined
from headway.diagnosis.network import check_client, check_ports
from scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

MODELS = {"models": [{"name": "credit", "version": "3"}]}
READY = {"status": "ready"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def server_settings(**fields: Any) -> ServerSettings:
    return ServerSettings(admin=False, **fields)


def test_a_free_port_is_told_and_left_free() -> None:
    port = free_port()
    for _ in range(2):
        (finding,) = check_ports(server_settings(port=port))
        assert (finding.check, finding.state) == ("server.port", "ok")
        assert finding.measured == f"127.0.0.1:{port} is free"
    (any_port,) = check_ports(server_settings(port=0))
    assert any_port.state == "ok"


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
@pytest.mark.parametrize(
    ("status", "document", "state"),
    [
        (200, MODELS, "ok"),
        (
            401,
            {"code": "auth.unauthenticated", "detail": "no key", "type": "x", "title": "y"},
            "ok",
        ),
        (200, b"<html>", "warning"),
        (404, {"error": "what?"}, "warning"),
    ],
)
def test_a_taken_port_is_ours_or_somebody_else_s(
    server: ScriptedServer, host: str, status: int, document: object, state: str
) -> None:
    server.answers = [(status, document, {})]
    (finding,) = check_ports(server_settings(host=host, port=port_of(server.url)))
    assert finding.state == state
    assert "is taken by" in finding.measured


def test_a_host_that_is_not_this_machine_has_failed() -> None:
    (finding,) = check_ports(server_settings(host="192.0.2.1", port=8000))
    assert finding.state == "failed"
    assert "cannot be listened on" in finding.measured


STATUS = {
    "url": "", "revision": 1, "asks_for_key": False, "database": "answers", "refusal": "",
    "models": [], "workers": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((200, STATUS, {}), "ok"),
        ((401, {"code": "auth.unauthenticated", "detail": "no key"}, {}), "ok"),
        ((403, {"code": "auth.forbidden", "detail": "not you"}, {}), "ok"),
        ((200, MODELS, {}), "warning"),
        ((200, b"<html>", {}), "warning"),
    ],
)
def test_the_port_of_the_admin_api_is_ours_or_somebody_else_s(
    server: ScriptedServer, answer: Any, state: str
) -> None:
    server.answers = [answer]
    settings = ServerSettings(port=0, admin_port=port_of(server.url))
    port, admin_port = check_ports(settings)
    assert (port.check, admin_port.check) == ("server.port", "server.admin_port")
    assert (port.state, admin_port.state) == ("ok", state)
    assert server.asked[-1][1].endswith("/status")
    if state == "warning":
        assert "server.admin" in (admin_port.hint or "")


def test_the_port_of_an_admin_api_that_is_off_is_not_looked_at() -> None:
    (port,) = check_ports(ServerSettings(port=0, admin=False))
    assert port.check == "server.port"


def test_the_address_of_the_admin_api_is_its_own() -> None:
    _, admin_port = check_ports(ServerSettings(port=0, admin_host="192.0.2.1"))
    assert (admin_port.check, admin_port.state) == ("server.admin_port", "failed")
    assert "192.0.2.1:8002" in admin_port.measured


def test_no_server_configured_is_nothing_to_look_at() -> None:
    assert list(check_client(ClientSettings())) == []


def test_a_server_that_answers_names_its_models(server: ScriptedServer) -> None:
    server.answers = [(200, READY, {}), (200, MODELS, {})]
    (finding,) = check_client(ClientSettings(url=server.url, key="s3cret"))  # type: ignore[arg-type]
    assert finding.state == "ok"
    assert finding.measured == f"{server.url} serves credit:3"
    assert server.asked[-1][2]["authorization"] == "Bearer s3cret"


def test_a_server_that_refuses_the_key_has_failed(server: ScriptedServer) -> None:
    refusal = {"code": "auth.unauthenticated", "detail": "no key", "type": "x", "title": "y"}
    server.answers = [(200, READY, {}), (401, refusal, {})]
    found = examined("client.url", lambda: check_client(ClientSettings(url=server.url)))
    assert [finding.state for finding in found] == ["failed"]


def test_a_server_that_is_not_there_has_failed() -> None:
    (finding,) = check_client(ClientSettings(url=f"http://127.0.0.1:{free_port()}"))
    assert finding.state == "failed"
    assert "not there" in finding.measured


def test_a_silent_listener_is_somebody_else_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.diagnosis.network._TIMEOUT_S", 0.2)
    with contextlib.closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        (finding,) = check_ports(server_settings(port=silent.getsockname()[1]))
    assert finding.state == "warning"
