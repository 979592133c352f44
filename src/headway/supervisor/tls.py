"""HTTPS of the listener: what the files of the settings say, read anew by each process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from headway.security.tls import LoadedTls, load_tls

if TYPE_CHECKING:
    import datetime as dt

    from headway.serving.settings import Tls


def read_tls(tls: Tls | None, now: dt.datetime) -> LoadedTls:
    """Return what speaks HTTPS, without a context where HTTP is spoken; as `load_tls`."""
    if tls is None:
        return LoadedTls(None)
    key_file = None if tls.key_file is None else Path(tls.key_file)
    return load_tls(Path(tls.cert_file), key_file, tls.key_password, now)
