from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from headway.errors import ConfigError
from headway.serving.settings import Tls
from headway.supervisor.tls import tls_context

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    issued = trustme.CA().issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
    (folder / "none.pem").write_text("nothing")
    return folder


def test_without_files_http_is_spoken() -> None:
    assert tls_context(None) is None


@pytest.mark.parametrize(("cert", "key"), [("cert.pem", "key.pem"), ("both.pem", None)])
def test_a_certificate_and_its_key_speak_tls_of_today(
    files: Path, cert: str, key: str | None
) -> None:
    context = tls_context(Tls(str(files / cert), key and str(files / key)))
    assert context is not None
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("cert", "key", "reason"),
    [
        ("nowhere.pem", "key.pem", "No such file"),
        ("none.pem", "key.pem", "PEM"),
        ("cert.pem", "none.pem", "PEM"),
        ("cert.pem", None, "PEM"),
    ],
)
def test_files_that_are_of_no_use_are_named(
    files: Path, cert: str, key: str | None, reason: str
) -> None:
    with pytest.raises(ConfigError, match="HTTPS cannot be spoken with") as caught:
        tls_context(Tls(str(files / cert), key and str(files / key)))
    assert f"`{files / cert}`" in caught.value.message
    assert reason in caught.value.message
