from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import torch

from crafted import write_crafted_bundle
from headway.bundle import layout
from headway.bundle.bundle import BundleDescription, write_bundle
from headway.bundle.manifest import Execution
from headway.core.dtypes import Method
from headway.errors import QuantisationError, TrustRefusedError
from headway.optimize.quantisation.kinds import Kind
from headway.optimize.quantisation.quantise import Order, quantise
from headway.releases.lossy_bundle import LossyFacts, write_lossy_bundle
from headway.runtimes.loader import load_runtime
from small_nets import net_contract, net_rows, write_net_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from headway.bundle.bundle import Bundle


def order(**changes: Any) -> Order:
    return Order(
        **{
            "kind": Kind.INT8,
            "engine": "onnxruntime",
            "calibration": None,
            "few": net_rows(3),
            "trust_code": True,
            **changes,
        }
    )


def test_a_graph_is_made_smaller_and_fed_as_before(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    form = quantise(bundle, order(kind=Kind.FP16))
    assert set(form.files) == {layout.GRAPH, layout.BINDING}
    assert form.files[layout.BINDING] == bundle.read_bytes(layout.BINDING)
    assert form.size_bytes == (len(bundle.read_bytes(layout.GRAPH)), len(form.files[layout.GRAPH]))
    assert form.size_bytes[1] < form.size_bytes[0]
    execution = form.execution
    assert (execution.form, execution.flavor, execution.lossy) == ("lowered", "onnx", "fp16")
    assert form.exact.form == "lowered"


def test_calibration_rows_become_the_tensors_of_the_graph(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    form = quantise(bundle, order(kind=Kind.INT8_STATIC, calibration=net_rows(70)))
    assert form.method.options["calibration_blocks"] == "3"


def test_a_graph_that_cannot_be_made_smaller_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuantisationError, match="makes no int8 of this graph"):
        quantise(write_crafted_bundle(tmp_path / "credit"), order())


def test_each_engine_says_what_it_needs(tmp_path: Path) -> None:
    bundle = write_net_bundle(tmp_path / "net")
    execution = msgspec.structs.replace(
        bundle.manifest.execution, form="native", reason="native, because it has no graph"
    )
    manifest = msgspec.structs.replace(bundle.manifest, execution=execution)
    native = type(bundle)(bundle.path, manifest, bundle.contract)
    with pytest.raises(QuantisationError, match="`net` is served native, because it has no graph"):
        quantise(native, order())
    with pytest.raises(QuantisationError, match="of the flavor `sklearn`"):
        quantise(write_crafted_bundle(tmp_path / "credit"), order(engine="torch"))


def module_bundle(folder: Path) -> Bundle:
    """A release of a module that is executed as it was trained."""
    folder.mkdir()
    module = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3))
    torch.save(module.eval(), folder / "model.pth")
    contract = net_contract()
    execution = Execution("native", "torch", "model.pth", "native, because a test says so")
    described = BundleDescription(
        name="net", label="", created_at="", execution=execution, libraries={}, absent={}
    )
    return write_bundle(folder, {layout.CONTRACT: msgspec.json.encode(contract)}, described)


@pytest.mark.parametrize("kind", [Kind.FP16, Kind.BF16, Kind.INT8])
def test_a_module_is_made_smaller_as_it_is_and_loads_in_that_precision(
    tmp_path: Path, kind: Kind
) -> None:
    bundle = module_bundle(tmp_path / "net")
    form = quantise(bundle, order(kind=kind, engine="torch"))
    assert set(form.files) == {layout.MODULE}
    execution = form.execution
    assert (execution.form, execution.flavor, execution.lossy) == ("native", "torch", kind)
    facts = LossyFacts(
        parent="net:1",
        label="",
        created_at="",
        execution=execution,
        files=form.files,
        tags={},
        notes=(),
    )
    lossy = load_runtime(write_lossy_bundle(tmp_path / "lossy", bundle, facts), trust_code=True)
    exact, other = (
        runtime.predict(net_rows(9), Method.PREDICT_PROBA).probabilities
        for runtime in (form.exact, lossy)
    )
    assert exact is not None
    assert other is not None
    assert 0 < abs(exact - other).max() < 0.05


def test_a_module_is_not_loaded_where_its_code_may_not_run(tmp_path: Path) -> None:
    with pytest.raises(TrustRefusedError):
        quantise(module_bundle(tmp_path / "net"), order(engine="torch", trust_code=False))
    with pytest.raises(QuantisationError, match="no row to try"):
        quantise(module_bundle(tmp_path / "other"), order(engine="torch", few=None))
