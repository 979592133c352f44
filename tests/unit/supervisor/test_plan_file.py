from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.errors import ConfigError
from headway.serving.plan import ServingPlan, read_plan, write_plan
from headway.supervisor.plan_file import PlanFile

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = ServingPlan(1, ()), ServingPlan(2, ())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_plan(tmp_path / "plan.json", FIRST)
    return tmp_path / "plan.json"


def test_a_change_of_somebodys_is_noticed_once(path: Path) -> None:
    file = PlanFile(path)
    assert file.first == FIRST
    assert file.changed() is None
    write_plan(path, SECOND)
    assert file.changed() == SECOND
    assert file.changed() is None
    assert file.first == FIRST


def test_a_change_of_its_own_is_none(path: Path) -> None:
    file = PlanFile(path)
    file.write(SECOND)
    assert read_plan(path) == SECOND
    assert file.changed() is None


def test_what_it_says_already_is_not_written_again(path: Path) -> None:
    file = PlanFile(path)
    path.write_bytes(path.read_bytes() + b"\n\n")
    assert file.changed() == FIRST
    file.write(FIRST)
    assert path.read_bytes().endswith(b"\n\n")


def test_what_is_no_plan_is_said_once_for_each_change(path: Path) -> None:
    file = PlanFile(path)
    path.write_text("{")
    with pytest.raises(ConfigError, match="is not a serving plan"):
        file.changed()
    assert file.changed() is None
    path.unlink()
    with pytest.raises(ConfigError, match="no serving plan"):
        file.changed()
    assert file.changed() is None


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no serving plan"):
        PlanFile(tmp_path / "nowhere.json")


def test_a_file_that_cannot_be_written_is_said(path: Path) -> None:
    file = PlanFile(path)
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(ConfigError, match="cannot be kept in"):
        file.write(SECOND)
