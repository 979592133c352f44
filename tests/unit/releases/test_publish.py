from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.contract.model import Contract, Feature, Output
from headway.core.dtypes import DType, Task
from headway.errors import RegistryError
from headway.registry.cache import BundleCache
from headway.releases.build import BuiltRelease
from headway.releases.calibration import CalibrationRows
from headway.releases.evaluation import Evaluation, EvaluationRows
from headway.releases.publish import Publication, Publisher
from registries import MemoryRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from headway.releases.release import Release

CONTRACT = Contract(
    (Feature("a", DType.FLOAT, nullable=False, storage="float64"),),
    Output(Task.REGRESSION),
    n_training_rows=70,
)
DESCRIPTION = BundleDescription(
    name="credit",
    label="v1",
    created_at="2026-11-23T08:00:00+00:00",
    execution=Execution("native", "sklearn", "model.pkl", "native, because"),
    libraries={},
    absent={"profile": "not recorded"},
)
ROWS = EvaluationRows(("a",), ((1.0,),), (2.0,), 1)
EVALUATION = Evaluation({"mae": 0.5}, ROWS, 0)


def said(**overrides: object) -> Publication:
    return Publication(
        **{
            "alias": None,
            "params": {"C": 1},
            "tags": {"team": "risk"},
            "policy": "keep",
            **overrides,
        }  # type: ignore[arg-type]
    )


class Bench:
    """A publisher over one registry and cache."""

    def __init__(self, folder: Path, *, refuses: bool = False) -> None:
        self.registry = MemoryRegistry(folder / "registry", refuses=refuses)
        self.cache = BundleCache(folder / "bundles")
        self.publisher = Publisher(self.registry, self.cache)
        self.steps: list[str] = []

    def publish(
        self,
        publication: Publication,
        evaluation: Evaluation | None = EVALUATION,
        calibration: CalibrationRows | None = None,
    ) -> Release:
        with self.publisher.scratch() as scratch:
            folder = scratch / "bundle"
            folder.mkdir()
            (folder / "model.pkl").write_bytes(b"pickle")
            files = {layout.CONTRACT: msgspec.json.encode(CONTRACT)}
            bundle = write_bundle(folder, files, DESCRIPTION)
            built = BuiltRelease(bundle, evaluation, ("a note",), calibration)
            return self.publisher.publish(built, publication, self.steps.append)


def test_the_registry_is_told_everything(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    release = bench.publish(said(alias="challenger"))
    record = bench.registry.records["credit", "1"]
    assert record is not None
    assert record.params == {"training_rows": 70, "features": 1, "C": 1}
    assert (record.metrics, record.tags, record.label) == ({"mae": 0.5}, {"team": "risk"}, "v1")
    assert record.attachments == {f"evaluation/{release.digest}.json": ROWS.to_json()}
    assert release.address == "credit:1"
    assert release.aliases == ("challenger", "champion")
    assert release.metrics == {"mae": 0.5}
    assert release.notes == ("a note",)
    assert release.absent == {"profile": "not recorded"}
    assert release.reason == "native, because"
    assert bench.steps == ["storing it in the registry"]


def test_calibration_rows_lie_beside_the_bundle_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    rows = CalibrationRows(("a",), ((1.0,),), 70)
    release = bench.publish(said(), None, rows)
    record = bench.registry.records["credit", "1"]
    assert record is not None
    assert record.attachments == {f"calibration/{release.digest}.json": rows.to_json()}


def test_what_an_alias_is_taken_from_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.publish(said(alias="champion")).moved == {}
    assert bench.publish(said(alias="champion")).moved == {"champion": "1"}


def test_what_the_user_says_stands_over_what_is_counted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.publish(said(params={"training_rows": "all"}))
    record = bench.registry.records["credit", "1"]
    assert record is not None
    assert record.params["training_rows"] == "all"


def test_no_rows_leave_this_machine_where_none_may_be_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    release = bench.publish(said(policy="none"))
    record = bench.registry.records["credit", "1"]
    assert record is not None
    assert record.attachments == {}
    assert release.metrics == {"mae": 0.5}


def test_without_an_evaluation_there_are_no_metrics(tmp_path: Path) -> None:
    assert Bench(tmp_path).publish(said(), None).metrics == {}


def test_serving_it_here_downloads_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    release = bench.publish(said())
    kept = bench.cache.get(release.digest)
    assert kept is not None
    assert kept.path.name == release.digest
    assert bench.registry.downloads == 0


def test_a_registry_that_refuses_leaves_nothing_here(tmp_path: Path) -> None:
    bench = Bench(tmp_path, refuses=True)
    with pytest.raises(RegistryError):
        bench.publish(said())
    assert list(bench.cache.folder.iterdir()) == []
