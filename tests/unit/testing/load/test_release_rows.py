from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from crafted import write_crafted_bundle
from headway.core.batch import FeatureBatch
from headway.errors import ConfigError, TrainingDataError
from headway.releases.kept_rows import EvaluationBatch
from headway.releases.resolve import ResolvedRelease
from headway.testing.load.bodies import make_bodies
from headway.testing.load.release_rows import release_rows

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def release(tmp_path: Path) -> ResolvedRelease:
    bundle = write_crafted_bundle(tmp_path / "credit")
    record = SimpleNamespace(address="credit:3")
    return ResolvedRelease(
        name="credit", version="3", bundle=bundle, is_trusted=True, record=record
    )


class Kept:
    """A registry that keeps these rows, or none."""

    def __init__(self, batch: FeatureBatch | None) -> None:
        self.batch = batch

    def evaluation(self, version, contract):
        if self.batch is None:
            raise TrainingDataError("it keeps none")
        return EvaluationBatch(self.batch, None)


@pytest.mark.parametrize("kept", [None, Kept(None)])
def test_golden_rows_are_sent_where_there_are_no_others(release, kept):
    rows = release_rows(release, kept)
    assert rows.origin == "12 golden rows of credit:3"
    assert rows.values[1] == {"age": 21, "amount": 100.0, "purpose": "tv", "fault": 0, "spin": 0}
    assert rows.values[0]["amount"] is None


def test_evaluation_rows_come_first_and_are_values_of_json(release):
    batch = FeatureBatch.from_rows(("at", "x"), [(dt.date(2026, 1, 2), 1.5), (None, None)])
    rows = release_rows(release, Kept(batch))
    assert rows.origin == "2 evaluation rows of credit:3"
    sent = [json.loads(body)["features"] for body in make_bodies(rows, {1: 1.0}).contents]
    assert sent == [{"at": "2026-01-02", "x": 1.5}, {"at": None, "x": None}]


def test_a_release_without_rows_says_what_to_give(release):
    bare = SimpleNamespace(
        name="credit",
        version="3",
        record=None,
        bundle=SimpleNamespace(golden_rows=lambda: None),
    )
    with pytest.raises(ConfigError) as caught:
        release_rows(bare, None)
    assert "--rows" in caught.value.hint
