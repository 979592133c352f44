"""Brings a database up to date, by the steps in `migrations/`. Only this module and they import Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from sqlalchemy import Connection

_STEPS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection) -> None:
    """Take the steps that a database lacks, within the transaction of the connection."""
    config = Config()
    # `%` would begin a reference to another option
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
