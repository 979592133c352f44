from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersion as MlflowVersion
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModel

from headway.core.hashing import sha256_of_bytes
from headway.registry.mlflow.records import (
    DIGEST_TAG,
    attachment_digests,
    free_tags,
    to_summary,
    to_version,
    version_tags,
)
from headway.registry.port import VersionRecord

RECORD = VersionRecord(
    digest="ab" * 32,
    form="lowered",
    label="v1",
    metrics={"accuracy": 0.75, "log_loss": 0.1 + 0.2},
    tags={"team": "risk"},
)
CREATED_MS = 1_795_000_000_123


def entity(tags: dict[str, str], **overrides: Any) -> MlflowVersion:
    return MlflowVersion(
        **{
            "name": "credit",
            "version": 7,
            "creation_timestamp": CREATED_MS,
            "run_id": "r1",
            "tags": [ModelVersionTag(key, value) for key, value in tags.items()],
            **overrides,
        }
    )


def model(**overrides: Any) -> RegisteredModel:
    registered = RegisteredModel(
        "credit", creation_timestamp=CREATED_MS, last_updated_timestamp=CREATED_MS + 1000
    )
    registered._aliases = {"champion": "7", "challenger": "8", "blue": 7}
    for name, value in overrides.items():
        setattr(registered, name, value)
    return registered


def test_what_was_recorded_is_read_back_from_the_tags() -> None:
    version = to_version(entity(version_tags(RECORD)), model())
    assert (version.name, version.version, version.address) == ("credit", "7", "credit:7")
    assert (version.digest, version.form, version.label) == ("ab" * 32, "lowered", "v1")
    assert version.metrics == RECORD.metrics
    assert version.tags["team"] == "risk"
    assert version.run_id == "r1"


def test_aliases_are_those_that_point_here_now() -> None:
    assert to_version(entity({}), model()).aliases == ("blue", "champion")


def test_times_have_their_zone() -> None:
    created_at = to_version(entity({}), model()).created_at
    assert created_at == dt.datetime.fromtimestamp(CREATED_MS / 1000, tz=dt.UTC)
    assert created_at.tzinfo is dt.UTC


def test_a_version_of_plain_mlflow_has_no_digest_and_no_form() -> None:
    version = to_version(entity({"team": "risk"}, run_id=""), model())
    assert (version.digest, version.form, version.label, version.metrics) == (None, None, "", {})
    assert version.run_id is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"a": "x"}', '{"a": null}', "null"])
def test_metrics_that_were_edited_by_hand_tell_nothing(text: str) -> None:
    assert to_version(entity({"headway.metrics": text}), model()).metrics == {}


def test_what_lies_beside_a_version_is_known_by_its_sha256() -> None:
    record = dataclasses.replace(RECORD, attachments={"evaluation/ab.json": b"{}"})
    assert attachment_digests(version_tags(record)) == {
        "evaluation/ab.json": sha256_of_bytes(b"{}")
    }
    for text in ("", "{", "[]", "3", "null"):
        assert attachment_digests({"headway.attachments": text}) == {}


def test_a_form_that_is_not_known_is_none() -> None:
    assert to_version(entity({"headway.form": "quantised"}), model()).form is None


def test_our_tags_stand_over_the_user_s() -> None:
    tags = version_tags(VersionRecord(digest="ab", form="native", tags={"headway.form": "mine"}))
    assert tags["headway.form"] == "native"


def test_a_summary_names_the_newest_version_by_number() -> None:
    registered = model(_latest_version=[entity({}, version="9"), entity({}, version="10")])
    summary = to_summary(registered)
    assert summary.latest_version == "10"
    assert summary.aliases == {"blue": "7", "challenger": "8", "champion": "7"}
    assert summary.updated_at - summary.created_at == dt.timedelta(seconds=1)


def test_a_model_without_versions_has_no_newest() -> None:
    assert to_summary(model()).latest_version is None


@pytest.mark.parametrize("tag", ["", "../../home", "/home/somebody", "AB" * 32, "ab" * 31])
def test_a_digest_that_was_edited_by_hand_is_none(tag: str) -> None:
    assert to_version(entity({DIGEST_TAG: tag}), model()).digest is None


def test_the_tags_that_are_not_made_are_the_user_s() -> None:
    record = VersionRecord(digest="a" * 64, form="native", label="v1", tags={"team": "risk"})
    assert free_tags(version_tags(record)) == {"team": "risk"}
