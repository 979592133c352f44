"""`headway db upgrade` brings the database up to date, and says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway.cli.main import main
from headway.store.sqlalchemy.tables import REVISIONS

if TYPE_CHECKING:
    import pytest


def test_it_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    version = REVISIONS[-1]
    assert main(["db", "upgrade"]) == 0
    assert capsys.readouterr().out == f"the database is of version {version} now; it was empty\n"
    assert main(["db", "upgrade"]) == 0
    assert capsys.readouterr().out == f"the database is of version {version} already\n"
    assert main(["db", "upgrade", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"before": version, "version": version}
