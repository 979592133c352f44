"""Two releases are compared with all that a release knows of itself."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from crafted import crafted_contract, write_crafted_bundle
from headway.registry.port import ModelVersion
from headway.releases.compare import Comparison, compare
from headway.releases.resolve import ResolvedRelease
from registries import NOW

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = crafted_contract().features


def resolved(
    folder: Path, version: str, *, name: str = "credit", metrics: Any = (), **contract: Any
) -> ResolvedRelease:
    bundle = write_crafted_bundle(folder / f"{name}{version}", name, **contract)
    record = ModelVersion(
        name=name,
        version=version,
        aliases=(),
        created_at=NOW,
        metrics=dict(metrics),
        tags={"git": f"commit {version}", "user": "ada"},
    )
    return ResolvedRelease(
        name=name, version=version, bundle=bundle, is_trusted=True, record=record
    )


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    """Compare two releases, the second of which lacks a feature."""
    old = resolved(tmp_path, "12", metrics={"accuracy": 0.8, "log_loss": 0.5})
    new = resolved(
        tmp_path,
        "13",
        metrics={"accuracy": 0.85, "roc_auc": 0.9},
        features=FEATURES[1:],
        n_training_rows=2_000,
    )
    libraries = {"python": "3.11", "numpy": "2.0"}
    old.bundle.manifest.libraries.update(libraries)
    new.bundle.manifest.libraries.update(libraries | {"numpy": "2.1", "scipy": "1.16"})
    return compare(old, new)


def facts(comparison: Comparison) -> dict[str, tuple[Any, Any, Any]]:
    return {fact.what: (fact.old, fact.new, fact.difference) for fact in comparison.facts()}


def test_what_breaks_is_told_first(found: Comparison) -> None:
    assert found.breaks
    assert not found.is_same
    assert [(change.kind, change.name) for change in found.changes] == [
        ("breaks", "age"),
        ("note", ""),
    ]
    assert [heading for heading, _ in found.grouped()] == ["Breaks a client", "To know"]


def test_metrics_stand_side_by_side_with_their_difference(found: Comparison) -> None:
    told = facts(found)
    assert told["accuracy"] == (0.8, 0.85, pytest.approx(0.05))
    assert told["log_loss"] == (0.5, None, None)
    assert told["roc_auc"] == (None, 0.9, None)


def test_libraries_and_tags_that_differ_are_told(found: Comparison) -> None:
    told = facts(found)
    assert told["library numpy"] == ("2.0", "2.1", None)
    assert told["library scipy"] == (None, "1.16", None)
    assert told["tag git"] == ("commit 12", "commit 13", None)
    assert not {"library python", "tag user"} & set(told)


def test_sizes_are_of_the_files(found: Comparison, tmp_path: Path) -> None:
    told = facts(found)
    folder = tmp_path / "credit12"
    sizes = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert told["size_bytes"][0] == sum(sizes.values())
    assert told["graph_bytes"][0] == sum(n for path, n in sizes.items() if "/compiled/" in path)
    assert told["native_bytes"][0] == 0
    assert told["size_bytes"][2] == told["size_bytes"][1] - told["size_bytes"][0] < 0


def test_a_folder_has_no_metrics(tmp_path: Path) -> None:
    plain = dataclasses.replace(resolved(tmp_path, "1", metrics={"accuracy": 1}), record=None)
    assert "accuracy" not in facts(compare(plain, plain))


def test_a_release_is_the_same_as_itself(tmp_path: Path) -> None:
    release = resolved(tmp_path, "1")
    same = compare(release, release)
    assert (same.is_same, same.breaks, same.changes) == (True, False, ())
    assert same.notes == ("both are the same release",)
    assert "The contracts are the same." in repr(same)
    assert "The contracts are the same." in same._repr_html_()


def test_two_models_are_said_to_be_two(tmp_path: Path) -> None:
    found = compare(resolved(tmp_path, "1"), resolved(tmp_path, "1", name="fraud"))
    assert found.notes == ("these are two models: `credit` and `fraud`",)


def test_it_is_shown_in_a_notebook(found: Comparison) -> None:
    text = repr(found)
    assert text.startswith("credit:12 -> credit:13\nBreaks a client:\n  feature `age`")
    page = found._repr_html_()
    assert "<li>feature `age`, feature: is gone" in page
    assert "<td>accuracy</td><td>0.8</td><td>0.85</td>" in page


def test_text_of_a_release_is_no_html(tmp_path: Path) -> None:
    odd = msgspec.structs.replace(FEATURES[0], name="<script>")
    found = compare(
        resolved(tmp_path, "1", metrics={"<i>": 1.0}),
        resolved(tmp_path, "2", features=(odd, *FEATURES[1:])),
    )
    page = found._repr_html_()
    assert "<script>" not in page
    assert "<i>" not in page


def test_the_document_is_json(found: Comparison) -> None:
    document = json.loads(json.dumps(found.document()))
    assert document["breaks"] is True
    assert document["old"]["metrics"] == {"accuracy": 0.8, "log_loss": 0.5}
    assert document["changes"][0] == {
        "kind": "breaks",
        "scope": "feature",
        "name": "age",
        "part": "feature",
        "what": "is gone: rows that have it are refused",
        "old": "integer",
    }
