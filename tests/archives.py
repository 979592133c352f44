"""Archives of the crafted release for tests: good ones, and ones that somebody has tampered with."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

from crafted import write_crafted_bundle
from headway.core.hashing import sha256_of_bytes
from headway.registry.cache import BundleCache
from headway.registry.port import VersionRecord
from headway.releases.archive import ArchiveRecord
from headway.releases.kept_rows import attachment_paths
from registries import MemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from headway.bundle.bundle import Bundle
    from headway.registry.port import ModelVersion

ROWS = b'{"names":[],"rows":[],"labels":[],"n_given_rows":0}'


def attachments_of(digest: str) -> dict[str, bytes]:
    """Return what lies beside the bundle with this digest."""
    return dict.fromkeys(sorted(attachment_paths(digest)), ROWS)


def digests_of(digest: str) -> dict[str, str]:
    """Return the sha256 of each, as a record lists it."""
    return {path: sha256_of_bytes(data) for path, data in attachments_of(digest).items()}


class Bench:
    """A registry in memory with one release `credit:1`, and a cache."""

    def __init__(self, folder: Path) -> None:
        self.registry = MemoryRegistry(folder / "registry")
        self.cache = BundleCache(folder / "bundles")
        self.bundle = write_crafted_bundle(folder / "crafted")
        self.version = self.add()

    def add(self, alias: str | None = None) -> ModelVersion:
        """Register the crafted release once more."""
        digest = self.bundle.digest
        record = VersionRecord(
            digest=digest,
            form="lowered",
            label="v1",
            alias=alias,
            params={"C": 1.5},
            metrics={"accuracy": 0.75},
            tags={"team": "risk"},
            attachments=attachments_of(digest),
        )
        return self.registry.register(self.bundle.path, "credit", record)


def record_of(bundle: Bundle, **fields: object) -> ArchiveRecord:
    """Return the record of a bundle with evaluation rows."""
    return ArchiveRecord(
        **{  # type: ignore[arg-type]
            "name": "credit",
            "version": "7",
            "digest": bundle.digest,
            "form": "lowered",
            "label": "v1",
            "registered_at": "2026-11-23T08:00:00+00:00",
            "params": {"C": "1.5"},
            "metrics": {"accuracy": 0.75},
            "tags": {"team": "risk"},
            "aliases": ("champion",),
            "attachments": digests_of(bundle.digest),
            **fields,
        }
    )


def members_of(file: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return what an archive holds."""
    with tarfile.open(file) as archive:
        return [(entry, (archive.extractfile(entry) or io.BytesIO()).read()) for entry in archive]


def pack(file: Path, members: Iterable[tuple[tarfile.TarInfo | str, bytes]]) -> Path:
    """Write an archive of anything."""
    with gzip.open(file, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for entry, data in members:
            info = tarfile.TarInfo(entry) if isinstance(entry, str) else entry
            if isinstance(entry, str):
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file
