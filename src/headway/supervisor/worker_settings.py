"""Reads how a worker runs from a command line."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headway.errors import ConfigError
from headway.serving.settings import WorkerSettings

_FILE = "@"
_FILE_MODE = 0o600


def read_worker_settings(text: str) -> WorkerSettings:
    """Return the settings that are given as JSON, or as `@` and the path of a file that holds it.

    Raises:
        ConfigError: There is no such file, or it does not hold settings of a worker.
    """
    try:
        data = Path(text.removeprefix(_FILE)).read_bytes() if text.startswith(_FILE) else text
        return msgspec.json.decode(data, type=WorkerSettings)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"these are no settings of a worker: {error}") from error


def write_worker_settings(path: Path, settings: WorkerSettings) -> str:
    """Write settings into a file that only this user reads, and return how a command line names it.

    They may hold a password, and a command line can be read by everybody on the machine.
    """
    path.touch(_FILE_MODE)
    path.write_bytes(msgspec.json.encode(settings))
    return f"{_FILE}{path}"
