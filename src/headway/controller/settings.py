"""How a controller runs, as its parent tells it.

Invariant: what is secret in it (the password of a database, of a key of TLS) is in no list of processes
and in no file: it travels in memory that parent and child share.
"""

from __future__ import annotations

import os

import msgspec

from headway.security.keys import ApiKey

_MAX_BYTES = 1024 * 1024


class ControllerTls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """HTTPS of the admin API.

    Attributes:
        cert_file: Certificate and its chain, in PEM.
        key_file: Private key, in PEM.
        key_password: Of the private key.
    """

    cert_file: str
    key_file: str | None = None
    key_password: str | None = None


class ControllerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one controller runs.

    Attributes:
        store_url: Database of the keys, as SQLAlchemy spells it; empty for none.
        host: Address of the admin API.
        port: Its TCP port; 0 takes a free one.
        insecure: Whether it may be reached from a network without a key.
        poll_interval_s: How often the database is asked for changes.
        keys: Those of the settings, which no database has.
        trusted_hosts: Values of the header `Host` that are answered beside the machine's own.
        tls: Where it speaks HTTPS.
    """

    store_url: str
    host: str = "127.0.0.1"
    port: int = 8002
    insecure: bool = False
    poll_interval_s: float = 1.0
    keys: tuple[ApiKey, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    tls: ControllerTls | None = None


def share_settings(settings: ControllerSettings) -> int:
    """Return the descriptor of a piece of memory that holds settings, for `--settings-fd`.

    It belongs to the caller. Any number of processes may read it, one after the other or at once.
    """
    descriptor = os.memfd_create("headway-controller")
    os.pwrite(descriptor, msgspec.json.encode(settings), 0)
    return descriptor


def read_settings(descriptor: int) -> ControllerSettings:
    """Return the settings that a descriptor holds, as a child that inherits it does."""
    # at a place, because parent and children share the position
    return msgspec.json.decode(os.pread(descriptor, _MAX_BYTES, 0), type=ControllerSettings)
