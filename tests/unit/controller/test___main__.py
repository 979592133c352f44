"""The process says on its channel why it cannot start, and ends."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from headway.controller.__main__ import main
from headway.controller.settings import ControllerSettings, share_settings
from headway.core.frames import FrameReader
from headway.serving.control import AdminFailed, FromController

if TYPE_CHECKING:
    from pathlib import Path


def failure(settings: ControllerSettings) -> AdminFailed:
    descriptor = share_settings(settings)
    ours, theirs = socket.socketpair()
    with ours:
        arguments = ["--settings-fd", str(descriptor), "--report-fd", str(theirs.detach())]
        assert main(arguments) == 1
        (payload,) = FrameReader().feed(ours.recv(10_000))
    os.close(descriptor)
    failed = msgspec.json.decode(payload, type=FromController)
    assert isinstance(failed, AdminFailed)
    return failed


def test_a_database_that_is_none_is_told() -> None:
    assert failure(ControllerSettings(store_url="mysql://a/b", port=0)).code == "config.invalid"


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = failure(ControllerSettings(store_url=f"sqlite:///{tmp_path}/x.db", port=port))
    assert (failed.code, str(port) in failed.message) == ("server.unreachable", True)
    assert "ADMIN_PORT" in str(failed.hint)


def test_it_is_not_started_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--settings-fd" in capsys.readouterr().err
