"""The process says on its channel why it cannot start, and ends."""

from __future__ import annotations

import os
import socket

import msgspec
import pytest

from headway.controller.__main__ import main
from headway.controller.settings import ControllerSettings, share_settings
from headway.core.frames import FrameReader
from headway.serving.control import AdminFailed, FromController


def test_a_database_that_is_none_is_told() -> None:
    descriptor = share_settings(ControllerSettings(store_url="mysql://a/b", port=0))
    ours, theirs = socket.socketpair()
    with ours:
        arguments = ["--settings-fd", str(descriptor), "--report-fd", str(theirs.detach())]
        assert main(arguments) == 1
        (payload,) = FrameReader().feed(ours.recv(10_000))
    os.close(descriptor)
    failed = msgspec.json.decode(payload, type=FromController)
    assert isinstance(failed, AdminFailed)
    assert failed.code == "config.invalid"


def test_it_is_not_started_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--settings-fd" in capsys.readouterr().err
