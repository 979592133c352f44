from __future__ import annotations

from pathlib import PurePosixPath

from headway.bundle import layout

PATHS = [value for name, value in vars(layout).items() if name.isupper() and name != "FOLDER"]


def test_all_of_ours_lies_in_one_folder_that_mlflow_does_not_use() -> None:
    assert {PurePosixPath(path).parts[0] for path in PATHS} == {"headway"}


def test_no_two_files_share_a_place() -> None:
    assert len(set(PATHS)) == len(PATHS) == 14
