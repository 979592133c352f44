"""Everything lies below home, and a project's file is found from its sub-folders only."""

from __future__ import annotations

from pathlib import Path

import pytest

from headway.config.paths import HomePaths, expanded, make_home, project_file
from headway.errors import ConfigError


@pytest.mark.parametrize(
    "name", ["config_file", "registry_database", "artifacts", "bundles", "logs"]
)
def test_every_path_is_below_home_and_is_not_created(tmp_path: Path, name: str) -> None:
    path = getattr(HomePaths(tmp_path), name)
    assert path.parent == tmp_path
    assert not path.exists()


def test_the_project_file_of_the_folder_itself_is_found(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").touch()
    assert project_file(tmp_path) == tmp_path / "headway.toml"


def test_parents_are_searched_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    folder = tmp_path / "repository/notebooks/deep"
    folder.mkdir(parents=True)
    (tmp_path / "headway.toml").touch()
    (tmp_path / "repository/.git").mkdir()
    assert project_file(folder) is None
    (tmp_path / "repository/headway.toml").touch()
    assert project_file(folder) == tmp_path / "repository/headway.toml"
    (tmp_path / "repository/notebooks/headway.toml").touch()
    assert project_file(folder) == tmp_path / "repository/notebooks/headway.toml"


def test_outside_of_a_repository_parents_are_not_searched(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").touch()
    (tmp_path / "folder").mkdir()
    assert project_file(tmp_path / "folder") is None


def test_a_folder_with_the_name_of_the_file_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "headway.toml").mkdir()
    assert project_file(tmp_path) is None


def test_a_home_is_made_or_named(tmp_path: Path) -> None:
    assert make_home(tmp_path / "a/b").database.parent.is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be the home folder") as caught:
        make_home(tmp_path / "file")
    assert "--home" in str(caught.value.hint)


def test_the_home_of_nobody_is_a_bad_setting() -> None:
    with pytest.raises(ConfigError, match="the home folder of that user is not known") as caught:
        expanded(Path("~no-such-user/x"))
    assert "HEADWAY_HOME" in str(caught.value.hint)
