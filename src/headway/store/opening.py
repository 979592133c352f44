"""Which database is configured, and what works on it. SQLAlchemy is imported when it is opened."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from headway.config.paths import HomePaths, make_home
from headway.core.clock import SystemClock
from headway.errors import MissingExtraError
from headway.security.issuing import KeyIssuer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.config.settings import Settings
    from headway.security.keys import ApiKey
    from headway.store.sqlalchemy.database import Database

EMBEDDED = "sqlite"


def store_url(settings: Settings) -> str:
    """Return the URL of the database that is configured.

    Raises:
        ConfigError: It would be below the home folder, which cannot be made.
    """
    if settings.store.url != EMBEDDED:
        return settings.store.url
    return f"sqlite:///{make_home(settings.home).database}"


def open_database(url: str) -> Database:
    """Return a database. Nothing is connected yet.

    Raises:
        ConfigError: The URL is none of a database that Headway uses.
        MissingExtraError: What speaks to it is not installed.
    """
    try:
        from headway.store.sqlalchemy.database import Database  # noqa: PLC0415 - an extra, and dear
    except ModuleNotFoundError as error:
        raise MissingExtraError("store", "the database") from error
    return Database(url)


@contextlib.contextmanager
def opened_keys(url: str) -> Iterator[KeyIssuer]:
    """Give what makes, lists and revokes the keys of a database, which is closed at the end.

    Raises:
        ConfigError: As `open_database`.
        MissingExtraError: As `open_database`.
    """
    database = open_database(url)
    from headway.store.sqlalchemy.keys import Keys  # noqa: PLC0415 - as above

    try:
        yield KeyIssuer(Keys(database), SystemClock())
    finally:
        database.close()


def issued_keys(settings: Settings) -> tuple[tuple[ApiKey, ...], bool]:
    """Return the keys that servers know from the database, and whether one is needed.

    A database below the home folder that nobody has made yet has none, and is not made for this.

    Raises:
        StoreError: The database does not answer.
        MissingExtraError: What speaks to it is not installed.
    """
    if settings.store.url == EMBEDDED and not HomePaths(settings.home).database.exists():
        return (), False
    with opened_keys(store_url(settings)) as issuer:
        return issuer.keys()
