"""Reads the portable form of a release, which may come from anybody.

Invariant: nothing is written that the record or the manifest does not announce with its size, nothing
outside of the given folder, and nothing that is not a plain file; no more is unpacked than fits.
"""

from __future__ import annotations

import dataclasses
import gzip
import re
import shutil
import stat
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import msgspec

from headway.bundle.bundle import Bundle, read_bundle
from headway.bundle.manifest import Manifest
from headway.core.hashing import sha256_of_bytes
from headway.errors import BundleCorruptError, ChangeRefusedError, InputTooLargeError
from headway.registry.reason import first_line
from headway.releases.archive import (
    ARCHIVE_FORMAT,
    ATTACHMENTS,
    BUNDLE,
    MANIFEST,
    RECORD,
    ArchiveRecord,
)
from headway.releases.kept_rows import attachment_paths
from headway.releases.tagging import tag_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Document = TypeVar("Document")

MAX_RECORD_BYTES = 1024 * 1024
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
MAX_ATTACHMENT_BYTES = 256 * 1024 * 1024
MAX_TOTAL_BYTES = 64 * 1024**3

# what the headers of one member may take of the stream
_HEADER_BYTES = 1024 * 1024
_VERSION = re.compile(r"[0-9]{1,18}")
_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,250}")
_WRONG_KIND = "make it with `headway models export`"
_CHANGED = "export it again where it came from, and do not use this one"
_DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, UnicodeDecodeError)


@dataclasses.dataclass(frozen=True, slots=True)
class Unpacked:
    """A release that was brought here.

    Attributes:
        record: What the registry said that it came from.
        bundle: Verified.
        attachments: By path, verified.
    """

    record: ArchiveRecord
    bundle: Bundle
    attachments: dict[str, bytes]


class _Member(NamedTuple):
    """One thing in an archive.

    Attributes:
        name: Its path.
        size_bytes: How large it says to be.
        kind: What it is where it is not a plain file.
        copy: Copies it below a folder.
    """

    name: str
    size_bytes: int
    kind: str | None
    copy: Callable[[Path], object]


def unpack(source: Path, folder: Path) -> Unpacked:
    """Read an exported release, and verify all of it.

    Args:
        source: A file or a folder that `headway.releases.archive.write_archive` wrote.
        folder: Empty; the files are copied below it.

    Raises:
        BundleCorruptError: It is no such file or folder, is damaged, or holds what does not belong
            there: paths that lead outside, links, devices, files that nobody announced.
        InputTooLargeError: It holds more than is allowed, or than fits here.
        ChangeRefusedError: The disk does not take it.
    """
    try:
        if source.is_dir():
            return _unpack(_members_of_folder(source), folder)
        with source.open("rb") as file, gzip.GzipFile(fileobj=file) as stream:
            return _unpack(_members_of_file(stream), folder)
    except (BundleCorruptError, InputTooLargeError) as error:
        error.hint = error.hint or _CHANGED
        raise
    except _DAMAGED as error:
        raise BundleCorruptError(
            f"`{source.name}` is not an archive of a release, or it was cut short: "
            f"{first_line(error)}",
            hint=_WRONG_KIND,
        ) from error
    except OSError as error:
        raise ChangeRefusedError(
            f"`{source.name}` cannot be unpacked: {error.strerror or first_line(error)}"
        ) from error


def _unpack(members: Iterator[_Member], folder: Path) -> Unpacked:
    record = _read_record(_first(members, RECORD, MAX_RECORD_BYTES, folder))
    manifest_file = _first(members, MANIFEST, MAX_MANIFEST_BYTES, folder)
    expected = _expected(record, _decode(manifest_file.read_bytes(), Manifest, "the manifest"))
    _check_total(sum(size or 0 for size in expected.values()), folder)
    for member in members:
        if member.name not in expected:
            raise BundleCorruptError(
                f"the archive holds {_named(member)}, which does not belong to it"
            )
        _check_member(member, expected.pop(member.name))
        member.copy(folder)
    bundle = read_bundle(folder / BUNDLE)  # names what is missing
    if bundle.digest != record.digest or bundle.manifest.execution.form != record.form:
        raise BundleCorruptError(
            f"the archive holds the bundle {bundle.digest[:12]}; its record says {record.digest[:12]}"
        )
    return Unpacked(record, bundle, _attachments(record, folder))


