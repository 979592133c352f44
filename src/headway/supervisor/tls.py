"""HTTPS: the context that speaks it, of the files that the settings name."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from headway.errors import ConfigError

if TYPE_CHECKING:
    from headway.serving.settings import Tls


def tls_context(tls: Tls | None) -> ssl.SSLContext | None:
    """Return what speaks HTTPS, TLS 1.2 and later; `None` where HTTP is spoken.

    Raises:
        ConfigError: A file is missing or is not what it should be, or the password is wrong.
    """
    if tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    # without a password of ours OpenSSL would ask at the terminal
    password = tls.key_password or ""
    try:
        context.load_cert_chain(tls.cert_file, tls.key_file, lambda: password)
    except (OSError, ValueError) as error:
        named = ", ".join(f"`{file}`" for file in (tls.cert_file, tls.key_file) if file)
        reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
        raise ConfigError(
            f"HTTPS cannot be spoken with {named}: {reason}",
            hint="`tls.cert_file` holds a certificate and its chain in PEM, `tls.key_file` its key, "
            "and `tls.key_password` the password of the key, where it has one",
        ) from error
    return context
