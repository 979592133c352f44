"""The registry is asked and not made; local copies are verified and not removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crafted import write_crafted_bundle
from headway.config.settings import RegistrySettings, Settings
from headway.diagnosis import storage
from headway.diagnosis.storage import check_cache, check_registry
from headway.errors import MissingExtraError, RegistryUnavailableError
from registries import MemoryRegistry

if TYPE_CHECKING:
    from pathlib import Path


def test_a_registry_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    models, (finding,) = check_registry(Settings(home=tmp_path / "home"), trust=False)
    assert (models, finding.state) == ([], "ok")
    assert list(tmp_path.iterdir()) == []


def elsewhere(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, registry=RegistrySettings(uri="http://127.0.0.1:9"))


@pytest.mark.parametrize(("trust", "told"), [(False, "may not run"), (True, "may run")])
def test_a_registry_that_answers_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trust: bool, told: str
) -> None:
    registry = MemoryRegistry(tmp_path / "registry")
    registry.add(write_crafted_bundle(tmp_path / "bundle").path, "credit")
    monkeypatch.setattr(storage, "open_registry", lambda _settings: registry)
    models, (finding,) = check_registry(elsewhere(tmp_path), trust=trust)
    assert [model.name for model in models] == ["credit"]
    assert finding.state == "ok"
    assert "1 model," in finding.measured
    assert told in finding.measured


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RegistryUnavailableError("gone"), "failed"),
        (MissingExtraError("registry", "this"), "warning"),
        (KeyError("x"), "failed"),
    ],
)
def test_whatever_it_raises_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str
) -> None:
    def refuse(_settings: Settings) -> None:
        raise error

    monkeypatch.setattr(storage, "open_registry", refuse)
    models, (finding,) = check_registry(elsewhere(tmp_path), trust=False)
    assert (models, finding.state) == ([], state)


def test_no_copy_is_an_empty_cache(tmp_path: Path) -> None:
    (finding,) = check_cache(tmp_path / "bundles")
    assert (finding.state, finding.measured) == ("ok", "empty")


def test_damaged_copies_are_named_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / "bundles"
    for name in ("credit", "other"):
        bundle = write_crafted_bundle(folder / name, name)
        bundle.path.rename(folder / bundle.digest)
    (finding,) = check_cache(folder)
    assert finding.measured == "2 releases, 0.0 GB, all whole"
    damaged = folder / bundle.digest
    (damaged / "headway/golden.json").write_text("{}")
    (finding,) = check_cache(folder)
    assert finding.state == "warning"
    assert finding.measured.endswith(f"damaged: {bundle.digest[:12]}")
    assert damaged.is_dir()
