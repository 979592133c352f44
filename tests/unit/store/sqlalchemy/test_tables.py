"""The tables are those that the steps make."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from headway.store.sqlalchemy.tables import METADATA, VERSION_TABLE, Moment

if TYPE_CHECKING:
    from headway.store.sqlalchemy.database import Database


def test_the_steps_leave_the_tables_that_the_code_knows(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    zone = dt.timezone(dt.timedelta(hours=5))
    given = dt.datetime(2026, 3, 1, 3, 0, tzinfo=zone)
    kept = Moment().process_bind_param(given, None)
    assert kept == given
    assert kept is not None
    assert kept.tzinfo is dt.UTC
    assert Moment().process_result_value(kept.replace(tzinfo=None), None) == given
    assert Moment().process_result_value(given, None) == given
    assert Moment().process_bind_param(None, None) is None
    assert Moment().process_result_value(None, None) is None
