"""Looks whether a registry's database answers, before MLflow tries for a hundred seconds."""

from __future__ import annotations

import socket
import sqlite3

import sqlalchemy
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from headway.errors import ConfigError, RegistryError, RegistryUnavailableError
from headway.registry.reason import first_line

_TIMEOUT_S = 5.0


def check_database(uri: str) -> None:
    """Connect once.

    Args:
        uri: `sqlite:///...`, `postgresql+psycopg://...`, ...

    Raises:
        ConfigError: It is not the URI of a database, or its driver is not installed.
        RegistryError: The file of SQLite is damaged, or is no database.
        RegistryUnavailableError: The database does not answer, or refuses us.
    """
    try:
        url = sqlalchemy.make_url(uri)
        url.get_dialect()
        if url.host:
            socket.create_connection((url.host, _port(url)), _TIMEOUT_S).close()
        with sqlalchemy.create_engine(url, poolclass=NullPool).connect() as connection:
            # SQLite looks at its file only now
            sqlalchemy.inspect(connection).has_table("alembic_version")
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(
            "`[registry] uri` is not the URI of a database",
            hint="for example postgresql+psycopg://user@host/mlflow",
        ) from error
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the database of the registry needs the Python package `{error.name}`",
            hint=f"pip install {error.name}",
        ) from error
    except (OSError, SQLAlchemyError) as error:
        raise _refusal(uri, getattr(error, "orig", None) or error) from error


def _refusal(uri: str, reason: BaseException) -> RegistryError:
    place = f"the registry's database `{uri.partition(':///')[2]}`"
    # a file that is locked, or cannot be opened, is an error of a class below this one
    if type(reason) is sqlite3.DatabaseError:
        return RegistryError(
            f"{place} is damaged, or is no database: {first_line(reason)}",
            hint="put a copy of the file in its place, or see `[registry] uri` in the configuration",
        )
    if isinstance(reason, sqlite3.Error):
        return RegistryUnavailableError(
            f"{place} cannot be used: {first_line(reason)}",
            hint="look at the folder and its permissions, or see `[registry] uri` in the configuration",
        )
    return RegistryUnavailableError(
        f"the registry's database does not answer: {first_line(reason)}",
        hint="start it, or see `[registry] uri` in the configuration",
    )


def _port(url: sqlalchemy.URL) -> int:
    return url.port or {"mysql": 3306, "mssql": 1433}.get(url.get_backend_name(), 5432)
