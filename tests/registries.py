"""Registries for tests: one that keeps everything in memory and a folder, and MLflow's own without the wait.

MLflow makes a new database in seconds, by 60 migrations; here it is made once and copied.
"""

from __future__ import annotations

import atexit
import dataclasses
import datetime as dt
import functools
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from headway.errors import AliasNotFoundError, ModelNotFoundError, RegistryError
from headway.registry.address import CHAMPION, AliasAddress
from headway.registry.port import ModelSummary, ModelVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headway.registry.address import ModelAddress, RunAddress
    from headway.registry.mlflow.registry import MlflowRegistry
    from headway.registry.port import VersionRecord

NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


def embedded_registry(home: Path) -> MlflowRegistry:
    """Return a new embedded registry below `home`."""
    from headway.registry.mlflow.registry import MlflowRegistry  # noqa: PLC0415 - costs seconds

    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_empty_database(), home / "registry.db")
    return MlflowRegistry(f"sqlite:///{home}/registry.db", str(home / "artifacts"))


@functools.cache
def _empty_database() -> Path:
    from headway.registry.mlflow.registry import MlflowRegistry  # noqa: PLC0415 - costs seconds

    folder = Path(tempfile.mkdtemp(prefix="headway-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "registry.db"
    MlflowRegistry(f"sqlite:///{path}").models()
    return path


class MemoryRegistry:
    """The port `ModelRegistry` in memory; bundles are copied into a folder.

    Args:
        folder: Where bundles are kept.
        refuses: Whether `register` fails after the files were stored.
    """

    uri = "memory://"

    def __init__(self, folder: Path, *, refuses: bool = False) -> None:
        self.folder = folder
        self.refuses = refuses
        self.records: dict[tuple[str, str], VersionRecord | None] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.runs: dict[str, Path] = {}
        self.downloads = 0

    def models(self) -> list[ModelSummary]:
        return [
            ModelSummary(
                name=name,
                latest_version=self._numbers(name)[-1],
                aliases={a: v for (n, a), v in self.aliases.items() if n == name},
                created_at=NOW,
                updated_at=NOW,
            )
            for name in sorted({name for name, _ in self.records})
        ]

    def versions(self, name: str) -> list[ModelVersion]:
        return [self._version(name, number) for number in reversed(self._numbers(name))]

    def get(self, address: ModelAddress) -> ModelVersion:
        if not isinstance(address, AliasAddress):
            return self._version(address.name, address.version)
        self._numbers(address.name)
        if (address.name, address.alias) not in self.aliases:
            raise AliasNotFoundError(f"no alias `{address.alias}`")
        return self._version(address.name, self.aliases[address.name, address.alias])

    def download(self, version: ModelVersion, folder: Path) -> Path:
        self.downloads += 1
        return Path(shutil.copytree(self._path(version.name, version.version), folder / "model"))

    def download_run(self, address: RunAddress, folder: Path) -> Path:
        if address.run_id not in self.runs:
            raise ModelNotFoundError(f"no run `{address.run_id}`")
        self.downloads += 1
        return Path(shutil.copytree(self.runs[address.run_id], folder / address.path))

    def register(self, folder: Path, name: str, record: VersionRecord) -> ModelVersion:
        if self.refuses:
            raise RegistryError("the registry refused")
        version = self.add(folder, name, record)
        if record.alias is not None:
            self.aliases[name, record.alias] = version
        return self._version(name, version)

    def add(self, folder: Path, name: str, record: VersionRecord | None = None) -> str:
        """Keep a folder as the next version; without a record it is one of plain MLflow."""
        version = str(1 + max([0, *(int(v) for known, v in self.records if known == name)]))
        shutil.copytree(folder, self._path(name, version))
        self.records[name, version] = record
        if version == "1" and record is not None:
            self.aliases[name, CHAMPION] = version
        return version

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self.aliases[name, alias] = self._version(name, version).version

    def record(self, version: ModelVersion, paths: Sequence[str] = ()) -> VersionRecord:
        record = self.records[version.name, version.version]
        if record is None:
            raise RegistryError("a plain MLflow model")
        kept = {path: data for path, data in record.attachments.items() if path in paths}
        return dataclasses.replace(record, alias=None, attachments=kept)

    def tag(self, version: ModelVersion, changes: Mapping[str, str | None]) -> ModelVersion:
        record = self.records[version.name, version.version]
        assert record is not None
        tags = {**record.tags, **changes}
        self.records[version.name, version.version] = dataclasses.replace(
            record, tags={name: value for name, value in tags.items() if value is not None}
        )
        return self._version(version.name, version.version)

    def remove(self, version: ModelVersion) -> None:
        del self.records[version.name, self._version(version.name, version.version).version]
        self.aliases = {
            (name, alias): target
            for (name, alias), target in self.aliases.items()
            if (name, target) != (version.name, version.version)
        }

    def remove_model(self, name: str) -> None:
        for number in self._numbers(name):
            self.remove(self._version(name, number))

    def _numbers(self, name: str) -> list[str]:
        numbers = [version for known, version in self.records if known == name]
        if not numbers:
            raise ModelNotFoundError(f"no model `{name}`")
        return numbers

    def _version(self, name: str, version: str) -> ModelVersion:
        if version not in self._numbers(name):
            raise ModelNotFoundError(f"`{name}` has no version {version}")
        record = self.records[name, version]
        plain = ModelVersion(
            name=name,
            version=version,
            aliases=tuple(
                a for (n, a), v in sorted(self.aliases.items()) if (n, v) == (name, version)
            ),
            created_at=NOW,
        )
        if record is None:
            return plain
        return dataclasses.replace(
            plain,
            digest=record.digest,
            form=record.form,
            label=record.label,
            metrics=record.metrics,
            tags=record.tags,
        )

    def _path(self, name: str, version: str) -> Path:
        return self.folder / name / version
