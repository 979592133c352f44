"""`headway status` shows what the admin API tells, or says that nothing answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from headway.cli import status
from headway.cli.main import main

if TYPE_CHECKING:
    from scripted_server import ScriptedServer

FOUND: dict[str, Any] = {
    "url": "http://127.0.0.1:8000",
    "headway": "1",
    "revision": 4,
    "asks_for_key": True,
    "database": "answers",
    "refusal": None,
    "models": [
        {
            "name": "credit",
            "versions": [
                {"version": "3", "digest": "ab" * 32, "role": "champion", "weight_bp": 9_950},
                {"version": "4", "digest": "cd" * 32, "role": "canary", "weight_bp": 50},
            ],
        }
    ],
    "workers": [
        {
            "slot": 0,
            "pid": 77,
            "state": "ready",
            "revision": 4,
            "n_restarts": 1,
            "last_end": "was ended by SIGKILL",
        },
        {"slot": 1, "pid": None, "state": "dead", "revision": 0, "n_restarts": 0, "last_end": ""},
    ],
}


def test_what_is_live_is_shown(server: ScriptedServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers = [(200, FOUND, {})]
    assert main(["status", "--url", server.url]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["http://127.0.0.1:8000", "revision", "4", "asks", "for", "a", "key"],
        [],
        ["MODEL", "VERSION", "ROLE", "SHARE", "DIGEST"],
        ["credit", "3", "champion", "99.5", "%", "abababababab"],
        ["credit", "4", "canary", "0.5", "%", "cdcdcdcdcdcd"],
        [],
        ["WORKER", "PID", "STATE", "REVISION", "RESTARTS", "LAST", "END"],
        ["0", "77", "ready", "4", "1", "was", "ended", "by", "SIGKILL"],
        ["1", "dead", "0", "0"],
    ]
    assert main(["status", "--url", server.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == FOUND


def test_what_is_wrong_is_said(server: ScriptedServer, capsys: pytest.CaptureFixture[str]) -> None:
    trouble = {"refusal": "it is damaged", "database": "silent", "asks_for_key": False}
    server.answers = [(200, FOUND | trouble, {})]
    assert main(["status", "--url", server.url]) == 0
    told = capsys.readouterr().out
    assert "asks for no key" in told
    assert "the last plan was refused: it is damaged" in told
    assert "the database does not answer" in told


def test_it_is_shown_again_until_nothing_answers(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "INTERVAL_S", 0.01)
    other = {"code": "auth.unauthenticated", "detail": "no"}
    server.answers = [(200, FOUND, {}), (200, FOUND | {"revision": 5}, {}), (401, other, {})]
    assert main(["status", "--watch", "--url", server.url]) == 5
    told = capsys.readouterr().out
    assert told.index("revision 4") < told.index("revision 5")


@pytest.mark.parametrize("port", ["9", "0", "http"])
def test_without_an_address_this_machine_is_asked(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADWAY_SERVER__ADMIN_PORT", port)
    assert main(["status"]) == (6 if port == "9" else 2)
    told = capsys.readouterr().err
    assert ("no server answers at http://127.0.0.1:9" in told) == (port == "9")
    assert "hint: " in told


def test_another_server_than_ours_is_told(
    server: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers = [(404, b"nothing here", {})]
    assert main(["status", "--url", server.url]) == 6
    assert "404" in capsys.readouterr().err
