from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.errors import ConfigError
from headway.serving.settings import Tls, WorkerSettings
from headway.supervisor.worker_settings import read_worker_settings, write_worker_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_settings_are_read_from_a_command_line() -> None:
    assert read_worker_settings("{}") == WorkerSettings()
    assert read_worker_settings('{"max_connections": 5}').max_connections == 5


def test_what_is_secret_goes_through_a_file_that_nobody_else_reads(tmp_path: Path) -> None:
    path = tmp_path / "worker.json"
    settings = WorkerSettings(tls=Tls("cert.pem", "key.pem", "open sesame"))
    text = write_worker_settings(path, settings)
    assert "open sesame" not in text
    assert path.stat().st_mode & 0o077 == 0
    assert read_worker_settings(text) == settings


@pytest.mark.parametrize("text", ["{", '{"unknown": 1}', "@/nowhere/at/all"])
def test_what_is_none_is_an_error_of_the_configuration(text: str) -> None:
    with pytest.raises(ConfigError, match="no settings of a worker"):
        read_worker_settings(text)
