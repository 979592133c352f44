"""HTTPS: the context that speaks it, made of the files that the settings name.

Invariant: TLS 1.2 and later only; no password is ever asked for at a terminal.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import ssl
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from headway.errors import ConfigError
from headway.security.certificate import expiry

if TYPE_CHECKING:
    from collections.abc import Callable

_READ_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH
Secret = Literal["not asked for", "absent", "given"]
_SOON = dt.timedelta(days=14)


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedTls:
    """What speaks HTTPS.

    Attributes:
        context: For the sockets of the server; `None` where HTTP is spoken.
        warnings: What should not stay so, one sentence each.
    """

    context: ssl.SSLContext | None
    warnings: tuple[str, ...] = ()


def load_tls(
    cert_file: Path, key_file: Path | None, password: str | None, now: dt.datetime
) -> LoadedTls:
    """Read a certificate and its key.

    Args:
        cert_file: The certificate, then its chain, in PEM.
        key_file: Its private key in PEM; by default it is in the same file.
        password: Of the key, where it has one.
        now: The time of day, to tell whether the certificate is valid.

    Raises:
        ConfigError: A file is missing or is not what it should be, the key is not that of the
            certificate, or the password is wrong.
    """
    key = key_file or cert_file
    # which file it is that cannot be read OpenSSL does not tell
    pem = {file: _read(name, file) for name, file in (("cert", cert_file), ("key", key))}
    valid_until = _expiry(cert_file, pem[cert_file])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    asked: list[bool] = []
    try:
        context.load_cert_chain(cert_file, key, _answering(password, asked))
    except ssl.SSLError as error:
        raise _explained(error, cert_file, key, _secret(password, asked=bool(asked))) from None
    warnings = []
    if valid_until < now:
        warnings.append(f"the certificate `{cert_file}` expired on {valid_until:%Y-%m-%d}")
    elif valid_until < now + _SOON:
        warnings.append(f"the certificate `{cert_file}` expires on {valid_until:%Y-%m-%d}")
    if key.stat().st_mode & _READ_BY_OTHERS:
        warnings.append(f"the private key `{key}` can be read by others: `chmod 600` it")
    return LoadedTls(context, tuple(warnings))


def _read(name: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"`{file}` of `tls.{name}_file` cannot be read: {error.strerror}"
        ) from error


def _expiry(file: Path, pem: bytes) -> dt.datetime:
    try:
        return expiry(pem)
    except ValueError as error:
        raise ConfigError(
            f"`{file}` of `tls.cert_file` holds no certificate in PEM",
            hint="it begins with `-----BEGIN CERTIFICATE-----`",
        ) from error


def _answering(password: str | None, asked: list[bool]) -> Callable[[], str]:
    """Return what OpenSSL asks for the password, so that it never asks at the terminal."""

    def answer() -> str:
        asked.append(True)
        return password or ""

    return answer


def _secret(password: str | None, *, asked: bool) -> Secret:
    if not asked:
        return "not asked for"
    return "absent" if password is None else "given"


def _explained(error: ssl.SSLError, cert: Path, key: Path, state: Secret) -> ConfigError:
    if error.reason == "KEY_VALUES_MISMATCH":
        return ConfigError(
            f"`{key}` is not the key of the certificate `{cert}`",
            hint="the file holds the server's certificate first, then its chain",
        )
    if state == "absent":
        return ConfigError(
            f"the key `{key}` has a password, and none is given",
            hint="set HEADWAY_TLS__KEY_PASSWORD_FILE to a file that holds it",
        )
    if state == "given":
        return ConfigError(f"the password of the key `{key}` is wrong")
    return ConfigError(
        f"`{key}` of `tls.key_file` holds no private key in PEM",
        hint="it begins with `-----BEGIN PRIVATE KEY-----`",
    )
