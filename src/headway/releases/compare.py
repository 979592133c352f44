"""The use case `diff`: two releases side by side, and what the newer one does to clients of the older."""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from typing_extensions import override

from headway.bundle import layout
from headway.contract.change import KINDS, change_text
from headway.contract.diff import breaks, diff_contracts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from headway.bundle.bundle import Bundle
    from headway.contract.change import Change
    from headway.releases.resolve import ResolvedRelease

HEADINGS = {
    "breaks": "Breaks a client",
    "widens": "Only widens what is accepted",
    "new": "New",
    "note": "To know",
}
# tags of the registry that say what is compared anyhow
_TOLD = frozenset(
    {"headway.digest", "headway.form", "headway.label", "headway.metrics", "headway.attachments"}
)
_SHOWN_DIGITS = 12


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """What is compared of a release beside its contract.

    Attributes:
        address: `NAME:VERSION`.
        label: The user's own name of the version, or empty.
        registered_at: ISO 8601, UTC.
        digest: Digest of the bundle.
        form: `lowered` or `native`.
        reason: Why it is served in this form.
        size_bytes: Of the whole bundle.
        graph_bytes: Of the lowered form, 0 where there is none.
        native_bytes: Of the native model.
        metrics: Measured on its evaluation rows, by name.
        parity: What the parity gate reported, by name; only single values.
        libraries: Version by library.
        tags: Of the version.
    """

    address: str
    label: str
    registered_at: str
    digest: str
    form: str
    reason: str
    size_bytes: int
    graph_bytes: int
    native_bytes: int
    metrics: Mapping[str, float]
    parity: Mapping[str, Any]
    libraries: Mapping[str, str]
    tags: Mapping[str, str]


class Fact(NamedTuple):
    """One row of the table: a value of both releases.

    Attributes:
        what: What it is.
        old: Of the older release, `None` where it has none.
        new: Of the newer release, `None` where it has none.
        difference: Of two numbers, else `None`.
    """

    what: str
    old: Any
    new: Any
    difference: float | None


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Two releases, compared.

    Attributes:
        old: The older release, or what stands for it.
        new: The newer release.
        changes: What differs between their contracts, what breaks a client first.
        notes: What should be known about the comparison itself.
    """

    old: ReleaseFacts
    new: ReleaseFacts
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def breaks(self) -> bool:
        """Whether a client of the old release may be refused, or misread the reply."""
        return breaks(self.changes)

    @property
    def is_same(self) -> bool:
        """Whether the two are one release: the same digest."""
        return self.old.digest == self.new.digest

    def grouped(self) -> Iterator[tuple[str, list[Change]]]:
        """Yield the heading of each kind of change that there is, with the changes."""
        for kind in KINDS:
            found = [change for change in self.changes if change.kind == kind]
            if found:
                yield HEADINGS[kind], found

    def facts(self) -> list[Fact]:
        """Return what else is compared; of libraries and tags what differs."""
        old, new = self.old, self.new
        words = ("label", "registered_at", "form", "reason")
        sizes = ("size_bytes", "graph_bytes", "native_bytes")
        pairs: list[tuple[str, Any, Any]] = [
            ("digest", old.digest[:_SHOWN_DIGITS], new.digest[:_SHOWN_DIGITS]),
            *((word, getattr(old, word) or None, getattr(new, word) or None) for word in words),
            *((size, getattr(old, size), getattr(new, size)) for size in sizes),
        ]
        pairs += _joined("", old.metrics, new.metrics)
        pairs += _joined("parity ", old.parity, new.parity)
        pairs += _differing("library ", old.libraries, new.libraries)
        tags = [{k: v for k, v in t.items() if k not in _TOLD} for t in (old.tags, new.tags)]
        pairs += _differing("tag ", *tags)
        return [
            Fact(what, a, b, _difference(a, b)) for what, a, b in pairs if (a, b) != (None, None)
        ]

    def document(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        return {
            "old": dataclasses.asdict(self.old),
            "new": dataclasses.asdict(self.new),
            "is_same": self.is_same,
            "breaks": self.breaks,
            "notes": list(self.notes),
            "changes": [msgspec.to_builtins(change) for change in self.changes],
        }

    @override
    def __repr__(self) -> str:
        lines = [f"{self.old.address} -> {self.new.address}", *self.notes]
        for heading, changes in self.grouped():
            lines += [f"{heading}:", *(f"  {change_text(change)}" for change in changes)]
        return "\n".join(lines if self.changes else [*lines, "The contracts are the same."])

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        parts = [f"<b>{html.escape(self.old.address)} → {html.escape(self.new.address)}</b>"]
        parts += [f"<p>{html.escape(note)}</p>" for note in self.notes]
        for heading, changes in self.grouped():
            items = "".join(f"<li>{html.escape(change_text(change))}</li>" for change in changes)
            parts.append(f"<p>{heading}</p><ul>{items}</ul>")
        if not self.changes:
            parts.append("<p>The contracts are the same.</p>")
        rows = "".join(_html_row(fact) for fact in self.facts())
        head = "<tr><th></th><th>old</th><th>new</th><th>difference</th></tr>"
        return "".join([*parts, f"<table>{head}{rows}</table>"])


def compare(old: ResolvedRelease, new: ResolvedRelease) -> Comparison:
    """Compare two releases; the contracts are those that were registered, without settings."""
    notes = []
    if old.bundle.digest == new.bundle.digest:
        notes.append("both are the same release")
    if old.name != new.name:
        notes.append(f"these are two models: `{old.name}` and `{new.name}`")
    changes = diff_contracts(old.bundle.contract, new.bundle.contract)
    return Comparison(_facts(old), _facts(new), changes, tuple(notes))


def _facts(release: ResolvedRelease) -> ReleaseFacts:
    bundle, record = release.bundle, release.record
    manifest = bundle.manifest
    sizes = {path: entry.size_bytes for path, entry in manifest.files.items()}
    return ReleaseFacts(
        address=f"{release.name}:{release.version}",
        label=manifest.label,
        registered_at=manifest.created_at,
        digest=bundle.digest,
        form=manifest.execution.form,
        reason=manifest.execution.reason,
        size_bytes=sum(sizes.values()),
        graph_bytes=sizes.get(layout.GRAPH, 0) + sizes.get(layout.ENCODER, 0),
        native_bytes=sum(
            size for path, size in sizes.items() if not path.startswith(f"{layout.FOLDER}/")
        ),
        metrics={} if record is None else dict(record.metrics),
        parity=_parity(bundle),
        libraries=manifest.libraries,
        tags={} if record is None else dict(record.tags),
    )


def _parity(bundle: Bundle) -> dict[str, Any]:
    report = bundle.parity() or {}
    return {
        name.replace("_", " "): value
        for name, value in report.items()
        if isinstance(value, str | int | float | bool) and name != "reason"
    }


def _joined(
    prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    names = dict.fromkeys([*old, *new])
    return [(prefix + name, old.get(name), new.get(name)) for name in names]


def _differing(
    prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    return [(what, a, b) for what, a, b in _joined(prefix, old, new) if a != b]


def _difference(old: Any, new: Any) -> float | None:
    both = {type(old), type(new)}
    return new - old if both <= {int, float} else None


def _html_row(fact: Fact) -> str:
    cells = ["" if cell is None else html.escape(str(cell)) for cell in fact]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