def _first(members: Iterator[_Member], name: str, most_bytes: int, folder: Path) -> Path:
    member = next(members, None)
    if member is None or member.name != name:
        found = "nothing" if member is None else _named(member)
        raise BundleCorruptError(
            f"this is not an archive of a release: `{name}` is expected, and there is {found}",
            hint=_WRONG_KIND,
        )
    if member.kind is None and member.size_bytes > most_bytes:
        raise InputTooLargeError(
            f"`{name}` has {member.size_bytes:,} bytes; allowed are {most_bytes:,}"
        )
    _check_member(member, None)
    member.copy(folder)
    return folder / name


def _check_member(member: _Member, size_bytes: int | None) -> None:
    """Refuse a member that is no plain file, or not of the size that was announced, where one was."""
    if member.kind is not None:
        raise BundleCorruptError(
            f"the archive holds {_named(member)}: only plain files belong there"
        )
    if size_bytes is None:
        limit = MAX_ATTACHMENT_BYTES
        if member.size_bytes > limit:
            raise InputTooLargeError(
                f"`{member.name}` has {member.size_bytes:,} bytes; allowed are {limit:,}"
            )
    elif member.size_bytes != size_bytes:
        raise BundleCorruptError(
            f"`{member.name}` has {member.size_bytes:,} bytes; the manifest says {size_bytes:,}"
        )


def _expected(record: ArchiveRecord, manifest: Manifest) -> dict[str, int | None]:
    """Return the members that are to come, with their sizes where they are announced."""
    expected: dict[str, int | None] = {
        f"{BUNDLE}/{name}": entry.size_bytes for name, entry in manifest.files.items()
    }
    outside = [name for name in expected if not _is_inside(name) or name == MANIFEST]
    outside += [name for name, size_bytes in expected.items() if (size_bytes or 0) < 0]
    if outside:
        raise BundleCorruptError(
            f"the manifest lists {outside[0][:200]!r}, which is no file of a bundle"
        )
    unknown = set(record.attachments).difference(attachment_paths(record.digest))
    if unknown:
        raise BundleCorruptError(
            f"the record lists the attachment {min(unknown)[:200]!r}, which is none that is known"
        )
    return expected | dict.fromkeys(f"{ATTACHMENTS}/{name}" for name in record.attachments)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    plain = path.as_posix() == name and name.isprintable() and "\\" not in name
    return plain and not path.is_absolute() and ".." not in path.parts


def _check_total(total_bytes: int, folder: Path) -> None:
    free_bytes = shutil.disk_usage(folder).free
    allowed_bytes = min(MAX_TOTAL_BYTES, free_bytes)
    if total_bytes > allowed_bytes:
        raise InputTooLargeError(
            f"the archive unpacks to {total_bytes:,} bytes; allowed are {allowed_bytes:,}",
            hint="free some space below the home folder" if free_bytes == allowed_bytes else None,
        )


def _attachments(record: ArchiveRecord, folder: Path) -> dict[str, bytes]:
    found = {}
    for name, digest in record.attachments.items():
        file = folder / ATTACHMENTS / name
        data = file.read_bytes() if file.is_file() else b""
        if sha256_of_bytes(data) != digest:
            raise BundleCorruptError(f"`{ATTACHMENTS}/{name}` is not the one that was exported")
        found[name] = data
    return found


