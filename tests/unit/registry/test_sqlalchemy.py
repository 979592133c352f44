from __future__ import annotations

import contextlib
import socket
import sqlite3
from typing import TYPE_CHECKING

import pytest

from headway.errors import ConfigError, RegistryError, RegistryUnavailableError
from headway.registry.sqlalchemy import check_database

if TYPE_CHECKING:
    from pathlib import Path


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_new_sqlite_file_answers(tmp_path: Path) -> None:
    check_database(f"sqlite:///{tmp_path}/new.db")


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "mysql+pymysql"])
def test_a_port_that_nobody_listens_on_is_unavailable_at_once(scheme: str) -> None:
    uri = f"{scheme}://me:secret@127.0.0.1:{closed_port()}/mlflow"
    with pytest.raises(RegistryUnavailableError, match="Connection refused") as caught:
        check_database(uri)
    assert "secret" not in caught.value.message


def test_a_file_that_is_no_database_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    file.write_bytes(b"this is text, not a database" * 100)
    with pytest.raises(RegistryError, match="is damaged, or is no database") as caught:
        check_database(f"sqlite:///{file}")
    assert str(file) in caught.value.message
    assert "start it" not in str(caught.value.hint)
    # trying again does not help
    assert not isinstance(caught.value, RegistryUnavailableError)


def test_a_damaged_database_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("create table a (b)")
    content = file.read_bytes()
    file.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    with pytest.raises(RegistryError, match=r"is damaged.*malformed"):
        check_database(f"sqlite:///{file}")


def test_a_folder_that_does_not_exist_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(RegistryUnavailableError, match="unable to open") as caught:
        check_database(f"sqlite:///{tmp_path}/none/registry.db")
    assert "start it" not in str(caught.value.hint)


@pytest.mark.parametrize("uri", ["nonsense", "foo://host/db", "sqlite+nothing:///x.db"])
def test_what_is_no_database_uri_is_a_bad_setting(uri: str) -> None:
    with pytest.raises(ConfigError):
        check_database(uri)


def test_a_missing_driver_is_named() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(ConfigError, match="the Python package `pymssql`") as caught:
            check_database(f"mssql+pymssql://me@127.0.0.1:{port}/mlflow")
    assert caught.value.hint == "pip install pymssql"
