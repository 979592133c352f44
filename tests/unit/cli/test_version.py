"""`headway version` says which Headway and which Python."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING

import headway
from headway.cli.main import main

if TYPE_CHECKING:
    import pytest


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    text = capsys.readouterr().out
    assert text == f"headway {headway.__version__} (Python {platform.python_version()})\n"
    assert main(["version", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {"headway": headway.__version__, "python": platform.python_version()}
