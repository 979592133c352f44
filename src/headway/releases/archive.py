"""The portable form of a release: its bundle, and what the registry says of it, as a folder or one file.

    record.json                  what the registry says
    bundle/headway/manifest.json
    bundle/...                   every file that the manifest lists, and no other
    attachments/...              what is kept beside the bundle, such as evaluation rows

Invariant: the same release gives the same bytes: names are sorted, and times, owners and modes are not
written.
"""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from headway.bundle import layout
from headway.bundle.manifest import Form
from headway.core.hashing import canonical_json
from headway.core.ids import new_id
from headway.errors import ChangeRefusedError, ConfigError
from headway.registry.reason import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.bundle.bundle import Bundle

RECORD = "record.json"
BUNDLE = "bundle"
ATTACHMENTS = "attachments"
MANIFEST = f"{BUNDLE}/{layout.MANIFEST}"
ARCHIVE_FORMAT = 1
ARCHIVE_SUFFIXES = (".tar.gz", ".tgz")

_COMPRESSION = 6
_MODE = 0o644


class ArchiveRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `record.json` holds.

    Attributes:
        name: Name that the release was registered under.
        version: Version that it had there.
        digest: Digest of the bundle.
        form: Form that is served.
        label: The user's own name of the version, or empty.
        registered_at: ISO 8601, with its zone.
        params: What the model was trained with.
        metrics: Measured on the evaluation rows.
        tags: Of the version, without those that the registry makes.
        aliases: Aliases that pointed to it, for people to know; an import sets none of them.
        attachments: Hex sha256 by path below `attachments`.
        format: Version of this document.
    """

    name: str
    version: str
    digest: str
    form: Form
    label: str
    registered_at: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    aliases: tuple[str, ...]
    attachments: dict[str, str]
    format: int = ARCHIVE_FORMAT

    def to_json(self) -> bytes:
        """Return the document, for people to read too."""
        return msgspec.json.format(canonical_json(msgspec.to_builtins(self)), indent=1) + b"\n"


def is_archive_name(path: Path) -> bool:
    """Whether a path is that of one file rather than of a folder.

    Examples:
        >>> is_archive_name(Path("credit.tar.gz")), is_archive_name(Path("credit"))
        (True, False)
    """
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def write_archive(
    target: Path, record: ArchiveRecord, bundle: Bundle, attachments: Mapping[str, bytes]
) -> None:
    """Write a release as one file, or as a folder where the name of `target` is not that of an archive.

    All of it is there afterwards, or nothing.

    Raises:
        ChangeRefusedError: There is something at `target` already.
        ConfigError: It cannot be written there.
    """
    if target.exists() or target.is_symlink():
        raise ChangeRefusedError(
            f"`{target}` exists already", hint="name another place, or remove it first"
        )
    # written beside its place, so that nobody finds half of it
    draft = target.with_name(f".{target.name}.{new_id()}")
    members = _members(record, bundle, attachments)
    try:
        if is_archive_name(target):
            _write_file(draft, members)
        else:
            _write_folder(draft, members)
        draft.rename(target)
    except OSError as error:
        raise ConfigError(
            f"`{target}` cannot be written: {error.strerror or first_line(error)}",
            hint="name a place in a folder that exists and that you may write into",
        ) from error
    finally:
        draft.unlink(missing_ok=True) if draft.is_file() else shutil.rmtree(
            draft, ignore_errors=True
        )


def _members(
    record: ArchiveRecord, bundle: Bundle, attachments: Mapping[str, bytes]
) -> dict[str, bytes | Path]:
    """Return what is written, in its order: who reads it knows first what is to come."""
    listed = sorted(bundle.manifest.files)
    return {
        RECORD: record.to_json(),
        MANIFEST: bundle.path / layout.MANIFEST,
        **{f"{BUNDLE}/{name}": bundle.path / name for name in listed},
        **{f"{ATTACHMENTS}/{name}": attachments[name] for name in sorted(attachments)},
    }


def _write_file(target: Path, members: Mapping[str, bytes | Path]) -> None:
    with (
        target.open("xb") as file,
        gzip.GzipFile("", "wb", _COMPRESSION, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.mode = _MODE
            if isinstance(content, bytes):
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
                continue
            entry.size = content.stat().st_size
            with content.open("rb") as source:
                archive.addfile(entry, source)


def _write_folder(target: Path, members: Mapping[str, bytes | Path]) -> None:
    for name, content in members.items():
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            shutil.copyfile(content, file)
