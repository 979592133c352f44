"""An alias points to the version that is named, and what it pointed to is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archives import Bench
from headway.errors import AddressError, AliasNotFoundError, ModelNotFoundError
from headway.releases.aliasing import Aliaser, moved_from, version_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.add(alias="blue")
    return bench


@pytest.mark.parametrize("address", ["credit:2", "credit@blue", "models:/credit/2"])
def test_it_points_there_and_says_where_it_was(bench: Bench, address: str) -> None:
    change = Aliaser(bench.registry).point(address, "champion")
    assert (change.name, change.alias, change.version, change.before) == (
        "credit",
        "champion",
        "2",
        "1",
    )
    assert bench.registry.aliases["credit", "champion"] == "2"


def test_a_new_one_was_nowhere(bench: Bench) -> None:
    assert Aliaser(bench.registry).point("credit:1", "green").before is None
    assert bench.registry.aliases["credit", "green"] == "1"


def test_a_dry_run_changes_nothing(bench: Bench) -> None:
    before = dict(bench.registry.aliases)
    assert Aliaser(bench.registry).point("credit:2", "champion", dry_run=True).before == "1"
    assert bench.registry.aliases == before


@pytest.mark.parametrize(
    ("address", "alias", "error"),
    [
        ("./credit", "blue", AddressError),
        ("credit:1", "v1", AddressError),
        ("credit:1", "a b", AddressError),
        ("credit:9", "blue", ModelNotFoundError),
        ("nothing:1", "blue", ModelNotFoundError),
        ("credit@nothing", "blue", AliasNotFoundError),
    ],
)
def test_what_is_not_there_or_not_allowed_changes_nothing(
    bench: Bench, address: str, alias: str, error: type[Exception]
) -> None:
    before = dict(bench.registry.aliases)
    with pytest.raises(error):
        Aliaser(bench.registry).point(address, alias)
    assert bench.registry.aliases == before


def test_what_a_new_version_takes_is_told(bench: Bench) -> None:
    assert version_of(bench.registry, "credit", "blue") == "2"
    assert moved_from(bench.registry, "credit", "blue") == {"blue": "2"}
    for name, alias in (("credit", "green"), ("nothing", "blue"), ("credit", None)):
        assert moved_from(bench.registry, name, alias) == {}
