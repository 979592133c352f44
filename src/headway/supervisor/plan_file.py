"""The file of the plan: looked at again and again, and written when another plan becomes live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.errors import ConfigError
from headway.serving.plan import read_plan, write_plan

if TYPE_CHECKING:
    from pathlib import Path

    from headway.serving.plan import ServingPlan


class PlanFile:
    """The file that a server was started with.

    Args:
        path: Where it is.

    Raises:
        ConfigError: It is missing or is no plan.

    Attributes:
        first: What it held at first.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._signature()
        self.first = self._held = read_plan(path)

    def changed(self) -> ServingPlan | None:
        """Return what it holds now, where somebody has changed it since it was last looked at.

        Raises:
            ConfigError: It is no plan, or it is gone; this is said once for each change.
        """
        signature = self._signature()
        if signature == self._seen:
            return None
        self._seen = signature
        self._held = read_plan(self._path)
        return self._held

    def write(self, plan: ServingPlan) -> None:
        """Replace what it holds, unless that is what it says already.

        Raises:
            ConfigError: It cannot be written.
        """
        if plan == self._held:
            return
        try:
            write_plan(self._path, plan)
        except OSError as error:
            raise ConfigError(
                f"the plan is live, but cannot be kept in `{self._path}`: {error.strerror}",
                hint="a server that is started again would serve the plan before",
            ) from error
        self._seen, self._held = self._signature(), plan

    def _signature(self) -> tuple[int, ...]:
        """Return what a change of the file changes."""
        try:
            stat = self._path.stat()
        except OSError:
            return ()
        return (stat.st_mtime_ns, stat.st_ino, stat.st_size)
