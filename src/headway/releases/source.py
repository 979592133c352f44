"""Brings the files of an address to this machine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from typing import TYPE_CHECKING

from headway.bundle import layout
from headway.errors import BundleCorruptError, ModelNotFoundError
from headway.registry.address import FolderAddress, RunAddress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headway.registry.address import Address
    from headway.registry.port import ModelRegistry, ModelVersion

LOCAL_VERSION = "local"

_DESCRIPTION = "MLmodel"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Files of a model, copied.

    Attributes:
        address: What they came from, resolved: `credit@champion` has become `credit:7`.
        name: Name of the registered model; `None` for a run or a folder.
        title: Something to call it where it has no name: the last part of its path.
        version: The registry's version, the id of the run, or `local` for a folder.
        folder: Where the copy lies.
        is_trusted: Whether code of it may run.
        label: Label of the version, or empty.
        created_at: When it was registered; for a folder or run, when its files were written.
        run_id: Run that it came from, where that is known.
    """

    address: str
    name: str | None
    title: str
    version: str
    folder: Path
    is_trusted: bool
    label: str
    created_at: dt.datetime
    run_id: str | None


class Sources:
    """Copies the files of addresses.

    Args:
        open_registry: Gives the registry when an address needs it; a folder needs none.
        is_trusted_registry: Whether code from the registry may run. A folder was named by a person, and is
            trusted.
    """

    def __init__(
        self, open_registry: Callable[[], ModelRegistry], *, is_trusted_registry: bool
    ) -> None:
        self.open_registry = open_registry
        self.is_trusted_registry = is_trusted_registry

    def copy(self, address: Address, scratch: Path) -> Source:
        """Copy the files of an address below `scratch`, which is empty.

        Raises:
            ModelNotFoundError: There is nothing of that name, or no such folder.
            BundleCorruptError: The folder holds no model.
            RegistryUnavailableError: The registry does not answer.
        """
        if isinstance(address, FolderAddress):
            return self._copy_folder(address, scratch)
        registry = self.open_registry()
        if isinstance(address, RunAddress):
            folder = registry.download_run(address, scratch)
            return Source(
                address=str(address),
                name=None,
                title=address.path.split("/")[-1],
                version=address.run_id,
                folder=folder,
                is_trusted=self.is_trusted_registry,
                label="",
                created_at=_written_at(folder),
                run_id=address.run_id,
            )
        return self.copy_version(registry, registry.get(address), scratch)

    def copy_version(self, registry: ModelRegistry, version: ModelVersion, scratch: Path) -> Source:
        """Copy the files of a version that has been looked up.

        Raises:
            RegistryError: Its files are gone.
        """
        return Source(
            address=version.address,
            name=version.name,
            title=version.name,
            version=version.version,
            folder=registry.download(version, scratch),
            is_trusted=self.is_trusted_registry,
            label=version.label,
            created_at=version.created_at,
            run_id=version.run_id,
        )

    def _copy_folder(self, address: FolderAddress, scratch: Path) -> Source:
        check_folder(address.path)
        if not is_plain_model(address.path):
            raise BundleCorruptError(
                f"`{address.path}` holds no `{_DESCRIPTION}`",
                hint="give the folder of a model that MLflow saved",
            )
        folder = scratch / "model"
        shutil.copytree(address.path, folder)
        return Source(
            address=str(address),
            name=None,
            title=address.path.resolve().name,
            version=LOCAL_VERSION,
            folder=folder,
            is_trusted=True,
            label="",
            created_at=_written_at(folder),
            run_id=None,
        )


def check_folder(path: Path) -> None:
    """Refuse a path that is no folder.

    Raises:
        ModelNotFoundError: It is not.
    """
    if not path.is_dir():
        raise ModelNotFoundError(
            f"there is no folder `{path}`",
            hint="a name of the registry has no `/`; a folder holds a release or an MLflow model",
        )


def is_plain_model(path: Path) -> bool:
    """Whether a folder is a model folder of MLflow and no release, not even one without its manifest."""
    return (path / _DESCRIPTION).is_file() and not (path / layout.FOLDER).exists()


def _written_at(folder: Path) -> dt.datetime:
    # A copy keeps the times of its files where it can; then the same folder is the same bundle
    newest = max((file.stat().st_mtime for file in folder.rglob("*") if file.is_file()), default=0)
    return dt.datetime.fromtimestamp(int(newest), tz=dt.UTC)
