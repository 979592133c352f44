"""How a worker runs, as its parent tells it. The serving plan says what it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headway.core.dtypes import Device
from headway.errors import ConfigError
from headway.monitoring.log_line import LogFormat
from headway.security.token_settings import TokenSettings

if TYPE_CHECKING:
    from headway.config.settings import TlsSettings

STDERR_FD = 2


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With what HTTPS is spoken.

    Attributes:
        cert_file: Certificate and its chain, in PEM.
        key_file: Private key of the certificate, in PEM; `None` where the certificate's file holds it.
        key_password: Password of the key.
    """

    cert_file: str
    key_file: str | None = None
    key_password: str | None = None


class WorkerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one worker runs.

    Attributes:
        drain_timeout_s: Time that requests under way get at a stop.
        hang_timeout_s: Time without a sign of life after which it is replaced.
        log_format: Form of the log lines.
        log_fd: File descriptor that log lines go to.
        device: What executes nets.
        tokens: Which tokens are accepted beside keys; `None` for none.
        trusted_hosts: Values of the header `Host` that are answered; empty for any.
        cors_origins: Origins of web pages whose scripts may ask.
        locks_metrics: Whether `/metrics` asks for a key.
        max_connections: Most open connections; what comes above waits.
        tls: For HTTPS; `None` for HTTP.
        redis_url: Redis that keeps answers, with its password; `None` for none.
        redis_timeout_ms: Longest time for a look-up there.
    """

    drain_timeout_s: float = 20.0
    hang_timeout_s: float = 30.0
    log_format: LogFormat = "json"
    log_fd: int = STDERR_FD
    device: Device = Device.CPU
    tokens: TokenSettings | None = None
    trusted_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    locks_metrics: bool = False
    max_connections: int = 4096
    tls: Tls | None = None
    redis_url: str | None = None
    redis_timeout_ms: float = 20.0


def tls_of(settings: TlsSettings) -> Tls | None:
    """Return with what HTTPS is spoken; `None` where it is not.

    Raises:
        ConfigError: A key is given without a certificate.
    """
    if settings.cert_file is None:
        if settings.key_file is not None:
            raise ConfigError(
                "`tls.key_file` is given without `tls.cert_file`", hint="give the certificate too"
            )
        return None
    password = settings.key_password
    return Tls(
        str(settings.cert_file.absolute()),
        None if settings.key_file is None else str(settings.key_file.absolute()),
        None if password is None else password.get_secret_value(),
    )
