"""A version leaves only where it was named, and the champion only by force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archives import Bench
from headway.errors import AddressError, ChangeRefusedError, ModelNotFoundError
from headway.releases.removal import Remover

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.add(alias="blue")
    return bench


@pytest.fixture
def remover(bench: Bench) -> Remover:
    return Remover(bench.registry)


@pytest.mark.parametrize("text", ["credit:2", "credit@blue", "models:/credit/2"])
def test_one_version_leaves_with_its_aliases(bench: Bench, remover: Remover, text: str) -> None:
    removal = remover.plan(text)
    assert [version.address for version in removal.versions] == ["credit:2"]
    assert removal.aliases == ("blue",)
    assert len(bench.registry.records) == 2
    remover.remove(removal)
    assert list(bench.registry.records) == [("credit", "1")]
    assert bench.registry.aliases == {("credit", "champion"): "1"}


@pytest.mark.parametrize("text", ["credit:1", "credit@champion", "models:/credit/1"])
def test_the_champion_leaves_only_by_force(bench: Bench, remover: Remover, text: str) -> None:
    with pytest.raises(ChangeRefusedError, match="is the champion of `credit`"):
        remover.plan(text)
    remover.remove(remover.plan(text, force=True))
    assert list(bench.registry.records) == [("credit", "2")]


def test_the_hint_names_a_version_that_exists(bench: Bench, remover: Remover) -> None:
    with pytest.raises(ChangeRefusedError) as caught:
        remover.plan("credit:1")
    assert "headway models alias credit:2 champion;" in str(caught.value.hint)
    remover.remove(remover.plan("credit:2"))
    with pytest.raises(ChangeRefusedError) as caught:
        remover.plan("credit:1")
    assert str(caught.value.hint) == "it is the only release of this name: give `--force`"


def test_all_versions_leave_together(bench: Bench, remover: Remover) -> None:
    removal = remover.plan("credit", whole=True)
    assert [version.version for version in removal.versions] == ["2", "1"]
    assert removal.aliases == ("blue", "champion")
    remover.remove(removal)
    assert bench.registry.records == {}
    assert bench.registry.aliases == {}


@pytest.mark.parametrize(
    ("text", "whole", "hint"),
    [
        ("credit", False, "give `--all`"),
        ("models:/credit", False, "give `--all`"),
        ("credit:2", True, "headway models rm credit --all"),
        ("credit@champion", True, "headway models rm credit --all"),
        ("./credit", False, "give NAME"),
    ],
)
def test_what_is_meant_must_be_said(remover: Remover, text: str, whole: bool, hint: str) -> None:
    with pytest.raises(AddressError) as caught:
        remover.plan(text, whole=whole, force=True)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(("text", "whole"), [("credit:9", False), ("other", True)])
def test_what_is_not_there_is_told(remover: Remover, text: str, whole: bool) -> None:
    with pytest.raises(ModelNotFoundError):
        remover.plan(text, whole=whole)
