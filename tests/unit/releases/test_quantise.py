"""Lossy versions of nets that are asked in this process; the integration test serves them."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from headway.bundle import layout
from headway.core.clock import SystemClock
from headway.errors import (
    AddressError,
    BudgetError,
    ModelNotFoundError,
    QuantisationError,
    TrainingDataError,
)
from headway.optimize.quantisation.kinds import Kind
from headway.optimize.quantisation.quantise import quantise
from headway.optimize.timing import measure_alone
from headway.releases.evaluation import evaluation_path
from headway.releases.lineage import (
    LOSSY_DIGEST_TAG,
    LOSSY_FROM_TAG,
    LOSSY_LOSS_TAG,
    LOSSY_METHOD_TAG,
    LOSSY_TAG,
    LOSSY_TAGS,
)
from headway.releases.quantise import (
    Quantised,
    Quantiser,
    QuantiseRequest,
)
from headway.releases.replay import replay_golden
from headway.releases.sklearn import evaluate
from headway.runtimes.loader import load_runtime
from registries import MemoryRegistry
from small_nets import CLASSIFIER, EMBEDDER, register_net
from workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from headway.bundle.bundle import Bundle
    from headway.contract.model import Output
    from headway.runtimes.port import Runtime


class Bench:
    """A quantiser over a registry in memory with one net, `net:1`."""

    def __init__(self, folder: Path, output: Output = CLASSIFIER) -> None:
        self.registry = MemoryRegistry(folder / "registry")
        self.parent = register_net(self.registry, folder / "net", output)
        self.workshop = Workshop(folder / "home", self.registry)
        self.served: list[str] = []
        self.steps: list[str] = []

    @contextlib.contextmanager
    def serve(self, bundles: Sequence[Bundle], /, *, trust_code: bool) -> Iterator[list[Runtime]]:
        self.served += [bundle.manifest.execution.lossy for bundle in bundles]
        yield [load_runtime(bundle, trust_code=trust_code) for bundle in bundles]

    def run(self, to: Kind = Kind.INT8, address: str = "net", **changes: Any) -> Quantised:
        quantiser = Quantiser(
            registry=self.registry,
            resolver=self.workshop.resolver,
            publisher=self.workshop.publisher,
            quantise=quantise,
            load=load_runtime,
            serve=self.serve,
            evaluate=evaluate,
            measure=measure_alone,
            clock=SystemClock(),
            work_tree=self.workshop.home,
        )
        request = QuantiseRequest(address=address, to=to, **{"max_drop": 0.1, **changes})
        return quantiser.run(request, self.steps.append)

    def bundle(self, made: Quantised) -> Bundle:
        bundle = self.workshop.cache.get(made.release.digest)
        assert bundle is not None
        return bundle


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("to", [Kind.FP16, Kind.INT8, Kind.INT8_STATIC])
def test_a_smaller_form_becomes_a_version_of_its_own(bench: Bench, to: Kind) -> None:
    made = bench.run(to, label="small")
    assert made.release.address == "net:2"
    assert made.release.aliases == ()
    report = made.report
    assert (report.kind, report.parent, report.parent_digest) == (to, "net:1", bench.parent.digest)
    assert report.loss.n_rows == 60
    assert report.loss.metrics["accuracy"].before == 1
    assert report.loss.max_probability_change is not None
    assert 0 < report.loss.max_probability_change < 0.5
    assert report.n_calibration_rows == (40 if to is Kind.INT8_STATIC else 0)
    assert report.size_ratio != 1
    assert bench.served == ["", str(to)]
    assert bench.steps[-1] == "storing it in the registry"
    bundle = bench.bundle(made)
    assert bundle.manifest.execution.lossy == to
    assert made.release.reason.startswith(f"lowered, {to} (lossy) of net:1: accuracy 1 -> ")
    golden = bundle.golden_rows()
    assert golden is not None
    assert golden.rtol == to.tolerance
    replay_golden(load_runtime(bundle, trust_code=False), golden)


def test_where_it_came_from_is_in_its_tags_and_travels(bench: Bench) -> None:
    made = bench.run()
    record = bench.registry.records["net", "2"]
    assert record is not None
    assert record.tags["team"] == "risk"
    assert record.params == {"epochs": "9", "lossy": "int8", "training_rows": 100, "features": 4}
    assert record.tags[LOSSY_TAG] == "int8"
    assert record.tags[LOSSY_FROM_TAG] == "net:1"
    assert record.tags[LOSSY_DIGEST_TAG] == bench.parent.digest
    assert record.tags[LOSSY_METHOD_TAG].startswith("onnxruntime ")
    assert record.tags[LOSSY_LOSS_TAG] == made.release.reason
    assert {tag for tag in record.tags if tag.startswith(LOSSY_TAG)} == set(LOSSY_TAGS)
    assert set(record.attachments) == {evaluation_path(made.release.digest)}


def test_past_the_budget_nothing_is_registered(bench: Bench) -> None:
    with pytest.raises(BudgetError, match="int8 of `net:1` loses too much on 60 rows"):
        bench.run(metric="log_loss", max_drop=0)
    assert list(bench.registry.records) == [("net", "1")]
    assert list(bench.workshop.cache.folder.iterdir()) == [
        bench.workshop.cache.folder / str(bench.parent.digest)
    ]


def test_vectors_are_held_to_their_cosine_and_need_no_labels(tmp_path: Path) -> None:
    bench = Bench(tmp_path, EMBEDDER)
    made = bench.run(max_drop=None)
    assert (made.report.budget.metric, made.report.budget.max_drop) == ("cosine", 0.02)
    loss = made.report.loss
    assert loss.mean_cosine is not None
    assert 0.98 < loss.mean_cosine < 1
    assert made.release.metrics == {"cosine": loss.mean_cosine}
    assert "cosine similarity 0.9" in made.release.reason


def test_rows_that_are_given_stand_over_those_that_it_keeps(bench: Bench) -> None:
    matrix = np.random.default_rng(1).normal(size=(30, 4))
    made = bench.run(
        Kind.INT8_STATIC, calibrate=matrix, evaluation=(matrix, ["a"] * 30), max_drop=1
    )
    assert (made.report.loss.n_rows, made.report.n_calibration_rows) == (30, 30)
    assert made.report.loss.metrics["accuracy"].before < 1


def test_the_exact_form_alone_is_made_smaller(bench: Bench) -> None:
    bench.run(alias="small")
    with pytest.raises(QuantisationError, match="`net:2` is a lossy form already") as caught:
        bench.run(address="net@small")
    assert caught.value.hint == "make another of the exact one: net:1"


@pytest.mark.parametrize("to", [Kind.INT8, Kind.INT8_STATIC])
def test_without_rows_it_says_which_file_to_give(bench: Bench, to: Kind) -> None:
    record = bench.registry.records["net", "1"]
    assert record is not None
    kept = {p: d for p, d in record.attachments.items() if to.needs_calibration and "eval" in p}
    bench.registry.records["net", "1"] = dataclasses.replace(record, attachments=kept)
    option = "--calibrate" if to.needs_calibration else "--evaluation"
    with pytest.raises(TrainingDataError, match="keeps no") as caught:
        bench.run(to)
    assert f"`{option} FILE" in str(caught.value.hint)
    assert bench.served == []


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("./net", AddressError),
        ("runs:/" + "0" * 32 + "/model", AddressError),
        ("net:7", ModelNotFoundError),
        ("other", ModelNotFoundError),
    ],
)
def test_only_a_version_of_the_registry_can_have_another(
    bench: Bench, address: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        bench.run(address=address)


def test_its_bundle_has_the_lossy_graph(bench: Bench) -> None:
    parent = bench.workshop.resolver.resolve("net:1").bundle
    bundle = bench.bundle(bench.run(Kind.FP16))
    assert bundle.read_bytes(layout.BINDING) == parent.read_bytes(layout.BINDING)
    assert len(bundle.read_bytes(layout.GRAPH)) < len(parent.read_bytes(layout.GRAPH))
