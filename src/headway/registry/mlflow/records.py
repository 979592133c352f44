"""Turns MLflow's entities into our records, and our record of a version into tags."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, get_args

from headway.bundle.manifest import Form
from headway.core.hashing import is_digest, sha256_of_bytes
from headway.registry.port import ModelSummary, ModelVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mlflow.entities.model_registry import ModelVersion as MlflowVersion
    from mlflow.entities.model_registry import RegisteredModel

    from headway.registry.port import VersionRecord

DIGEST_TAG = "headway.digest"
FORM_TAG = "headway.form"
LABEL_TAG = "headway.label"
METRICS_TAG = "headway.metrics"
ATTACHMENTS_TAG = "headway.attachments"

_FORMS: dict[str, Form] = {form: form for form in get_args(Form)}


def version_tags(record: VersionRecord) -> dict[str, str]:
    """Return the tags that tell what a version is, so that no list needs a download."""
    digests = {path: sha256_of_bytes(data) for path, data in record.attachments.items()}
    return {
        **record.tags,
        DIGEST_TAG: record.digest,
        FORM_TAG: record.form,
        LABEL_TAG: record.label,
        METRICS_TAG: json.dumps(dict(record.metrics), sort_keys=True),
        ATTACHMENTS_TAG: json.dumps(digests, sort_keys=True),
    }


def free_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that `version_tags` does not make itself."""
    own = {DIGEST_TAG, FORM_TAG, LABEL_TAG, METRICS_TAG, ATTACHMENTS_TAG}
    return {name: value for name, value in tags.items() if name not in own}


def to_version(entity: MlflowVersion, model: RegisteredModel) -> ModelVersion:
    """Return our record of a version, with the aliases that its model has now."""
    version = str(entity.version)
    tags = dict(entity.tags)
    return ModelVersion(
        name=entity.name,
        version=version,
        aliases=tuple(
            sorted(alias for alias, target in model.aliases.items() if str(target) == version)
        ),
        created_at=_time(entity.creation_timestamp),
        run_id=entity.run_id or None,
        digest=_digest(tags.get(DIGEST_TAG)),
        form=_FORMS.get(tags.get(FORM_TAG, "")),
        label=tags.get(LABEL_TAG, ""),
        metrics=_metrics(tags.get(METRICS_TAG)),
        tags=tags,
    )


def new_version(
    entity: MlflowVersion, aliases: Iterable[str], record: VersionRecord
) -> ModelVersion:
    """Return our record of a version that was just created, without asking for it again."""
    return ModelVersion(
        name=entity.name,
        version=str(entity.version),
        aliases=tuple(sorted(aliases)),
        created_at=_time(entity.creation_timestamp),
        run_id=entity.run_id or None,
        digest=record.digest,
        form=record.form,
        label=record.label,
        metrics=record.metrics,
        tags=version_tags(record),
    )


def attachment_digests(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the sha256 of what was stored beside a version, by path; nothing for an older one."""
    try:
        document: Any = json.loads(tags.get(ATTACHMENTS_TAG) or "{}")
        return {str(path): str(digest) for path, digest in document.items()}
    except (ValueError, AttributeError):  # edited by hand
        return {}


def is_release(tags: Mapping[str, str]) -> bool:
    """Whether the tags are those of a version that Headway registered."""
    return DIGEST_TAG in tags


def to_summary(model: RegisteredModel) -> ModelSummary:
    """Return our record of a registered model."""
    # MLflow's "latest versions" are the latest of each of its old stages
    numbers = [int(version.version) for version in model.latest_versions or ()]
    return ModelSummary(
        name=model.name,
        latest_version=str(max(numbers)) if numbers else None,
        aliases={alias: str(version) for alias, version in sorted(model.aliases.items())},
        created_at=_time(model.creation_timestamp),
        updated_at=_time(model.last_updated_timestamp or model.creation_timestamp),
    )


def _time(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC)


def _digest(text: str | None) -> str | None:
    # A tag can be edited by hand, and a digest becomes the name of a folder
    return text if is_digest(text or "") else None


def _metrics(text: str | None) -> dict[str, float]:
    # A tag can be edited by hand: what is no table of numbers tells nothing
    try:
        document: Any = json.loads(text or "{}")
        return {str(name): float(value) for name, value in document.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
