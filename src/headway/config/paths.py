"""Where Headway keeps its files: everything below one folder, `HEADWAY_HOME`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from headway.errors import ConfigError

DEFAULT_HOME = Path("~/.headway")
PROJECT_FILE = "headway.toml"


@dataclasses.dataclass(frozen=True, slots=True)
class HomePaths:
    """The files and folders below `home`. Nothing is created here.

    Attributes:
        home: The folder that holds the rest.
    """

    home: Path

    @property
    def config_file(self) -> Path:
        """The user's own settings, below the project's in order."""
        return self.home / "config.toml"

    @property
    def registry_database(self) -> Path:
        """SQLite file of the embedded registry."""
        return self.home / "registry.db"

    @property
    def database(self) -> Path:
        """SQLite file of what Headway remembers beside the models."""
        return self.home / "headway.db"

    @property
    def artifacts(self) -> Path:
        """Artifacts of the embedded registry."""
        return self.home / "artifacts"

    @property
    def bundles(self) -> Path:
        """Cache of fetched bundles, one folder for each digest."""
        return self.home / "bundles"

    @property
    def logs(self) -> Path:
        """Logs of servers in the background, one file for each set of models."""
        return self.home / "logs"


def make_home(home: Path) -> HomePaths:
    """Return what is below a home folder, which exists from here on.

    Raises:
        ConfigError: It cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"`{home}` cannot be the home folder: {error.strerror}",
            hint="choose another with `--home` or HEADWAY_HOME",
        ) from error
    return HomePaths(home)


def expanded(path: Path) -> Path:
    """Return a path with `~` put out in full.

    Raises:
        ConfigError: Nobody knows whose home `~` is: no such user, or one without a home.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ConfigError(
            f"`{path}`: the home folder of that user is not known",
            hint="set HEADWAY_HOME to a path that begins with /",
        ) from error


def project_file(directory: Path) -> Path | None:
    """Return the `headway.toml` that governs `directory`, or `None` where there is none.

    The folder itself is looked at, and its parents up to the root of the repository, so that a
    notebook in a sub-folder finds the project's file. Outside of a repository parents are not
    looked at: `/tmp/headway.toml` may be anybody's.
    """
    directory = directory.resolve()
    folders = [directory, *directory.parents]
    roots = [index for index, folder in enumerate(folders) if (folder / ".git").exists()]
    inside = folders[: roots[0] + 1] if roots else folders[:1]
    return next((file for folder in inside if (file := folder / PROJECT_FILE).is_file()), None)
