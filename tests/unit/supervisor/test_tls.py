from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import trustme

from headway.errors import ConfigError
from headway.serving.settings import Tls
from headway.supervisor.tls import read_tls

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime.now(dt.UTC)


def test_without_files_http_is_spoken() -> None:
    assert read_tls(None, NOW).context is None


@pytest.mark.parametrize("key_file", [True, False])
def test_the_files_of_the_settings_speak_https(tmp_path: Path, *, key_file: bool) -> None:
    issued = trustme.CA().issue_cert("localhost")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(str(cert))
    issued.private_key_pem.write_to_path(str(key))
    loaded = read_tls(Tls(str(cert), str(key) if key_file else None), NOW)
    assert loaded.context is not None
    with pytest.raises(ConfigError, match="cannot be read"):
        read_tls(Tls(str(cert), str(tmp_path / "nowhere.pem")), NOW)
