"""Reads, verifies and writes bundles.

Invariant: what `read_bundle` returns has been verified file by file against the manifest.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from headway.bundle import layout
from headway.bundle.golden import GoldenRows
from headway.bundle.manifest import MANIFEST_FORMAT, Execution, FileEntry, Manifest
from headway.bundle.modules import module_names
from headway.bundle.steps import Step
from headway.contract.model import CONTRACT_FORMAT, Contract
from headway.contract.stored import stored_rows
from headway.core.hashing import sha256_of_file
from headway.errors import BundleCorruptError

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = TypeVar("Document")


@dataclasses.dataclass(frozen=True, slots=True)
class Bundle:
    """A verified release on local disk.

    Attributes:
        path: The folder.
        manifest: Its manifest.
        contract: Its contract.
    """

    path: Path
    manifest: Manifest
    contract: Contract

    @property
    def digest(self) -> str:
        """Identity of the release: sha256 of the canonical manifest."""
        return self.manifest.digest

    def read_bytes(self, path: str) -> bytes:
        """Return the bytes of a listed file.

        Raises:
            BundleCorruptError: The manifest does not list it.
        """
        if path not in self.manifest.files:
            raise BundleCorruptError(f"the manifest lists no `{path}`")
        return (self.path / path).read_bytes()

    def code(self) -> dict[str, bytes]:
        """Return the modules that the release ships: source by path below their folder."""
        folder = f"{self.manifest.execution.code_path}/"
        return {
            name.removeprefix(folder): self.read_bytes(name)
            for name in self._code_files()
            if name.endswith(".py")
        }

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the modules and packages that the release ships, sorted."""
        n_skipped = len(self.manifest.execution.code_path) + 1
        return module_names(name[n_skipped:] for name in self._code_files())

    def _code_files(self) -> list[str]:
        folder = self.manifest.execution.code_path
        return [name for name in self.manifest.files if folder and name.startswith(f"{folder}/")]

    def golden_rows(self) -> GoldenRows | None:
        """Return the golden rows, or `None` where the release has none.

        Raises:
            BundleCorruptError: They hold a value that is not of its feature's type.
        """
        if layout.GOLDEN not in self.manifest.files:
            return None
        return _as_batch_holds(_decode(self.path, layout.GOLDEN, GoldenRows), self.contract)

    def parity(self) -> dict[str, Any] | None:
        """Return the report of the parity gate, or `None` where there is none."""
        return self._document(layout.PARITY)

    def loss(self) -> dict[str, Any] | None:
        """Return what a lossy form loses, or `None` for an exact one."""
        return self._document(layout.LOSS)

    def _document(self, path: str) -> dict[str, Any] | None:
        return _decode(self.path, path, dict[str, Any]) if path in self.manifest.files else None

    def steps(self) -> tuple[Step, ...]:
        """Return what became of each step when the model was lowered; empty where nothing tells."""
        if layout.STEPS not in self.manifest.files:
            return ()
        return _decode(self.path, layout.STEPS, tuple[Step, ...])


@dataclasses.dataclass(frozen=True, slots=True)
class BundleDescription:
    """What `write_bundle` needs beside the files.

    Attributes:
        name: Name of the model.
        label: The user's own name of the version, or empty.
        created_at: ISO 8601 in UTC.
        execution: Which form is served.
        libraries: Versions of Python and of libraries.
        absent: What is not recorded, with the reason.
    """

    name: str
    label: str
    created_at: str
    execution: Execution
    libraries: Mapping[str, str]
    absent: Mapping[str, str]


def is_bundle(path: Path) -> bool:
    """Whether the folder has a manifest; nothing is verified."""
    return (path / layout.MANIFEST).is_file()


def read_bundle(path: Path) -> Bundle:
    """Read a bundle and verify every file that its manifest lists.

    Files that the manifest does not list are tolerated: MLflow adds some of its own.

    Raises:
        BundleCorruptError: No manifest, an unreadable document, a listed file that is missing, of
            another size or of another digest. Each such file is named.
    """
    if not is_bundle(path):
        raise BundleCorruptError(
            f"`{path.name}` holds no `{layout.MANIFEST}`",
            hint="give the folder of a release, or register the model first",
        )
    manifest = _decode(path, layout.MANIFEST, Manifest)
    if manifest.format != MANIFEST_FORMAT:
        raise BundleCorruptError(
            f"the manifest has format {manifest.format}; this version reads {MANIFEST_FORMAT}",
            hint="upgrade headway",
        )
    problems = [
        f"`{name}` {problem}"
        for name, entry in sorted(manifest.files.items())
        if (problem := _problem_with(path, name, entry)) is not None
    ]
    if problems:
        raise BundleCorruptError(
            "the bundle is not the one that was registered: " + "; ".join(problems),
            hint="fetch it again from the registry",
        )
    contract = _decode(path, layout.CONTRACT, Contract)
    if contract.format != CONTRACT_FORMAT:
        raise BundleCorruptError(
            f"the contract has format {contract.format}; this version reads {CONTRACT_FORMAT}",
            hint="upgrade headway",
        )
    return Bundle(path=path, manifest=manifest, contract=contract)


def write_bundle(path: Path, files: Mapping[str, bytes], description: BundleDescription) -> Bundle:
    """Add Headway's files and the manifest to a folder that holds the native model.

    Args:
        path: The folder, for example one that MLflow's `save_model` has written.
        files: Headway's own files by path relative to `path`, the contract among them.
        description: What goes into the manifest beside the files.

    Returns:
        The bundle, read again and verified.
    """
    for name, data in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    entries = {
        file.relative_to(path).as_posix(): FileEntry(sha256_of_file(file), file.stat().st_size)
        for file in sorted(path.rglob("*"))
        if file.is_file() and file != path / layout.MANIFEST
    }
    manifest = Manifest(
        name=description.name,
        label=description.label,
        created_at=description.created_at,
        execution=description.execution,
        files=entries,
        libraries=dict(description.libraries),
        absent=dict(description.absent),
    )
    (path / layout.MANIFEST).write_bytes(manifest.to_json())
    return read_bundle(path)


def _problem_with(path: Path, name: str, entry: FileEntry) -> str | None:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        return "points outside of the bundle"
    file = path / relative
    if not file.is_file():
        return "is missing"
    if file.stat().st_size != entry.size_bytes:
        return f"has {file.stat().st_size} bytes instead of {entry.size_bytes}"
    if sha256_of_file(file) != entry.sha256:
        return "has another sha256"
    return None


def _decode(path: Path, name: str, document: type[Document]) -> Document:
    try:
        return msgspec.json.decode((path / name).read_bytes(), type=document)
    except FileNotFoundError as error:
        raise BundleCorruptError(f"`{name}` is missing") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleCorruptError(f"`{name}` cannot be read: {error}") from error


def _as_batch_holds(golden: GoldenRows, contract: Contract) -> GoldenRows:
    try:
        rows = stored_rows(contract, golden.names, golden.rows)
    except ValueError as error:
        raise BundleCorruptError(f"`{layout.GOLDEN}` holds {error}") from error
    return msgspec.structs.replace(golden, rows=rows)