def _read_record(file: Path) -> ArchiveRecord:
    record = _decode(file.read_bytes(), ArchiveRecord, "the record")
    if record.format != ARCHIVE_FORMAT:
        raise BundleCorruptError(
            f"the archive has format {record.format}; this version reads {ARCHIVE_FORMAT}",
            hint="upgrade headway",
        )
    problem = next(_unprintable(record), None)
    if problem is not None:
        raise BundleCorruptError(f"the record of the archive holds {problem[:200]}")
    return record


def _unprintable(record: ArchiveRecord) -> Iterator[str]:
    """Yield what may reach neither a terminal nor a registry."""
    if not _VERSION.fullmatch(record.version):
        yield f"the version {record.version!r}, which is no number"
    for alias in record.aliases:
        if not _ALIAS.fullmatch(alias):
            yield f"the alias {alias!r}, which is none"
    yield from _bad_tags(record)
    for text in (record.label, *record.metrics):
        if not text.isprintable():
            yield f"control characters in {text!r}"


def _bad_tags(record: ArchiveRecord) -> Iterator[str]:
    for key, value in record.tags.items():
        if (problem := tag_problem(key, value)) is not None:
            yield f"a tag that no registry takes, {key!r}: {problem!r}"
        elif not _is_text(value):
            yield f"control characters in the tag `{key}`: {value!r}"


def _is_text(value: str) -> bool:
    # a note may have lines
    return all(character.isprintable() or character in "\n\t" for character in value)


def _decode(data: bytes, kind: type[Document], what: str) -> Document:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BundleCorruptError(f"{what} of the archive cannot be read: {error}") from error


def _named(member: _Member) -> str:
    return f"{member.kind or 'the file'} {member.name[:200]!r}"


class _Metered:
    """A stream that gives out no more than it was allowed.

    A few bytes may unpack to gigabytes of header, which `tarfile` would hold in memory.
    """

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream
        self.left_bytes = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.left_bytes -= len(data)
        if self.left_bytes < 0:
            raise InputTooLargeError(
                f"a header of the archive has more than the {_HEADER_BYTES:,} bytes that are allowed"
            )
        return data


def _members_of_file(stream: gzip.GzipFile) -> Iterator[_Member]:
    metered = _Metered(stream)
    metered.left_bytes = _HEADER_BYTES
    with tarfile.open(fileobj=cast("Any", metered), mode="r|") as archive:
        while (entry := archive.next()) is not None:

            def copy(folder: Path, entry: tarfile.TarInfo = entry) -> None:
                # announced and checked by now, so its size is one that is allowed
                metered.left_bytes = entry.size + _HEADER_BYTES
                archive.extract(entry, folder, set_attrs=False, filter="data")

            yield _Member(entry.name, entry.size, _kind_of_entry(entry), copy)
            metered.left_bytes = _HEADER_BYTES


def _kind_of_entry(entry: tarfile.TarInfo) -> str | None:
    if entry.isreg() and not entry.issparse():
        return None
    kinds = {
        "the folder": entry.isdir(),
        "the link": entry.issym() or entry.islnk(),
        "the device": entry.isdev(),
    }
    return next((kind for kind, is_it in kinds.items() if is_it), "the special file")


def _members_of_folder(source: Path) -> Iterator[_Member]:
    first = [source / RECORD, source / MANIFEST]
    others = [path for path in sorted(source.rglob("*")) if path not in first]
    for path in [*first, *others]:
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue  # who reads it says what is expected
        if stat.S_ISDIR(status.st_mode):
            continue
        kind = None if stat.S_ISREG(status.st_mode) else _kind_of_mode(status.st_mode)
        name = path.relative_to(source).as_posix()

        def copy(folder: Path, path: Path = path, name: str = name) -> None:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target, follow_symlinks=False)

        yield _Member(name, status.st_size, kind, copy)


def _kind_of_mode(mode: int) -> str:
    return "the link" if stat.S_ISLNK(mode) else "the special file"
