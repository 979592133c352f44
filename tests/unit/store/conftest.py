"""Every test of the store runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from headway.store.sqlalchemy.database import Database
from postgres import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server, for all tests."""
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/home/headway.db"
    found: str = request.getfixturevalue("server")
    with psycopg.connect(found.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database that is up to date."""
    database = Database(url)
    database.upgrade()
    yield database
    database.close()
