from __future__ import annotations

import msgspec
import pytest

from headway.security.token_settings import TokenSettings
from headway.serving.settings import WorkerSettings


def test_settings_cross_a_command_line_as_json() -> None:
    settings = WorkerSettings(
        drain_timeout_s=3,
        log_format="text",
        log_fd=1,
        tokens=TokenSettings("issuer", "audience", "/keys.json"),
        trusted_hosts=("a.org",),
        cors_origins=("https://b.org",),
        locks_metrics=True,
    )
    assert msgspec.json.decode(msgspec.json.encode(settings), type=WorkerSettings) == settings
    assert msgspec.json.decode(b"{}", type=WorkerSettings) == WorkerSettings()


@pytest.mark.parametrize("text", [b'{"log_format": "xml"}', b'{"drain_s": 1}'])
def test_what_is_not_known_is_refused(text: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=WorkerSettings)
