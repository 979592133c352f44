"""The tables, as the newest migration leaves them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Float, Index, Integer, MetaData, String, Table
from sqlalchemy.types import TypeDecorator
from typing_extensions import override


class Moment(TypeDecorator[dt.datetime]):
    """A moment in UTC, with its zone; SQLite keeps none, so that it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        return None if value is None else value.astimezone(dt.UTC)

    @override
    def process_result_value(self, value: Any, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        moment: dt.datetime = value
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


# the steps of `headway.store.migrations`, in order: what this version knows
REVISIONS = ("0001",)
# not Alembic's own name: MLflow may live in the same database
VERSION_TABLE = "headway_version"

METADATA = MetaData()

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("models", JSON, nullable=False),
    Column("rate_per_s", Float, nullable=False),
    Column("cell", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)
_IS_LIVE = API_KEYS.c.revoked_at.is_(None)
for _name in ("name", "cell"):
    Index(
        f"ux_api_keys_live_{_name}",
        API_KEYS.c[_name],
        unique=True,
        sqlite_where=_IS_LIVE,
        postgresql_where=_IS_LIVE,
    )
