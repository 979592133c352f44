"""Keys are remembered as they were made, once for each name, whoever else makes one in that moment."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import insert

from headway.errors import ChangeRefusedError
from headway.security.keys import Scope, hash_key
from headway.security.port import KeyRecord
from headway.store.sqlalchemy.keys import MAX_CELLS, Keys
from headway.store.sqlalchemy.tables import API_KEYS

if TYPE_CHECKING:
    from headway.store.sqlalchemy.database import Database

NOW = dt.datetime(2026, 3, 1, 12, 30, 5, 250, tzinfo=dt.UTC)


def record(name: str, secret: str | None = None) -> KeyRecord:
    return KeyRecord(
        name=name,
        prefix="hw_abcdef",
        digest=hash_key(secret or name),
        scopes=(Scope.ADMIN, Scope.READ),
        models=("credit", "größe"),
        rate_per_s=2.5,
        created_at=NOW,
    )


def test_a_key_comes_back_as_it_was_made(database: Database) -> None:
    keys = Keys(database)
    keys.add(record("ci"))
    keys.add(record("web"))
    found = keys.records()
    assert found == [
        msgspec.structs.replace(record("ci"), cell=1),
        msgspec.structs.replace(record("web"), cell=2),
    ]
    assert keys.version() == (2, 0)


def test_a_revoked_key_is_kept_but_not_listed(database: Database) -> None:
    keys = Keys(database)
    keys.add(record("ci"))
    revoked = keys.revoke("ci", NOW)
    assert revoked == msgspec.structs.replace(record("ci"), cell=1, revoked_at=NOW)
    assert keys.records() == []
    assert keys.records(revoked=True) == [revoked]
    assert keys.version() == (1, 1)
    assert keys.revoke("ci", NOW) is None


def test_a_name_is_free_again_when_its_key_is_revoked(database: Database) -> None:
    keys = Keys(database)
    keys.add(record("ci", "one"))
    with pytest.raises(ChangeRefusedError, match="there is a key `ci` already") as caught:
        keys.add(record("ci", "two"))
    assert "headway keys revoke ci" in str(caught.value.hint)
    keys.revoke("ci", NOW)
    keys.add(record("ci", "two"))
    assert [key.cell for key in keys.records(revoked=True)] == [1, 1]


def test_of_many_that_take_a_name_at_once_one_gets_it(database: Database) -> None:
    keys = Keys(database)

    def add(number: int) -> bool:
        try:
            keys.add(record(f"name-{number % 2}", f"secret-{number}"))
        except ChangeRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(8))) == 2
    assert sorted(key.cell for key in keys.records()) == [1, 2]


def test_there_is_an_end_of_room(database: Database) -> None:
    keys = Keys(database)
    keys.add(record("first"))
    values = msgspec.to_builtins(record("x"), builtin_types=(dt.datetime,))
    rows = [
        {**values, "name": f"n{cell}", "digest": hash_key(str(cell)), "cell": cell}
        for cell in range(2, MAX_CELLS)
    ]
    with database.writing() as connection:
        connection.execute(insert(API_KEYS), rows)
    with pytest.raises(ChangeRefusedError, match="no room for one more"):
        keys.add(record("last"))
    keys.revoke("n77", NOW)
    keys.add(record("last"))
    assert keys.records()[-1].cell == 77
