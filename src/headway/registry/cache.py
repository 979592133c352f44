"""The local cache of bundles: one folder for each digest.

Invariant: a folder called by a digest is complete. It is written under another name, verified, and
renamed; nothing is ever loaded from a registry's own folder, since MLflow writes into it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import shutil
from typing import TYPE_CHECKING

from headway.bundle.bundle import Bundle, read_bundle
from headway.core.hashing import is_digest
from headway.core.ids import new_id
from headway.errors import BundleCorruptError, ConfigError, RegistryUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SCRATCH_PREFIX = ".incoming-"
_ABANDONED_S = 24 * 3600
_ELSEWHERE = "another home folder with `--home` or HEADWAY_HOME"


class BundleCache:
    """Keeps verified copies of bundles.

    Args:
        folder: Where they lie; made when the first one comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, digest: str) -> Bundle | None:
        """Return the copy with this digest, verified file by file.

        A copy that is no longer what it was is removed.

        Returns:
            The bundle, or `None` where there is no good copy.

        Raises:
            BundleCorruptError: `digest` is none.
        """
        if not is_digest(digest):  # it names a folder, which may be removed below
            raise BundleCorruptError(f"`{digest[:80]}` is not the digest of a bundle")
        path = self.folder / digest
        if not path.is_dir():
            return None
        try:
            bundle = read_bundle(path)
        except BundleCorruptError:
            self._discard(path)
            return None
        if bundle.digest != digest:
            self._discard(path)
            return None
        return bundle

    def fetch(self, digest: str, download: Callable[[Path], Path]) -> Bundle:
        """Return the bundle with this digest, and download it where there is no good copy.

        Args:
            digest: Of the bundle that is wanted.
            download: Copies the files into the empty folder that it is given, and returns where
                among them the bundle lies.

        Raises:
            BundleCorruptError: What came is not the bundle that was registered.
            ConfigError: As `scratch`.
        """
        known = self.get(digest)
        if known is not None:
            return known
        with self.scratch() as scratch:
            bundle = read_bundle(download(scratch))
            if bundle.digest != digest:
                raise BundleCorruptError(
                    f"the registry gave the bundle {bundle.digest[:12]} instead of {digest[:12]}",
                    hint="it was changed after it was registered: register the model again",
                )
            return self.add(bundle)

    def add(self, bundle: Bundle) -> Bundle:
        """Move a verified bundle from a scratch folder of this cache to its place."""
        known = self.get(bundle.digest)
        if known is not None:
            return known
        target = self.folder / bundle.digest
        try:
            bundle.path.rename(target)
        except OSError:
            # Another process may have brought the same bundle meanwhile: then that one stays
            if (known := self.get(bundle.digest)) is None:
                raise
            return known
        return dataclasses.replace(bundle, path=target)

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give an empty folder on the cache's own disk, and remove what is left of it.

        Raises:
            ConfigError: It cannot be made there, or the disk is full.
        """
        path = self.folder / f"{_SCRATCH_PREFIX}{new_id()}"
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise ConfigError(
                f"`{self.folder}` cannot be written: {error.strerror}",
                hint=f"choose {_ELSEWHERE}",
            ) from error
        self._sweep(path.stat().st_mtime)
        try:
            yield path
        except (OSError, RegistryUnavailableError) as error:
            if not _is_full_disk(error):
                raise
            raise ConfigError(
                f"there is no room left below `{self.folder}`",
                hint=f"free some, or choose {_ELSEWHERE}",
            ) from error
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _sweep(self, now_s: float) -> None:
        """Remove what processes that were killed left behind."""
        for left in self.folder.glob(f"{_SCRATCH_PREFIX}*"):
            with contextlib.suppress(OSError):
                if now_s - left.stat().st_mtime > _ABANDONED_S:
                    shutil.rmtree(left, ignore_errors=True)

    def _discard(self, path: Path) -> None:
        # Renamed first, so that no other process sees half of it
        doomed = self.folder / f"{_SCRATCH_PREFIX}{new_id()}"
        with contextlib.suppress(OSError):
            path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _is_full_disk(error: BaseException | None) -> bool:
    """Whether a full disk is what an error comes from, through whatever library it came."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False
