"""The steps are found where the package is, and are those that the code knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory
from sqlalchemy import inspect

import headway.store.alembic
from headway.store.alembic import upgrade
from headway.store.sqlalchemy.database import Database
from headway.store.sqlalchemy.tables import REVISIONS

if TYPE_CHECKING:
    import pytest


def test_the_steps_are_those_that_the_code_knows() -> None:
    folder = Path(headway.store.alembic.__file__).parent / "migrations"
    steps = ScriptDirectory(str(folder)).walk_revisions()
    assert tuple(step.revision for step in reversed(list(steps))) == REVISIONS


def test_a_folder_with_a_percent_sign_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "100%(here)s"
    folder.symlink_to(Path(headway.store.alembic.__file__).parent / "migrations")
    monkeypatch.setattr(headway.store.alembic, "_STEPS", folder)
    (tmp_path / "headway.db").touch()
    database = Database(f"sqlite:///{tmp_path}/headway.db")
    with database._writer.begin() as connection:
        upgrade(connection)
        assert inspect(connection).has_table("api_keys")
    database.close()
