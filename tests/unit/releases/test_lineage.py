from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from headway.releases.lineage import BRANCH_TAG, COMMIT_TAG, DIRTY_TAG, USER_TAG, lineage_tags

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--initial-branch=main")
    (folder / "train.py").write_text("print(1)\n")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    return folder


def test_a_clean_work_tree_tells_its_revision(work_tree: Path) -> None:
    tags = lineage_tags(work_tree)
    assert tags[COMMIT_TAG] == git(work_tree, "rev-parse", "HEAD")
    assert tags[BRANCH_TAG] == "main"
    assert tags[DIRTY_TAG] == "false"
    assert tags[USER_TAG]


def test_a_folder_below_tells_the_same(work_tree: Path) -> None:
    (work_tree / "notebooks").mkdir()
    assert lineage_tags(work_tree / "notebooks") == lineage_tags(work_tree)


def test_changes_make_it_dirty_and_new_files_do_not(work_tree: Path) -> None:
    (work_tree / "notes.txt").write_text("new")
    assert lineage_tags(work_tree)[DIRTY_TAG] == "false"
    (work_tree / "train.py").write_text("print(2)\n")
    assert lineage_tags(work_tree)[DIRTY_TAG] == "true"


def test_a_detached_head_has_no_branch(work_tree: Path) -> None:
    git(work_tree, "checkout", "--detach")
    tags = lineage_tags(work_tree)
    assert COMMIT_TAG in tags
    assert BRANCH_TAG not in tags


def test_a_repository_without_a_commit_tells_the_user_only(tmp_path: Path) -> None:
    git(tmp_path, "init")
    assert set(lineage_tags(tmp_path)) == {USER_TAG}


def test_a_folder_outside_of_git_tells_the_user_only(tmp_path: Path) -> None:
    assert set(lineage_tags(tmp_path)) == {USER_TAG}


def test_a_machine_without_git_tells_the_user_only(
    work_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert set(lineage_tags(work_tree)) == {USER_TAG}


def test_a_user_without_a_name_is_not_invented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 987_654)
    assert lineage_tags(tmp_path) == {}
