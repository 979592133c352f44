"""API keys in the database.

Invariant: a row is never removed, so that a name in a log can be explained, and so that it is known
for ever that keys are in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, text, update

from headway.errors import ChangeRefusedError
from headway.security.keys import Scope
from headway.security.port import KeyRecord
from headway.store.sqlalchemy.tables import API_KEYS

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import Connection, Row

    from headway.store.sqlalchemy.database import Database

# of the shared memory of a server; the first one is that of the key in the settings
MAX_CELLS = 4096
_IS_LIVE = API_KEYS.c.revoked_at.is_(None)


class Keys:
    """The keys of one database.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: KeyRecord) -> None:
        """Remember a key, and choose its cell.

        Raises:
            ChangeRefusedError: Another key has the name, or there is no room for one more.
            StoreError: The database does not answer, or cannot be written.
        """
        with self._database.writing() as connection:
            self._lock(connection)
            taken = dict(
                connection.execute(select(API_KEYS.c.name, API_KEYS.c.cell).where(_IS_LIVE))
                .tuples()
                .all()
            )
            if record.name in taken:
                raise ChangeRefusedError(
                    f"there is a key `{record.name}` already",
                    hint="choose another name, or revoke it first: "
                    f"`headway keys revoke {record.name}`",
                )
            cells = set(taken.values())
            cell = next((cell for cell in range(1, MAX_CELLS) if cell not in cells), None)
            if cell is None:
                raise ChangeRefusedError(
                    f"there are {len(taken)} keys, and no room for one more",
                    hint="revoke those that nobody needs: `headway keys ls`",
                )
            connection.execute(
                insert(API_KEYS).values(
                    name=record.name,
                    prefix=record.prefix,
                    digest=record.digest,
                    scopes=list(record.scopes),
                    models=list(record.models),
                    rate_per_s=record.rate_per_s,
                    cell=cell,
                    created_at=record.created_at,
                )
            )

    def records(self, *, revoked: bool = False) -> list[KeyRecord]:
        """Return the keys, in the order in which they were made; on demand with those revoked.

        Raises:
            StoreError: The database does not answer.
        """
        wanted = select(API_KEYS).order_by(API_KEYS.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted if revoked else wanted.where(_IS_LIVE)).all()
        return [_record(row) for row in rows]

    def revoke(self, name: str, at: dt.datetime) -> KeyRecord | None:
        """Refuse a key from now on, and return it; `None` where there is none of that name.

        Raises:
            StoreError: The database does not answer, or cannot be written.
        """
        change = (
            update(API_KEYS)
            .where(API_KEYS.c.name == name, _IS_LIVE)
            .values(revoked_at=at)
            .returning(*API_KEYS.c)
        )
        with self._database.writing() as connection:
            row = connection.execute(change).one_or_none()
        return None if row is None else _record(row)

    def version(self) -> tuple[int, int]:
        """Return how many keys were made and how many were revoked.

        Raises:
            StoreError: The database does not answer.
        """
        counts = select(func.count(), func.count(API_KEYS.c.revoked_at)).select_from(API_KEYS)
        with self._database.reading() as connection:
            n_made, n_revoked = connection.execute(counts).one()
        return n_made, n_revoked

    def _lock(self, connection: Connection) -> None:
        """Let nobody else add a key meanwhile; in SQLite nobody else writes anyway."""
        if not self._database.is_embedded:
            connection.execute(text("LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE"))


def _record(row: Row[tuple[object, ...]]) -> KeyRecord:
    values = row._asdict()
    del values["id"]
    values["scopes"] = tuple(Scope(scope) for scope in values["scopes"])
    values["models"] = tuple(values["models"])
    values["rate_per_s"] = float(values["rate_per_s"])
    return KeyRecord(**values)
