"""A database is opened, brought up to date, or refused in words that help."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import text

from headway.errors import ConfigError, StoreError
from headway.store.sqlalchemy.database import Database
from headway.store.sqlalchemy.keys import Keys
from headway.store.sqlalchemy.tables import REVISIONS, VERSION_TABLE


def stamp(url: str, version: str) -> None:
    database = Database(url)
    database.upgrade()
    with database.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{version}'"))
    database.close()


def test_it_is_brought_up_to_date_once(url: str) -> None:
    database = Database(url)
    assert database.upgrade() == (None, REVISIONS[-1])
    assert database.upgrade() == (REVISIONS[-1], REVISIONS[-1])
    database.close()


def test_many_may_bring_it_up_to_date_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        before = list(pool.map(lambda database: database.upgrade()[0], databases))
    assert sorted(map(str, before)) == [*[REVISIONS[-1]] * 5, "None"]
    for database in databases:
        database.close()


def test_a_newer_one_is_not_touched(url: str) -> None:
    stamp(url, "9999")
    database = Database(url)
    for use in (database.upgrade, Keys(database).version):
        with pytest.raises(StoreError, match=f"version 9999; this Headway knows {REVISIONS[-1]}"):
            use()
    database.close()


def test_one_that_fails_halfway_is_as_before(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(connection: sqlalchemy.Connection) -> None:
        connection.execute(text("CREATE TABLE half (id integer)"))
        raise sqlalchemy.exc.OperationalError("half", None, OSError(28, "No space left on device"))

    database = Database(url)
    with monkeypatch.context() as patch:
        patch.setattr("headway.store.alembic.upgrade", fail)
        with pytest.raises(StoreError, match="No space left on device"):
            database.upgrade()
    assert database.upgrade() == (None, REVISIONS[-1])
    with database.reading() as connection:
        assert not sqlalchemy.inspect(connection).has_table("half")
    database.close()


def test_one_that_is_shared_is_not_brought_up_to_date_unasked(url: str) -> None:
    database = Database(url)
    if database.is_embedded:
        assert Keys(database).version() == (0, 0)
    else:
        with pytest.raises(StoreError, match="has no tables of Headway") as caught:
            Keys(database).version()
        assert "headway db upgrade" in str(caught.value.hint)
    database.close()


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '7'"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.reading() as connection:
        assert (
            connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
            == (REVISIONS[-1])
        )


def file_of(tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / "headway.db", f"sqlite:///{tmp_path}/headway.db"


def test_only_the_owner_reads_the_file_and_readers_do_not_wait(tmp_path: Path) -> None:
    file, url = file_of(tmp_path)
    database = Database(url)
    database.upgrade()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with database.writing(), database.reading() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file, url = file_of(tmp_path)
    file.write_bytes(b"this is a letter to my aunt" * 100)
    database = Database(url)
    with pytest.raises(StoreError, match="is damaged, or is no database"):
        Keys(database).version()
    assert file.read_bytes().startswith(b"this is a letter")
    database.close()


def test_a_file_that_somebody_holds_is_not_waited_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, url = file_of(tmp_path)
    Database(url).upgrade()
    monkeypatch.setattr("headway.store.sqlalchemy.database._TIMEOUT_S", 0.05)
    database = Database(url)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="database is locked"), database.writing():
        pass
    holder.close()
    with database.writing():
        pass
    database.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the place of the folder")
    database = Database(f"sqlite:///{tmp_path}/home/headway.db")
    with pytest.raises(StoreError, match=r"home/headway\.db.* cannot be used"):
        Keys(database).version()
    database.close()


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    database = Database("postgresql+psycopg://me:s3cret@127.0.0.1:9/headway")
    with pytest.raises(StoreError, match=r"does not answer: .*refused") as caught:
        Keys(database).version()
    assert "s3cret" not in caught.value.message
    assert "me:***@127.0.0.1:9" in caught.value.message


@pytest.mark.parametrize(
    "url", ["", "sqlite", "sqlite://", "mysql://a/b", "postgresql://a/b", "postgresql+psycopg://a"]
)
def test_what_is_no_url_of_ours_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="is not the URL of a database"):
        Database(url)


def test_a_look_imports_no_alembic(tmp_path: Path) -> None:
    _, url = file_of(tmp_path)
    Database(url).upgrade()
    program = (
        "import sys\nfrom headway.store.sqlalchemy.database import Database\n"
        "from headway.store.sqlalchemy.keys import Keys\n"
        f"Keys(Database({url!r})).version()\nassert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
