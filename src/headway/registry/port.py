"""The registry as the rest of Headway sees it: records, and the ports that an adapter implements."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from headway.bundle.manifest import Form
    from headway.contract.model import Contract
    from headway.registry.address import ModelAddress, RunAddress
    from headway.registry.flavor import Flavor

# Beginnings of tags that are not the user's to change
RESERVED_TAGS = ("headway.", "mlflow.")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One version of a registered model.

    Attributes:
        name: Name of the model.
        version: The registry's number, as text.
        aliases: Aliases that point to this version, sorted.
        created_at: When it was registered, with its zone.
        run_id: Run that it came from, where the registry knows one.
        digest: Digest of the bundle; `None` where plain MLflow registered the version.
        form: `lowered` or `native`; `None` as above.
        label: The user's own name of the version, or empty.
        metrics: Measured on the evaluation rows, by name.
        tags: All tags of the version, ours among them.
    """

    name: str
    version: str
    aliases: tuple[str, ...]
    created_at: dt.datetime
    run_id: str | None = None
    digest: str | None = None
    form: Form | None = None
    label: str = ""
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def address(self) -> str:
        """Address of the version, `NAME:7`."""
        return f"{self.name}:{self.version}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """One registered model.

    Attributes:
        name: Name of the model.
        latest_version: The newest version, `None` where there is none.
        aliases: Version by alias.
        created_at: When the name was first registered.
        updated_at: When it last changed.
    """

    name: str
    latest_version: str | None
    aliases: Mapping[str, str]
    created_at: dt.datetime
    updated_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """What a registry keeps about a version beside its files.

    Attributes:
        digest: Digest of the bundle.
        form: Form that is served.
        label: The user's own name of the version, or empty.
        alias: Alias to set, `None` for none. The first version of a name is `champion` in any case.
        params: What the model was trained with, and on.
        metrics: Measured on the evaluation rows.
        tags: Lineage and others.
        attachments: Artifacts beside the bundle, by path below the run's artifacts.
    """

    digest: str
    form: Form
    label: str = ""
    alias: str | None = None
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    attachments: Mapping[str, bytes] = dataclasses.field(default_factory=dict)


class ModelRegistry(Protocol):
    """Keeps versions of models and their files.

    Every method raises `RegistryUnavailableError` where the registry does not answer.
    """

    @property
    def uri(self) -> str:
        """Where the registry is."""
        ...

    def models(self) -> list[ModelSummary]:
        """Return every registered model, by name."""
        ...

    def versions(self, name: str) -> list[ModelVersion]:
        """Return every version of a model, newest first.

        Raises:
            ModelNotFoundError: No such model. The message names what exists.
        """
        ...

    def get(self, address: ModelAddress) -> ModelVersion:
        """Return the version that an address names now.

        Raises:
            ModelNotFoundError: No such model or version. The message names what exists.
            AliasNotFoundError: No such alias. The message names what exists.
        """
        ...

    def download(self, version: ModelVersion, folder: Path) -> Path:
        """Copy the files of a version into `folder`, which is empty, and return where they lie.

        Raises:
            RegistryError: The files are gone.
        """
        ...

    def download_run(self, address: RunAddress, folder: Path) -> Path:
        """Copy a model among a run's artifacts into `folder`, and return where it lies.

        Raises:
            ModelNotFoundError: No such run, or nothing there.
        """
        ...

    def register(self, folder: Path, name: str, record: VersionRecord) -> ModelVersion:
        """Store a bundle as the next version of `name`; all of it, or nothing that looks finished.

        Raises:
            RegistryError: The registry refused.
        """
        ...

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias to a version.

        Raises:
            ModelNotFoundError: No such model or version.
        """
        ...

    def record(self, version: ModelVersion, paths: Sequence[str] = ()) -> VersionRecord:
        """Return what is kept about a version beside its files, in the form that `register` takes.

        Args:
            version: A version that is a release.
            paths: Attachments to read; what is not there is left out.

        Raises:
            RegistryError: The version is no release.
            BundleCorruptError: An attachment is not what was registered.
        """
        ...

    def tag(self, version: ModelVersion, changes: Mapping[str, str | None]) -> ModelVersion:
        """Set tags of a version, and remove those whose value is `None`; return what it is then.

        Raises:
            RegistryError: The registry refused a tag.
        """
        ...

    def remove(self, version: ModelVersion) -> None:
        """Remove a version and the aliases that point to it.

        Attachments, which are rows of somebody's data, are deleted at once; its other files stay until
        the registry's own garbage is collected.

        Raises:
            ModelNotFoundError: It is gone already.
        """
        ...

    def remove_model(self, name: str) -> None:
        """Remove a name with all of its versions and aliases; files as above.

        Raises:
            ModelNotFoundError: No such model.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class PlainColumn:
    """One input of a model as plain MLflow describes it.

    Attributes:
        name: Name of the column, or its position where the model takes an array.
        type: MLflow's name of the type: `double`, `long`, `string`, ...
        is_required: Whether the signature demands it.
    """

    name: str
    type: str
    is_required: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlainModel:
    """A model folder as plain MLflow describes it.

    Attributes:
        flavor: `sklearn`, `torch`, `onnx`, or `pyfunc` for every other.
        native_path: Path of the native model inside of the folder, `.` for the whole folder.
        columns: Inputs of the signature; `None` where there is no usable one.
        is_array: Whether the signature takes an array, whose columns have no names.
        example: Rows of the input example as a frame or an array; `None` where there is none.
        code_path: Folder of the modules that the model needs, inside of the folder; `None` for none.
    """

    flavor: Flavor
    native_path: str
    columns: Sequence[PlainColumn] | None
    is_array: bool = False
    example: Any = None
    code_path: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SaveOptions:
    """What goes beside a native model.

    Attributes:
        requirements: What pip must install to run it, one requirement each.
        keep_example: Whether the rows of the example may be stored.
    """

    requirements: Sequence[str]
    keep_example: bool


class ModelFormat(Protocol):
    """Writes and reads the native model of a bundle."""

    def save(
        self, model: Any, folder: Path, contract: Contract, example: Any, options: SaveOptions
    ) -> PlainModel:
        """Write a fitted model into `folder`, which does not exist yet.

        Args:
            model: A scikit-learn estimator, a module of PyTorch, an `OnnxFile`, or any object with
                `predict`.
            folder: Where to.
            contract: Becomes the signature.
            example: A few training rows, as the model takes them.
            options: What goes beside the model.

        Raises:
            RegistryError: The model cannot be saved, for example pickled.
        """
        ...

    def ship(self, folder: Path, files: Mapping[str, bytes]) -> PlainModel:
        """Write modules into a model folder, so that whoever loads the model finds them.

        Args:
            folder: Of a model that has been saved.
            files: By path below the folder of the modules.

        Raises:
            BundleCorruptError: There is no model there.
        """
        ...

    def describe(self, folder: Path) -> PlainModel:
        """Read the description of a model folder. Runs no code of it.

        Raises:
            BundleCorruptError: There is no model there.
        """
        ...

    def forget_example(self, folder: Path) -> None:
        """Remove the rows of the example from a model folder, where it has any. Runs no code of it."""
        ...

    def load(self, folder: Path) -> Any:
        """Load the model of a folder. This runs code: call it for trusted folders only.

        Raises:
            MissingModuleError: It needs a module that is not installed.
            RuntimeLoadError: It does not load here.
        """
        ...
