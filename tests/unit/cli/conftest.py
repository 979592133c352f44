"""A release in a folder, made by hand, and a server that answers what it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crafted import write_crafted_bundle
from scripted_server import ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.bundle.bundle import Bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """Write `./credit`."""
    return write_crafted_bundle(tmp_path / "credit")


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Run a scripted server."""
    server = ScriptedServer()
    yield server
    server.close()
