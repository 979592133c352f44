from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.errors import TrustRefusedError
from headway.registry.trust import is_trusted_registry, require_trust

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_the_registry_under_home_is_trusted(home: Path) -> None:
    uri = f"sqlite:///{home}/registry.db"
    assert is_trusted_registry(uri, str(home / "artifacts"), home=home, trust_code=False)
    assert is_trusted_registry(uri, None, home=home, trust_code=False)


@pytest.mark.parametrize(
    "uri",
    [
        "https://mlflow.example.com",
        "http://127.0.0.1:5000",
        "postgresql+psycopg://db/mlflow",
        "sqlite:////tmp/registry.db",
        "databricks",
    ],
)
def test_any_other_registry_is_trusted_only_where_that_is_said(home: Path, uri: str) -> None:
    assert not is_trusted_registry(uri, None, home=home, trust_code=False)
    assert is_trusted_registry(uri, None, home=home, trust_code=True)


@pytest.mark.parametrize("artifacts", ["s3://bucket/models", "/srv/shared", "file:///srv/shared"])
def test_files_that_others_can_write_are_not_trusted(home: Path, artifacts: str) -> None:
    uri = f"sqlite:///{home}/registry.db"
    assert not is_trusted_registry(uri, artifacts, home=home, trust_code=False)


def test_a_path_that_leaves_home_is_not_trusted(home: Path) -> None:
    uri = f"sqlite:///{home}/../registry.db"
    assert not is_trusted_registry(uri, None, home=home, trust_code=False)


def test_a_link_out_of_home_is_not_trusted(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (tmp_path / "shared").mkdir()
    (home / "link").symlink_to(tmp_path / "shared")
    uri = f"sqlite:///{home}/link/registry.db"
    assert not is_trusted_registry(uri, None, home=home, trust_code=False)


def test_a_neighbour_of_home_is_not_trusted(home: Path) -> None:
    assert not is_trusted_registry(f"sqlite:///{home}2/r.db", None, home=home, trust_code=False)


def test_trust_lets_pass_and_its_lack_says_how_to_give_it() -> None:
    require_trust("`credit:3`", is_trusted=True)
    with pytest.raises(TrustRefusedError, match="`credit:3` runs code") as caught:
        require_trust("`credit:3`", is_trusted=False)
    assert "--trust" in str(caught.value.hint)
    assert "trust_code = true" in str(caught.value.hint)
