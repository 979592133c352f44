"""Which modules of a process are the user's own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from headway.releases.own_modules import own_modules

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_was_not_installed_is_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_of_a_test.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("own_of_a_test")
    try:
        found = set(own_modules())
    finally:
        del sys.modules["own_of_a_test"]
    assert "own_of_a_test" in found
    assert not {"json", "pydantic", "numpy", "headway"} & {name.partition(".")[0] for name in found}
