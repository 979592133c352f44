"""Looking after a server: its keys, its database, and the process that answers the admin API."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from headway.config.load import load_settings
from headway.controller.settings import ControllerSettings, ControllerTls, share_settings
from headway.security.exposure import check_exposure, is_loopback
from headway.security.keys import Scope
from headway.serving.planning import keys_in
from headway.store.opening import issued_keys, open_database, opened_keys, store_url
from headway.supervisor.controllers import ControllerCommand

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.config.settings import Settings
    from headway.security.port import KeyRecord

_DEFAULT_SCOPES = (Scope.PREDICT, Scope.READ)


def create_key(
    name: str,
    *,
    scopes: Sequence[str] = _DEFAULT_SCOPES,
    models: Sequence[str] = (),
    rate_per_s: float = 0.0,
    settings: Settings | None = None,
) -> tuple[KeyRecord, str]:
    """Make an API key. From the first one on, every server of this database asks for a key.

    Args:
        name: By which people and logs know it.
        scopes: What it allows: `predict`, `read`, `admin`.
        models: Names of the models that it is for; none for every model.
        rate_per_s: Requests that it may send each second; 0 for no limit.
        settings: Instead of those of this process.

    Returns:
        What is remembered, and the key, which nobody can read again.

    Raises:
        MalformedInputError: A name, a scope or the rate is none.
        ChangeRefusedError: Another key has the name.
        StoreError: The database does not answer.
    """
    with opened_keys(store_url(settings or load_settings())) as issuer:
        return issuer.create(name, scopes, models, rate_per_s)


def keys(*, revoked: bool = False, settings: Settings | None = None) -> list[KeyRecord]:
    """Return the API keys, in the order in which they were made.

    Args:
        revoked: Whether to list those too that are refused by now.
        settings: Instead of those of this process.

    Raises:
        StoreError: The database does not answer.
    """
    with opened_keys(store_url(settings or load_settings())) as issuer:
        return issuer.records(revoked=revoked)


def revoke_key(name: str, *, dry_run: bool = False, settings: Settings | None = None) -> KeyRecord:
    """Refuse an API key from now on.

    Args:
        name: Of the key.
        dry_run: Whether only to look which one it would be.
        settings: Instead of those of this process.

    Raises:
        KeyNotFoundError: There is none of that name.
        StoreError: The database does not answer.
    """
    with opened_keys(store_url(settings or load_settings())) as issuer:
        return issuer.find(name) if dry_run else issuer.revoke(name)


def upgrade_database(settings: Settings | None = None) -> tuple[str | None, str]:
    """Bring the database of Headway up to date.

    Args:
        settings: Instead of those of this process.

    Returns:
        The version that it had, `None` where it had no tables, and the one that it has.

    Raises:
        StoreError: The database does not answer, or is of a newer version.
    """
    with contextlib.closing(open_database(store_url(settings or load_settings()))) as database:
        return database.upgrade()


def controller_settings(settings: Settings, *, insecure: bool) -> ControllerSettings | None:
    """Return how the controller of a server runs, `None` where none is wanted or installed.

    Args:
        settings: Of the server.
        insecure: Whether a network may be listened on without a key.

    Raises:
        ConfigError: The admin API would be reached from a network without a key.
        StoreError: The database that knows the keys does not answer.
    """
    server, tls = settings.server, settings.tls
    if not server.admin or importlib.util.find_spec("sqlalchemy") is None:
        return None
    own = keys_in(settings)
    issued, _ = issued_keys(settings)
    has_admin = any(Scope.ADMIN in key.scopes for key in (*own, *issued))
    check_exposure(server.admin_host, has_key=has_admin, insecure=insecure)
    # on loopback nobody listens in, and `headway status` would need the certificate's name
    speaks_tls = tls.cert_file is not None and not is_loopback(server.admin_host)
    password = tls.key_password
    return ControllerSettings(
        store_url=store_url(settings),
        host=server.admin_host,
        port=server.admin_port,
        insecure=insecure,
        poll_interval_s=settings.registry.poll_interval_s,
        keys=own,
        trusted_hosts=server.trusted_hosts,
        tls=ControllerTls(
            str(tls.cert_file),
            None if tls.key_file is None else str(tls.key_file),
            None if password is None else password.get_secret_value(),
        )
        if speaks_tls
        else None,
    )


@contextlib.contextmanager
def controller_command(settings: Settings, *, insecure: bool) -> Iterator[ControllerCommand | None]:
    """Give what starts the controller of a server, `None` where none is wanted; arguments as above.

    Raises:
        ConfigError: As `controller_settings`.
        StoreError: As `controller_settings`.
    """
    wanted = controller_settings(settings, insecure=insecure)
    if wanted is None:
        yield None
        return
    # open until the server ends: a controller that crashed reads it again
    descriptor = share_settings(wanted)
    try:
        yield ControllerCommand(
            (
                *(sys.executable, "-P", "-m", "headway.controller"),
                *("--settings-fd", str(descriptor)),
            ),
            (descriptor,),
        )
    finally:
        os.close(descriptor)
