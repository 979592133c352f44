"""Opens the database, and says in words of ours what is wrong with it.

Invariants: a database of a newer version is not touched; of two processes that bring one up to date
one does it and the other waits; a transaction is whole or it is not there.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from headway.core.urls import mask_passwords
from headway.errors import ConfigError, MissingExtraError, StoreError
from headway.registry.lock import exclusive
from headway.registry.reason import first_line
from headway.store.sqlalchemy.tables import REVISIONS, VERSION_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

_DRIVERS = ("sqlite", "postgresql+psycopg")
_TIMEOUT_S = 5.0
# of the advisory lock that those hold who change the tables: "headway" in hex
_UPGRADE_LOCK = 0x68656164776179
_WRITES = "headway_writes"
_UPGRADE_HINT = "bring it up to date: `headway db upgrade`"
_POSTGRES = {
    "connect_timeout": int(_TIMEOUT_S),
    # a database that vanished is not waited for
    "tcp_user_timeout": int(2_000 * _TIMEOUT_S),
    "application_name": "headway",
}


class Database:
    """A database that may be used from several threads. Nothing is connected before it is used.

    Args:
        url: As SQLAlchemy spells it: `sqlite:////path/headway.db`, `postgresql+psycopg://user@host/name`.

    Raises:
        ConfigError: It is no such URL.
        MissingExtraError: What speaks to it is not installed.
    """

    def __init__(self, url: str) -> None:
        self._url = _parsed(url)
        self.is_embedded = self._url.drivername == "sqlite"
        self._file = Path(self._url.database or "") if self.is_embedded else None
        self._engine = _engine(self._url, is_embedded=self.is_embedded)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._is_checked = False

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        return str(self._file) if self._file else mask_passwords(self._url.render_as_string())

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for one look.

        Raises:
            StoreError: The database does not answer, or is of another version.
        """
        self._check()
        with self._told(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction; whoever else writes waits.

        Raises:
            StoreError: As `reading`, or it cannot be written.
        """
        self._check()
        with self._told(), self._writer.begin() as connection:
            if not self.is_embedded:
                connection.execute(sqlalchemy.text(f"SET LOCAL lock_timeout = '{_TIMEOUT_S:g}s'"))
            yield connection

    def upgrade(self) -> tuple[str | None, str]:
        """Bring the tables up to date.

        Returns:
            The version that they had, `None` where there were none, and the one that they have.

        Raises:
            StoreError: As `writing`, or they are newer than this version of Headway.
        """
        with self._told(), contextlib.ExitStack() as stack:
            if self._file is not None:
                self._prepare(self._file, stack)
            connection = stack.enter_context(self._writer.begin())
            if not self.is_embedded:
                connection.execute(
                    sqlalchemy.text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
                )
            before = _revision(connection)
            self._refuse_newer(before)
            if before != REVISIONS[-1]:
                from headway.store.alembic import upgrade  # noqa: PLC0415 - costs more than a look

                upgrade(connection)
        self._is_checked = True
        return before, REVISIONS[-1]

    def close(self) -> None:
        """Close every connection. It opens again where it is used again."""
        self._engine.dispose()

    def _check(self) -> None:
        """Hold the version of the tables, once; an embedded database is brought up to date."""
        if self._is_checked:
            return
        if self._file is not None and not self._file.exists():
            self.upgrade()
            return
        with self._told(), self._engine.connect() as connection:
            revision = _revision(connection)
        self._refuse_newer(revision)
        if revision != REVISIONS[-1]:
            if not self.is_embedded:
                age = "has no tables of Headway" if revision is None else "is of an older version"
                raise StoreError(f"the database `{self.place}` {age}", hint=_UPGRADE_HINT)
            self.upgrade()
        self._is_checked = True

    def _refuse_newer(self, revision: str | None) -> None:
        if revision is not None and revision not in REVISIONS:
            raise StoreError(
                f"the database `{self.place}` is of version {revision}; this Headway knows "
                f"{REVISIONS[-1]}",
                hint="a newer Headway has upgraded it: install that one here too",
            )

    def _prepare(self, file: Path, stack: contextlib.ExitStack) -> None:
        """Make the file, for its owner only, in the mode in which readers do not wait for writers."""
        file.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(exclusive(file.with_suffix(".lock")))
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        with self._engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, SQLAlchemyError, sqlite3.Error) as error:
            raise self._refusal(getattr(error, "orig", None) or error) from error

    def _refusal(self, reason: BaseException) -> StoreError:
        said = reason.strerror if isinstance(reason, OSError) else first_line(reason)
        if not self.is_embedded:
            return StoreError(
                f"the database `{self.place}` does not answer: {said}",
                hint="start it, or see `[store] url` in the configuration",
            )
        # a file that is locked, or cannot be opened, is an error of a class below this one
        if type(reason) is sqlite3.DatabaseError:
            return StoreError(
                f"`{self.place}` is damaged, or is no database: {said}",
                hint="put a copy of the file in its place",
            )
        return StoreError(
            f"the database `{self.place}` cannot be used: {said}",
            hint="look at the folder, its permissions, and who else has the file open",
        )


def _parsed(url: str) -> sqlalchemy.URL:
    try:
        parsed = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in _DRIVERS or not parsed.database:
        raise ConfigError(
            "`[store] url` is not the URL of a database that Headway uses",
            hint="write `sqlite`, or postgresql+psycopg://USER@HOST/NAME",
        )
    return parsed


def _engine(url: sqlalchemy.URL, *, is_embedded: bool) -> Engine:
    if is_embedded:
        return _embedded_engine(url)
    try:
        return sqlalchemy.create_engine(
            url, connect_args=_POSTGRES, pool_pre_ping=True, pool_size=2
        )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise MissingExtraError("store", "the database") from error


def _embedded_engine(url: sqlalchemy.URL) -> Engine:
    # A connection that is kept goes on with a file that was replaced long ago; one that is opened
    # by name without `mode=rw` makes an empty file in the place of one that is gone.
    file = quote(url.database or "")
    there = url.set(database=f"file:{file}", query={"mode": "rw", "uri": "true"})
    engine = sqlalchemy.create_engine(
        there, poolclass=NullPool, connect_args={"timeout": _TIMEOUT_S}
    )
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    return engine


def _leave_transactions_to_us(connection: sqlite3.Connection, _record: object) -> None:
    # the driver would begin none for a change of tables, and begin late for the rest
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _revision(connection: Connection) -> str | None:
    if not sqlalchemy.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(sqlalchemy.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 (our own name)
    revision: str | None = found.scalar()
    return revision
