from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from headway.bundle import layout
from headway.bundle.bundle import read_bundle
from headway.bundle.manifest import Execution
from headway.releases.lineage import LOSSY_LOSS_TAG
from headway.releases.lossy_bundle import LossyFacts, golden_of, write_lossy_bundle
from headway.releases.replay import replay_golden
from headway.runtimes.loader import load_runtime
from small_nets import write_net_bundle
from unit.releases.test_loss import REPORT

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle


def facts(parent: Bundle) -> LossyFacts:
    return LossyFacts(
        parent="net:1",
        label="small",
        created_at="2026-11-25T09:00:00+00:00",
        execution=Execution("lowered", "onnx", layout.GRAPH, "", lossy="int8"),
        files={
            layout.GRAPH: parent.read_bytes(layout.GRAPH),
            layout.BINDING: parent.read_bytes(layout.BINDING),
        },
        tags={"team": "risk"},
        notes=("a note",),
    )


def test_a_lossy_bundle_carries_what_serves_it_and_no_native_model(tmp_path: Path) -> None:
    parent = write_net_bundle(tmp_path / "net")
    told = facts(parent).telling("int8 (lossy): accuracy 1 -> 0.5")
    golden = golden_of(parent, load_runtime(parent, trust_code=False), 0.05)
    bundle = write_lossy_bundle(tmp_path / "lossy", parent, told, golden, REPORT)
    assert set(bundle.manifest.files) == {
        layout.CONTRACT,
        layout.GOLDEN,
        layout.GRAPH,
        layout.BINDING,
        layout.LOSS,
        layout.CARD,
    }
    assert bundle.contract == parent.contract
    assert bundle.manifest.execution.lossy == "int8"
    assert bundle.manifest.execution.reason == told.tags[LOSSY_LOSS_TAG]
    assert bundle.manifest.absent["native model"] == "the native model lies at net:1"
    assert bundle.loss() == msgspec.json.decode(REPORT.to_json())
    assert parent.loss() is None
    assert read_bundle(bundle.path).digest == bundle.digest != parent.digest


def test_the_card_says_what_it_is_and_what_it_loses(tmp_path: Path) -> None:
    parent = write_net_bundle(tmp_path / "net")
    bundle = write_lossy_bundle(tmp_path / "lossy", parent, facts(parent), None, REPORT)
    card = bundle.read_bytes(layout.CARD).decode()
    assert "This is not the model that was trained, but `net:1` made smaller to int8" in card
    assert "| accuracy | 1 | 0.5 |" in card
    assert "| labels that changed |  | 1 |" in card


def test_golden_rows_are_the_parent_s_with_answers_and_tolerance_of_the_form(
    tmp_path: Path,
) -> None:
    parent = write_net_bundle(tmp_path / "net")
    runtime = load_runtime(parent, trust_code=False)
    golden, exact = golden_of(parent, runtime, 0.05), parent.golden_rows()
    assert golden is not None
    assert exact is not None
    assert golden.rows == exact.rows
    assert (golden.rtol, golden.atol) == (0.05, 0.05)
    replay_golden(runtime, golden)
    assert (
        golden_of(write_lossy_bundle(tmp_path / "bare", parent, facts(parent)), runtime, 1) is None
    )
