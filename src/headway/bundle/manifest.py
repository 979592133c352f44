"""The manifest: which files a release has, with the digest of each, and where they were made.

Invariant: the digest of a release is the sha256 of its manifest's canonical JSON, so two releases
with one digest are one release.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from headway.core.hashing import canonical_json, sha256_of_bytes

MANIFEST_FORMAT = 1

# Of a `partial` release the first steps of a pipeline run natively, before what is lowered
Form = Literal["lowered", "partial", "native"]


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a bundle."""

    sha256: str
    size_bytes: int


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which form is served, and why.

    Attributes:
        form: `lowered`, `partial` or `native`. All but the first run code of the model's own.
        flavor: Flavor of the native model: `sklearn`, `torch`, `onnx` or `pyfunc`.
        native_path: Path of the native model inside of the bundle, `.` for the whole folder.
        reason: Why the release is served in this form, for people.
        code_path: Folder of the bundle with the modules that the native model needs, empty for none.
        lossy: Precision that the model was made smaller to, such as `int8`; empty for an exact form.
        n_native_steps: Of a partial release, how many steps run natively.
        is_native_in_batch: Whether the native model, which gives the same answers, takes less time on
            many rows at once: a batch job may take it where its libraries are installed.
    """

    form: Form
    flavor: str
    native_path: str
    reason: str
    code_path: str = ""
    lossy: str = ""
    n_native_steps: int = 0
    is_native_in_batch: bool = False


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `headway/manifest.json` holds.

    Attributes:
        name: Name that the release was registered under.
        label: The user's own name of this version, or empty.
        created_at: Time of registration, ISO 8601, UTC.
        execution: Which form is served.
        files: By path relative to the bundle, each file but the manifest.
        libraries: Versions of Python and of the libraries that made the model.
        absent: What a full release has and this one has not, with the reason: "golden": "adopted ...".
        format: Version of this document.
    """

    name: str
    label: str
    created_at: str
    execution: Execution
    files: dict[str, FileEntry]
    libraries: dict[str, str]
    absent: dict[str, str] = {}
    format: int = MANIFEST_FORMAT

    def to_json(self) -> bytes:
        """Return the canonical JSON, whose sha256 is the release's digest."""
        return canonical_json(msgspec.to_builtins(self))

    @property
    def digest(self) -> str:
        """Hex sha256 of the canonical JSON."""
        return sha256_of_bytes(self.to_json())
