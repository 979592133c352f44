"""The database is the one that is configured, and is made only where it is needed."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from headway.config.load import load_settings
from headway.errors import ConfigError, MissingExtraError
from headway.store.opening import issued_keys, open_database, opened_keys, store_url

if TYPE_CHECKING:
    from pathlib import Path


def test_the_embedded_one_is_below_the_home_folder_and_made_when_it_is_used(
    tmp_path: Path,
) -> None:
    settings = load_settings()
    file = tmp_path / "home/headway.db"
    assert issued_keys(settings) == ((), False)
    assert not file.exists()
    assert store_url(settings) == f"sqlite:///{file}"
    with opened_keys(store_url(settings)) as issuer:
        issuer.create("ci")
    keys, is_needed = issued_keys(settings)
    assert ([key.name for key in keys], is_needed) == (["ci"], True)


def test_another_one_is_named_by_the_settings(url: str) -> None:
    settings = load_settings({"store": {"url": url}})
    assert store_url(settings) == url
    with contextlib.closing(open_database(url)) as database:
        database.upgrade()
    assert issued_keys(settings) == ((), False)


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be the home folder"):
        store_url(load_settings({"home": str(tmp_path / "file")}))


@pytest.mark.parametrize("module", ["headway.store.sqlalchemy.database", "psycopg"])
def test_what_is_not_installed_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"headway\[store\]|store"):
        open_database("postgresql+psycopg://a/b")
