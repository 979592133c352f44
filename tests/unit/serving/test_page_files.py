from __future__ import annotations

from importlib import resources

import pytest
from swagger_ui_bundle import swagger_ui_path

from headway.serving.page_files import OWN_FILES, SWAGGER_FILES


@pytest.mark.parametrize("name", OWN_FILES)
def test_our_own_files_are_in_the_package(name: str) -> None:
    assert (resources.files("headway.serving") / "static" / name).is_file()


@pytest.mark.parametrize("name", SWAGGER_FILES)
def test_the_files_of_swagger_ui_are_in_its_package(name: str) -> None:
    assert (swagger_ui_path / name).is_file()
