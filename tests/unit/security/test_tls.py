from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from headway.errors import ConfigError
from headway.security.tls import load_tls

if TYPE_CHECKING:
    from pathlib import Path

    from headway.security.tls import LoadedTls

AUTHORITY = trustme.CA()
NOW = dt.datetime.now(dt.UTC)
PASSWORD = "swordfish"


class Files:
    """A certificate and its key in files."""

    def __init__(self, folder: Path, end: dt.datetime | None = None) -> None:
        issued = AUTHORITY.issue_cert(
            "localhost",
            not_before=NOW - dt.timedelta(days=900),
            not_after=end or NOW + dt.timedelta(days=90),
        )
        folder.mkdir(exist_ok=True)
        self.cert, self.key, self.locked = folder / "cert.pem", folder / "key.pem", folder / "l.pem"
        self.cert.write_bytes(issued.cert_chain_pems[0].bytes())
        self.key.write_bytes(issued.private_key_pem.bytes())
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        secret = serialization.BestAvailableEncryption(PASSWORD.encode())
        form = serialization.PrivateFormat.PKCS8
        self.locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, secret))
        for file in (self.key, self.locked):
            file.chmod(0o600)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("tls"))


def spoken(tls: LoadedTls, newest: ssl.TLSVersion) -> str | None:
    """Return the version that a client which trusts the authority agrees on with the server."""
    context = tls.context
    assert context is not None
    ours, theirs = socket.socketpair()
    client = ssl.create_default_context()
    AUTHORITY.configure_trust(client)
    client.minimum_version, client.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest

    def serve() -> None:
        try:
            with context.wrap_socket(ours, server_side=True):
                pass
        except OSError:
            ours.close()

    server = threading.Thread(target=serve)
    server.start()
    with theirs, client.wrap_socket(theirs, server_hostname="localhost") as connection:
        version = connection.version()
    server.join()
    return version


def test_a_client_that_trusts_the_authority_is_answered(files: Files) -> None:
    tls = load_tls(files.cert, files.key, None, NOW)
    assert tls.warnings == ()
    assert spoken(tls, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert spoken(tls, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_version_is_not_spoken(files: Files) -> None:
    tls = load_tls(files.cert, files.key, None, NOW)
    with pytest.raises((ssl.SSLError, ValueError)):
        spoken(tls, ssl.TLSVersion.TLSv1_1)
    assert tls.context is not None
    assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_key_may_be_in_the_same_file_or_locked(files: Files, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(files.key.read_bytes() + files.cert.read_bytes())
    both.chmod(0o600)
    assert load_tls(both, None, None, NOW).warnings == ()
    assert load_tls(files.cert, files.locked, PASSWORD, NOW).warnings == ()
    assert load_tls(files.cert, files.key, "needless", NOW).warnings == ()


def refusal(cert: Path, key: Path | None, password: str | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_tls(cert, key, password, NOW)
    assert PASSWORD not in f"{caught.value} {caught.value.hint}"
    return f"{caught.value.message} {caught.value.hint or ''}"


def test_each_fault_is_called_by_its_name(files: Files, tmp_path: Path) -> None:
    other = Files(tmp_path / "other")
    gone, empty = tmp_path / "gone.pem", tmp_path / "empty.pem"
    empty.write_bytes(b"")
    assert f"`{gone}` of `tls.cert_file` cannot be read: No such file" in refusal(gone, files.key)
    assert f"`{gone}` of `tls.key_file` cannot be read" in refusal(files.cert, gone)
    assert "tls.cert_file` cannot be read: Is a directory" in refusal(tmp_path, files.key)
    assert "is not the key of the certificate" in refusal(files.cert, other.key)
    assert "has a password, and none is given" in refusal(files.cert, files.locked)
    assert "HEADWAY_TLS__KEY_PASSWORD_FILE" in refusal(files.cert, files.locked)
    assert "the password of the key" in refusal(files.cert, files.locked, "wrong")
    assert "holds no certificate in PEM" in refusal(empty, files.key)
    assert "holds no certificate in PEM" in refusal(files.key, files.cert)
    assert "holds no private key in PEM" in refusal(files.cert, empty)
    assert "holds no private key in PEM" in refusal(files.cert, None)


def test_what_should_not_stay_so_is_a_warning(tmp_path: Path) -> None:
    expired = Files(tmp_path, NOW - dt.timedelta(days=1))
    expired.key.chmod(0o644)
    warnings = load_tls(expired.cert, expired.key, None, NOW).warnings
    assert len(warnings) == 2
    assert "expired on" in warnings[0]
    assert "can be read by others" in warnings[1]
    soon = Files(tmp_path, NOW + dt.timedelta(days=3))
    (warning,) = load_tls(soon.cert, soon.key, None, NOW).warnings
    assert "expires on" in warning
