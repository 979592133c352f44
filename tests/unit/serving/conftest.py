from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crafted import crafted_plan
from headway.serving.settings import WorkerSettings
from headway.wiring import build_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.serving.app import ServingApp


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServingApp]:
    """An app that serves the crafted model as version 3 of `credit`."""
    folder = tmp_path_factory.mktemp("served")
    with (folder / "log").open("wb") as log:
        app = build_app(crafted_plan(folder), WorkerSettings(log_fd=log.fileno()))
        app.load()
        yield app
        app.close()
