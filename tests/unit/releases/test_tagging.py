"""Tags are set and removed, ours are not, and what was can be brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archives import Bench
from headway.errors import AddressError, ChangeRefusedError, ConfigError
from headway.releases.tagging import Tagger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def tagger(bench: Bench) -> Tagger:
    return Tagger(bench.registry)


def tags_of(bench: Bench) -> Mapping[str, str]:
    return bench.registry.versions("credit")[0].tags


def test_tags_are_set_changed_and_removed_and_brought_back(bench: Bench, tagger: Tagger) -> None:
    change = tagger.tag("credit", {"team": "fraud", "on call": "a=b", "gone": None})
    assert change.changes == {"team": "fraud", "on call": "a=b"}
    assert tags_of(bench) == {"team": "fraud", "on call": "a=b"}
    tagger.tag("credit:1", change.undo)
    assert tags_of(bench) == {"team": "risk"}
    tagger.tag("credit@champion", {"team": None})
    assert tags_of(bench) == {}


def test_a_dry_run_changes_nothing(bench: Bench, tagger: Tagger) -> None:
    assert tagger.tag("credit", {"team": None}, dry_run=True).changes == {"team": None}
    assert tags_of(bench) == {"team": "risk"}


def test_what_is_so_already_is_no_change(tagger: Tagger) -> None:
    assert tagger.tag("credit", {"team": "risk", "gone": None}).changes == {}


@pytest.mark.parametrize("key", ["headway.digest", "headway.mine", "mlflow.user", "Headway.digest"])
@pytest.mark.parametrize("value", ["x", None])
def test_our_own_tags_stay(bench: Bench, tagger: Tagger, key: str, value: str | None) -> None:
    with pytest.raises(ChangeRefusedError, match="not yours to change"):
        tagger.tag("credit", {"team": "fraud", key: value})
    assert tags_of(bench) == {"team": "risk"}


@pytest.mark.parametrize("key", ["a:b", "../x", "/x", "x/", "a/../b", "é", "a\nb", " a", "x" * 251])
def test_a_key_that_no_registry_takes_is_refused(tagger: Tagger, key: str) -> None:
    with pytest.raises(ConfigError):
        tagger.tag("credit", {key: "x"})


def test_every_problem_is_named(tagger: Tagger) -> None:
    with pytest.raises(ConfigError) as caught:
        tagger.tag("credit", {"a:b": "x", "c": "x" * 5_001})
    assert "`a:b`" in caught.value.message
    assert "`c` has 5,001 characters; allowed are 5,000" in caught.value.message


def test_no_tag_and_no_version_are_told(tagger: Tagger) -> None:
    with pytest.raises(ConfigError, match="no tag is named"):
        tagger.tag("credit", {})
    with pytest.raises(AddressError):
        tagger.tag("./credit", {"a": "b"})
