"""The table of API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("models", sa.JSON, nullable=False),
        sa.Column("rate_per_s", sa.Float, nullable=False),
        sa.Column("cell", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    is_live = sa.text("revoked_at IS NULL")
    for name in ("name", "cell"):
        op.create_index(
            f"ux_api_keys_live_{name}",
            "api_keys",
            [name],
            unique=True,
            sqlite_where=is_live,
            postgresql_where=is_live,
        )
